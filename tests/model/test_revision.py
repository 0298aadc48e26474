"""The steps between two histories, and the names by which they are called."""

from __future__ import annotations

import pytest

from harness.errors import MigrationError
from harness.model.revision import History, Revision, plan_steps


def history(*links: str) -> History:
    """A history out of ``"child < parent, parent"``, ancestors first; its heads are what nothing follows."""
    revisions = []
    for link in links:
        child, _, parents = link.partition(" < ")
        revisions.append(Revision(id=child, down=tuple(parents.split(", ")) if parents else ()))
    followed = {parent for revision in revisions for parent in revision.down}
    return History(
        revisions=tuple(revisions), heads=tuple(revision.id for revision in revisions if revision.id not in followed)
    )


def ids(steps: tuple[Revision, ...]) -> list[str]:
    return [step.id for step in steps]


A = history("a")
EMPTY = history()


def test_the_steps_are_what_only_the_new_release_has_in_the_order_of_its_history() -> None:
    new = history("a", "z < a", "b < z", "y < b")
    assert ids(plan_steps(A, new)) == ["z", "b", "y"]


def test_from_an_empty_history_every_revision_is_a_step() -> None:
    assert ids(plan_steps(EMPTY, history("a", "b < a"))) == ["a", "b"]


def test_the_steps_keep_their_place_in_the_graph() -> None:
    steps = plan_steps(A, history("a", "left < a", "right < a", "merge < left, right"))
    assert [(step.id, step.down) for step in steps] == [
        ("left", ("a",)),
        ("right", ("a",)),
        ("merge", ("left", "right")),
    ]


def test_a_branch_that_the_old_release_has_not_is_a_step_though_it_begins_below_its_head() -> None:
    old = history("a", "left < a")
    new = history("a", "left < a", "right < a", "merge < left, right")
    assert ids(plan_steps(old, new)) == ["right", "merge"]


def test_a_branch_of_the_old_release_that_the_new_one_merged_is_no_step() -> None:
    old = history("a", "left < a", "right < a")
    new = history("a", "left < a", "right < a", "merge < left, right")
    assert ids(plan_steps(old, new, several_heads=True)) == ["merge"]


@pytest.mark.parametrize("which", ["old", "new"])
def test_several_heads_are_refused_by_name_with_both_remedies(which: str) -> None:
    forked = history("a", "right < a", "left < a")
    old, new = (forked, history("a", "b < a")) if which == "old" else (A, forked)
    with pytest.raises(MigrationError) as caught:
        plan_steps(old, new)
    text = str(caught.value)
    assert f"the {which} release's history has 2 heads (left, right)" in text
    assert "alembic merge heads" in text
    assert 'target = "heads"' in text


def test_several_heads_are_taken_where_they_are_meant() -> None:
    assert ids(plan_steps(A, history("a", "left < a", "right < a"), several_heads=True)) == ["left", "right"]


def test_a_lost_head_is_refused_by_name() -> None:
    old = history("a", "gone < a")
    with pytest.raises(MigrationError, match=r"lacks the old release's head gone:.*renamed, edited or squashed"):
        plan_steps(old, history("a", "b < a"))


def test_of_several_heads_the_lost_one_is_named_alone() -> None:
    old = history("a", "kept < a", "gone < a")
    with pytest.raises(MigrationError, match="lacks the old release's head gone:"):
        plan_steps(old, history("a", "kept < a"), several_heads=True)


def test_a_lost_revision_below_the_head_is_no_concern() -> None:
    """Its file may be squashed away: a database at the old head can still be migrated."""
    old = history("a", "b < a")
    assert ids(plan_steps(old, history("b", "c < b"))) == ["c"]


def test_an_empty_range_is_refused_with_where_both_end() -> None:
    with pytest.raises(MigrationError, match=r"both end at a\).*check \[old\] source and \[new\] source"):
        plan_steps(A, A)
    with pytest.raises(MigrationError, match="both end at base"):
        plan_steps(EMPTY, EMPTY)


@pytest.mark.parametrize(
    ("revision", "label"),
    [
        (Revision(id="0007", path="migrations/versions/0007_unit_price.py", doc="Anything"), "0007_unit_price"),
        (Revision(id="3f2a", path="migrations/versions/2024_05_3f2a_unit.py"), "2024_05_3f2a_unit"),
        (Revision(id="3f2a", path="versions/unit_price.py", doc="Add a unit price"), "3f2a_add_a_unit_price"),
        (Revision(id="3f2a", doc="Add: unit-price (EUR)!"), "3f2a_add_unit_price_eur"),
        (Revision(id="3f2a"), "3f2a"),
        (Revision(id="3f2a", doc="---"), "3f2a"),
        (Revision(id="Add-Unit-Price", doc="add unit price"), "Add-Unit-Price"),
        (Revision(id="1", doc="a word " * 20), "1_a_word_a_word_a_word_a_word_a_wo"),
        (Revision(id="1", doc="x" * 31 + " y"), "1_" + "x" * 31),
    ],
)
def test_a_revision_is_called_by_its_file_or_by_id_and_message(revision: Revision, label: str) -> None:
    assert revision.label == label
