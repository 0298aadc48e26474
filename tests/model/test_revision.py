"""The steps between two histories, and the names by which they are called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import MigrationError, SettingsError
from harness.model.revision import History, Revision, plan_app_steps, plan_steps, schedule_steps
from harness.model.rollout import Schedule, When
from harness.model.task import Point, Task, place_tasks


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


def test_an_app_that_is_not_installed_any_more_is_no_loss_but_a_migration_of_one_that_is_there_is() -> None:
    old = history("boats.1", "people.1", "people.2 < people.1")
    assert ids(plan_app_steps(old, history("boats.1", "boats.2 < boats.1"))) == ["boats.2"]
    with pytest.raises(MigrationError, match=r"lacks the old release's head people\.2: its file was renamed"):
        plan_app_steps(old, history("boats.1", "boats.2 < boats.1", "people.1"))


def test_a_squashed_revision_is_known_where_all_that_it_replaces_are() -> None:
    old = history("a.1", "a.2 < a.1")
    squashed = Revision(id="a.1_2", replaces=("a.1", "a.2"))
    more = Revision(id="a.3", down=("a.1_2",))
    assert ids(plan_app_steps(old, History(revisions=(squashed, more), heads=("a.3",)))) == ["a.3"]
    fresh = replace(squashed, id="b.1_2", replaces=("b.1", "b.2"))
    assert ids(plan_app_steps(old, History(revisions=(squashed, fresh), heads=("a.1_2", "b.1_2")))) == ["b.1_2"]
    partly = replace(squashed, replaces=("a.1", "a.2", "a.3"))
    with pytest.raises(MigrationError, match=r"a\.1_2 squashes a\.3, which the old release has not, with others"):
        plan_app_steps(old, History(revisions=(partly,), heads=("a.1_2",)))


def test_releases_with_the_same_migrations_have_no_step_between_them() -> None:
    assert plan_steps(A, A) == plan_steps(EMPTY, EMPTY) == ()


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
        (Revision(id="boats.0002_owner", doc="An owner.", path="boats/migrations/0002_owner.py"), "boats.0002_owner"),
    ],
)
def test_a_revision_is_called_by_its_file_or_by_id_and_message(revision: Revision, label: str) -> None:
    assert revision.label == label


# --- before and after the code

ADD, FILL, DROP = Revision(id="1"), Revision(id="2", down=("1",)), Revision(id="3", down=("2",))


def marked(revision: Revision, mark: str) -> Revision:
    return replace(revision, mark=mark)


def test_steps_are_run_when_the_settings_say_unless_they_are_listed_or_say_otherwise_themselves() -> None:
    steps = (ADD, FILL, DROP)
    assert schedule_steps(steps, When.BEFORE) == (steps, Schedule())
    assert schedule_steps(steps, When.BEFORE, ("3",)) == (steps, Schedule(exceptions=("3",)))
    told = (ADD, FILL, marked(DROP, "after"))
    assert schedule_steps(told, When.BEFORE) == (told, Schedule(exceptions=("3",)))
    early = (marked(ADD, "before"), FILL, DROP)
    assert schedule_steps(early, When.AFTER) == (early, Schedule(when=When.AFTER, exceptions=("1",)))


def test_steps_before_the_code_come_first_where_the_graph_lets_them() -> None:
    """An expand and a contract branch, side by side."""
    contract, expand = marked(Revision(id="c", down=("0",)), "after"), marked(Revision(id="e", down=("0",)), "before")
    steps, schedule = schedule_steps((contract, expand), When.BEFORE)
    assert ids(steps) == ["e", "c"]
    assert (schedule.of("e"), schedule.of("c"), schedule.split(["e", "c"])) == (When.BEFORE, When.AFTER, 1)


def test_a_step_before_the_code_cannot_follow_one_after_it() -> None:
    with pytest.raises(MigrationError, match=r"^3 is to be run before the code, but follows 2, which is to be run"):
        schedule_steps((ADD, marked(FILL, "after"), DROP), When.BEFORE)


def test_new_replicas_that_run_all_steps_at_boot_leave_none_for_later() -> None:
    with pytest.raises(MigrationError, match=r'^3 is to be run after the code, but with when = "at-boot" the first'):
        schedule_steps((ADD, FILL, DROP), When.AT_BOOT, ("3",))


def test_a_mark_and_a_list_that_mean_nothing_are_refused() -> None:
    with pytest.raises(MigrationError, match=r'says rolldeploy = "later": it is either before or after'):
        schedule_steps((marked(ADD, "later"),), When.BEFORE)
    with pytest.raises(MigrationError, match=r"^after = under \[migrations\] names 9: no such step; there are 1, 2$"):
        schedule_steps((ADD, FILL), When.BEFORE, ("9",))


def test_where_there_is_no_step_that_is_said() -> None:
    none = "no such step; there are none: the new release has no migration that the old one lacks"
    with pytest.raises(MigrationError, match=none):
        schedule_steps((), When.BEFORE, ("9",))
    with pytest.raises(SettingsError, match=none):
        place_tasks((Task(name="fill", command="run", point=Point.AFTER_STEP, step="9"),), ())
