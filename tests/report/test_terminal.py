"""The matrix and a failing item as they are printed, reviewed as text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from evidence.builders import at, failed_twice, make_plan, not_ready, recovered
from msgspec.structs import replace
from plan.golden_files import assert_golden

from harness.model.cell import Actor, Status
from harness.model.events import Ended
from harness.model.rollout import When
from harness.nodes import _teller
from harness.report.terminal import Line, render_matrix, render_story
from report.documents import PLAN, make_document, record

if TYPE_CHECKING:
    from harness.nodes import JourneyItem

DOCUMENT = make_document()
REPLAY = "pytest 'test_orders.py::order[0003_third-old-warm]'"


def text(lines: list[Line]) -> str:
    """Lines with their colour in front, where they have one."""
    return "\n".join(f"{colour:<7}{line}".rstrip() for line, colour in lines)


def test_the_matrix_has_one_line_a_step_and_the_answer_below() -> None:
    assert_golden(__file__, "matrix.txt", text(render_matrix(DOCUMENT)))


def test_the_matrix_of_a_clean_release_is_green() -> None:
    plan = make_plan(1)
    document = make_document(plan, (Ended(duration_s=1.0),), expected=())
    assert_golden(__file__, "matrix_of_a_clean_release.txt", text(render_matrix(document)))


def test_the_matrix_of_a_run_that_broke_off_says_why() -> None:
    plan = make_plan(1)
    broken = make_document(plan, (Ended(duration_s=2.0, error="the server was stopped"),), expected=())
    assert ("stopped     the server was stopped", "red") in render_matrix(broken)
    assert not any("stopped" in line for line, _ in render_matrix(DOCUMENT))


@pytest.mark.parametrize(
    ("name", "step", "actor"),
    [
        ("story_of_a_request.txt", "0003_third", Actor.OLD_WARM),
        ("story_of_a_replica.txt", "0001_first", Actor.OLD_BOOT),
        ("story_of_a_transient.txt", "0001_first", Actor.OLD_WARM),
    ],
)
def test_a_failing_item_tells_its_story(name: str, step: str, actor: Actor) -> None:
    assert_golden(__file__, name, text(render_story(record(DOCUMENT, step, actor), REPLAY)))


def test_what_another_item_has_told_is_not_told_again() -> None:
    outcome = record(DOCUMENT, "0003_third", Actor.OLD_WARM)
    assert outcome.story is not None
    known = replace(outcome, story=replace(outcome.story, why="it dropped the column", remedy="drop it later"))
    told = text(render_story(known, REPLAY, "basket[0003_third-old-warm]"))
    assert_golden(__file__, "story_told_before.txt", told)


def test_a_cause_is_told_again_where_something_else_helps() -> None:
    """A column of another type, whose numbers begin again: what is prepared and what is numbered are two matters."""
    outcome = record(DOCUMENT, "0003_third", Actor.OLD_WARM)
    assert outcome.story is not None
    config = SimpleNamespace(stash=pytest.Stash())
    tellers = []
    for name, remedy in (("warm", "prepare nothing"), ("cold", "set the sequence"), ("boot", "prepare nothing")):
        story = replace(outcome.story, why="column id: integer -> bigint", remedy=remedy)
        item = cast("JourneyItem", SimpleNamespace(config=config, place="here", name=name))
        tellers.append(_teller(item, replace(outcome, story=story)))
    assert tellers == ["", "", "warm"]


def test_an_item_without_a_story_tells_its_reason() -> None:
    outcome = replace(record(DOCUMENT, "0003_third", Actor.OLD_WARM), story=None, result_reason="it did not fail")
    assert render_story(outcome) == [("0003_third old-warm: it did not fail", "red")]
    assert render_story(replace(outcome, result_reason="", reason="why")) == [("0003_third old-warm: why", "red")]


def test_long_bodies_and_statements_are_told_on_one_short_line() -> None:
    outcome = record(DOCUMENT, "0003_third", Actor.OLD_WARM)
    assert outcome.story is not None
    long = replace(outcome, story=replace(outcome.story, request="POST /x " + "many\nlines " * 99))
    lines = [line for line, _ in render_story(long)]
    assert max(map(len, lines)) < 340
    assert not any("\n" in line for line in lines)


def words(document_lines: list[Line], step: str) -> list[str]:
    return next(line.split() for line, _ in document_lines if f" {step} " in line)


def test_a_cell_is_in_capitals_where_the_deployment_trips_over_it() -> None:
    lines = render_matrix(DOCUMENT)
    assert words(lines, "0001_first")[2:] == ["x-transient", "pass", "x-fail", "(fail)", "pass", "either"]
    assert words(lines, "0003_third")[2:4] == ["FAIL", "FAIL"]
    assert words(lines, "0002_second")[2:] == ["pass", "pass", "(fail)", "fail", "pass", "before"]


def test_the_matrix_is_as_wide_as_its_words() -> None:
    plan = make_plan(1)
    lines = [line for line, _ in render_matrix(make_document(plan, (Ended(duration_s=1.0),), expected=()))]
    first = next(index for index, line in enumerate(lines) if " old-warm " in line)
    assert max(map(len, lines[first : lines.index("", first)])) <= 80


def test_cells_of_the_rollout_are_on_as_many_lines_as_they_need() -> None:
    lines = [line for line, _ in render_matrix(DOCUMENT)]
    [first] = [index for index, line in enumerate(lines) if line.strip().startswith("rollout ")]
    told = lines[first : lines.index("", first)]
    assert " ".join(" ".join(told).split()) == "rollout new-control pass old pass mixed (fail) new pass roll-back pass"
    assert max(map(len, told)) <= 80
    assert told[0].index("new-control") == len(told[1]) - len(told[1].lstrip())


def test_which_postgresql_was_not_taken_is_told_to_who_wants_to_know_more() -> None:
    told = "            not taken: container: no Docker engine answers"
    assert told in [line for line, _ in render_matrix(DOCUMENT, verbose=True)]
    assert told not in [line for line, _ in render_matrix(DOCUMENT)]


@pytest.mark.parametrize("steps", [0, 1])
def test_what_does_not_apply_is_a_dash_and_no_doubt(steps: int) -> None:
    document = make_document(make_plan(steps, split=0), (Ended(duration_s=1.0),), expected=(), when=When.AFTER)
    assert document.answer is not None
    answer = replace(document.answer, rehearsed_split=0)
    document = replace(document, answer=answer, rollout={**document.rollout, Actor.OLD: Status.UNTESTED})
    lines = [line for line, _ in render_matrix(document)]
    assert any(" new-control pass   old -   mixed pass" in line for line in lines)
    assert any(line.startswith("-  ") and "no step comes before the code" in line for line in lines)
    assert document.rollout[Actor.OLD] is Status.UNTESTED


def test_what_nobody_relies_on_is_not_in_capitals() -> None:
    plan = make_plan(1)
    document = make_document(plan, failed_twice(at(plan, 1, Actor.OLD_WARM)), expected=(), when=When.AFTER)
    assert words(render_matrix(document), "0001_first")[2:4] == ["fail", "pass"]


def test_the_settings_are_contradicted_where_they_disagree_with_a_verdict() -> None:
    plan = make_plan(1)
    events = failed_twice(at(plan, 1, Actor.OLD_WARM))
    before = make_document(plan, events, expected=(), when=When.BEFORE)
    after = make_document(plan, events, expected=(), when=When.AFTER)
    assert words(render_matrix(before), "0001_first")[-3:] == ["after", "not", "before!"]
    assert words(render_matrix(after), "0001_first")[-1] == "after"


def test_why_replicas_cannot_restart_is_told_by_the_step_from_which_they_cannot() -> None:
    plan = make_plan(2, old_boot=True)
    first, second = (at(plan, step, Actor.OLD_BOOT) for step in (1, 2))
    events = (*recovered(first), not_ready(second, "old-boot-2", reason="exited with status 3"))
    lines = [line for line, _ in render_matrix(make_document(plan, events, expected=()))]
    assert "restart     old replicas cannot restart from 0002_second on: old-boot-2 exited with status 3" in lines


def test_every_journey_and_cell_has_its_outcome_behind_the_matrix() -> None:
    keys = [(o.step, o.actor, o.journey) for o in DOCUMENT.outcomes]
    assert keys == [(cell.step, cell.actor, journey) for cell in PLAN.cells for journey in PLAN.journeys]
