"""When each step may be run, in which order the release can be deployed, and how far back it can go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.builders import (
    NO_TABLE,
    ORDER,
    STOCK,
    answer,
    at,
    failed_twice,
    make_plan,
    migration_failed,
    not_ready,
    passed,
    ready,
    recovered,
    rehearsed,
    stopped,
)
from harness.evidence.blame import split_of
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.verdicts import Half, cell_status, choose_split, judge
from harness.model.cell import BASE, ROLLOUT, SEVERITY, Actor, Cell, Status, Verdict
from harness.model.events import Asked, Warmed
from harness.model.observed import SqlError
from harness.model.rollout import Schedule, When

if TYPE_CHECKING:
    from harness.evidence.verdicts import StepVerdict
    from harness.model.events import Event

ONE = make_plan(1)
TWO = make_plan(2)
THREE = make_plan(3)
TWO_JOURNEYS = make_plan(1, (ORDER, STOCK))
WARM, COLD, AHEAD = (at(ONE, 1, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD, Actor.NEW_AHEAD))
CONTROL = Cell(ROLLOUT, Actor.NEW_CONTROL)

NO_EVENTS: tuple[Event, ...] = ()


def verdict(*events: Event, when: When = When.BEFORE, silent: tuple[Cell, ...] = ()) -> StepVerdict:
    return answer(ONE, *events, when=when, silent=silent).steps[0]


OLD_BREAKS = failed_twice(WARM)
NEW_BREAKS = failed_twice(AHEAD, sql=NO_TABLE)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (NO_EVENTS, Verdict.EITHER),
        (NEW_BREAKS, Verdict.BEFORE),
        (OLD_BREAKS, Verdict.AFTER),
        (OLD_BREAKS + NEW_BREAKS, Verdict.NEITHER),
        (failed_twice(COLD), Verdict.AFTER),
        (recovered(WARM), Verdict.EITHER),
        (recovered(COLD) + recovered(AHEAD), Verdict.EITHER),
        (recovered(WARM) + NEW_BREAKS, Verdict.BEFORE),
        ((not_ready(COLD),), Verdict.AFTER),
        ((not_ready(AHEAD, "new-1"),), Verdict.BEFORE),
        (failed_twice(at(ONE, 1, Actor.NEW_WARM)), Verdict.EITHER),
        (failed_twice(Cell(ROLLOUT, Actor.MIXED)), Verdict.EITHER),
    ],
)
def test_the_verdict_is_made_of_what_the_old_release_does_after_a_step_and_the_new_one_before_it(
    events: tuple[Event, ...], expected: Verdict
) -> None:
    assert verdict(*events).verdict is expected


def test_the_two_halves_are_told() -> None:
    found = verdict(*NEW_BREAKS)
    assert (found.label, found.old, found.new, found.note) == ("0001_first", Half.WORKS, Half.BREAKS, "")
    assert (verdict(*OLD_BREAKS).old, verdict(*OLD_BREAKS).new) == (Half.BREAKS, Half.WORKS)


def test_an_old_release_that_cannot_boot_again_does_not_change_the_verdict() -> None:
    plan = make_plan(1, old_boot=True)
    found = answer(plan, not_ready(at(plan, 1, Actor.OLD_BOOT)))
    assert found.steps[0].verdict is Verdict.EITHER
    assert found.splits == (0, 1)


@pytest.mark.parametrize(
    ("silent", "unseen"),
    [((WARM, COLD), "old"), ((AHEAD,), "new"), ((WARM, COLD, AHEAD), "old")],
)
def test_a_half_that_nobody_saw_leaves_the_step_untested(silent: tuple[Cell, ...], unseen: str) -> None:
    found = verdict(silent=silent)
    assert found.verdict is Verdict.UNTESTED
    assert getattr(found, unseen) is Half.UNSEEN
    assert found.agrees is None
    assert found.note == "the rehearsal ended before it"


def test_one_half_of_the_old_releases_cells_is_enough_to_see_it() -> None:
    assert verdict(silent=(COLD,)).verdict is Verdict.EITHER


RUNS_ALREADY = Asked(schedule=Schedule(), revisions=(), walk_alone=True, runs_already=True)


def test_a_replica_that_cannot_be_started_is_untested_and_no_step_is_held_back_for_it() -> None:
    never = "the old release runs already, and is never started anew"
    cold = (Cell(BASE, Actor.OLD_COLD), at(TWO, 1, Actor.OLD_COLD), at(TWO, 2, Actor.OLD_COLD))
    outcomes = judge_outcomes(TWO, rehearsed(TWO, RUNS_ALREADY, silent=cold))
    told = {(outcomes[cell, ORDER].status, outcomes[cell, ORDER].reason) for cell in cold}
    assert told == {(Status.UNTESTED, never)}
    found = answer(TWO, RUNS_ALREADY, silent=cold)
    assert [step.verdict for step in found.steps] == [Verdict.EITHER, Verdict.EITHER]
    assert (found.splits, found.horizon) == ((0, 1, 2), "0002_second")
    assert answer(TWO, silent=cold).splits == (0,)
    broken = answer(TWO, RUNS_ALREADY, *failed_twice(at(TWO, 2, Actor.OLD_WARM)), silent=cold)
    assert [step.verdict for step in broken.steps] == [Verdict.EITHER, Verdict.AFTER]
    assert (broken.splits, broken.horizon) == ((0, 1), "0001_first")


def test_requests_that_were_never_sent_are_no_proof() -> None:
    mute = [passed(cell, round_=round_, exchanges=()) for cell in (WARM, COLD) for round_ in (1, 2)]
    assert verdict(*mute).verdict is Verdict.UNTESTED
    assert verdict(*mute).note == "the journey sent no request"


def test_a_new_release_whose_own_control_run_fails_leaves_its_half_unseen() -> None:
    found = verdict(*failed_twice(CONTROL), *failed_twice(AHEAD))
    assert found.verdict is Verdict.UNTESTED
    assert found.new is Half.UNSEEN
    assert "fresh database of its own" in found.note


def test_a_new_release_that_brings_a_step_with_it_needs_it() -> None:
    found = verdict(ready(AHEAD, "new-1", moved=(("0000",), ("0001",))))
    assert found.verdict is Verdict.BEFORE
    assert found.note.endswith("it brings this step with it")


def test_a_journey_that_the_step_breaks_outweighs_one_that_it_does_not() -> None:
    found = answer(TWO_JOURNEYS, *failed_twice(WARM, STOCK)).steps[0]
    assert found.verdict is Verdict.AFTER


def test_a_journey_that_an_earlier_step_broke_does_not_judge_a_later_one() -> None:
    plan = make_plan(2, (ORDER, STOCK))
    broken = [e for step in (1, 2) for a in (Actor.OLD_WARM, Actor.OLD_COLD) for e in failed_twice(at(plan, step, a))]
    first, second = answer(plan, *broken).steps
    assert (first.verdict, first.note) == (Verdict.AFTER, "")
    assert second.verdict is Verdict.EITHER
    assert second.note == "1 of 2 journeys cannot judge its old half: see 0001_first"


def test_a_step_behind_one_that_breaks_the_old_release_may_come_after_the_code_and_no_more_is_known() -> None:
    broken = [e for step in (1, 2) for a in (Actor.OLD_WARM, Actor.OLD_COLD) for e in failed_twice(at(TWO, step, a))]
    second = answer(TWO, *broken).steps[1]
    assert (second.verdict, second.old, second.agrees) == (Verdict.AFTER, Half.UNSEEN, None)
    assert second.note == (
        "that it may come before the code too was not seen; 1 of 1 journeys cannot judge its old half: see 0001_first"
    )


def test_a_step_before_one_that_the_new_release_needs_may_come_before_the_code_and_no_more_is_known() -> None:
    broken = [e for step in (1, 2) for e in failed_twice(at(TWO, step, Actor.NEW_AHEAD))]
    found = answer(TWO, *broken)
    assert [step.verdict for step in found.steps] == [Verdict.BEFORE, Verdict.BEFORE]
    first, second = found.steps
    assert (first.new, first.agrees) == (Half.UNSEEN, True)
    assert first.note == (
        "that it may come after the code too was not seen; 1 of 1 journeys cannot judge its new half: see 0002_second"
    )
    assert (second.new, second.note) == (Half.BREAKS, "")
    late = answer(TWO, *broken, when=When.AFTER).steps[0]
    assert (late.verdict, late.agrees) == (Verdict.BEFORE, None)


def test_a_step_that_breaks_the_old_release_comes_after_the_code_whatever_hides_the_new_one() -> None:
    old = [e for step in (1, 2) for a in (Actor.OLD_WARM, Actor.OLD_COLD) for e in failed_twice(at(TWO, step, a))]
    new = [e for step in (1, 2) for e in failed_twice(at(TWO, step, Actor.NEW_AHEAD))]
    first, second = answer(TWO, *old, *new).steps
    assert (first.verdict, first.old, first.new, first.agrees) == (Verdict.AFTER, Half.BREAKS, Half.UNSEEN, False)
    assert first.note == (
        "that the new release works without it was not seen; 1 of 1 journeys cannot judge its new half: see 0002_second"
    )
    assert (second.verdict, second.old, second.new, second.agrees) == (Verdict.BEFORE, Half.UNSEEN, Half.BREAKS, None)
    assert second.note == (
        "that the old release works with it was not seen; 1 of 1 journeys cannot judge its old half: see 0001_first"
    )
    late = answer(TWO, *old, *new, when=When.AFTER).steps
    assert [step.agrees for step in late] == [None, False]


def test_a_step_that_hides_behind_others_on_both_sides_is_untested() -> None:
    old = [e for step in (1, 2) for a in (Actor.OLD_WARM, Actor.OLD_COLD) for e in failed_twice(at(THREE, step, a))]
    new = [e for step in (2, 3) for e in failed_twice(at(THREE, step, Actor.NEW_AHEAD))]
    assert answer(THREE, *old, *new).steps[1].verdict is Verdict.UNTESTED


def test_a_step_that_breaks_lastingly_is_not_safe_because_an_earlier_one_broke_for_a_moment() -> None:
    first, second = (at(TWO, step, Actor.OLD_WARM) for step in (1, 2))
    found = answer(TWO, *recovered(first), *failed_twice(second)).steps
    assert [step.verdict for step in found] == [Verdict.EITHER, Verdict.AFTER]


def test_a_pass_on_cold_connections_is_noted() -> None:
    found = verdict(Warmed(number=8, cell=WARM, runs=(("old-1", 2, 6),)))
    assert found.verdict is Verdict.EITHER
    assert found.note == "not shown to be warm before it: old-1 (2 of 6 runs)"


@pytest.mark.parametrize(
    ("events", "before", "after"),
    [
        (NO_EVENTS, True, True),
        (NEW_BREAKS, True, False),
        (OLD_BREAKS, False, True),
        (OLD_BREAKS + NEW_BREAKS, False, False),
    ],
)
def test_the_settings_agree_with_a_verdict_or_not(events: tuple[Event, ...], before: bool, after: bool) -> None:
    assert verdict(*events, when=When.BEFORE).agrees is before
    assert verdict(*events, when=When.AT_BOOT).agrees is before
    assert verdict(*events, when=When.AFTER).agrees is after


def world(old: tuple[bool, ...], new: tuple[bool, ...], how: tuple[str, ...]) -> tuple[Event, ...]:
    """The events of a release: whether old works on schemas 1 to n, and new on schemas 0 to n."""
    plan = make_plan(len(old))
    events: list[Event] = []
    for index, (works, way) in enumerate(zip(old, how, strict=True), start=1):
        mine = SqlError(replica="old-1", sqlstate="42703", message=f"column old {'x' * index} is gone")
        if not works:
            cell = at(plan, index, Actor.OLD_COLD if "cold" in way else Actor.OLD_WARM)
            events.extend([not_ready(cell)] if way == "cold start" else failed_twice(cell, sql=mine))
    for index, works in enumerate(new):
        mine = SqlError(replica="new-1", sqlstate="42703", message=f"column new {'x' * index} is missing")
        if not works:
            cell = at(plan, index + 1, Actor.NEW_AHEAD) if index < len(old) else CONTROL
            events.extend(failed_twice(cell, sql=mine))
    return tuple(events)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[tuple[bool, ...], tuple[bool, ...], tuple[str, ...]]:
    count = draw(st.integers(1, 4))
    works = st.booleans()
    ways = st.sampled_from(["warm", "cold", "cold start"])
    return (
        tuple(draw(st.lists(works, min_size=count, max_size=count))),
        tuple(draw(st.lists(works, min_size=count + 1, max_size=count + 1))),
        tuple(draw(st.lists(ways, min_size=count, max_size=count))),
    )


@settings(max_examples=80, deadline=None, derandomize=True)
@given(worlds())
def test_a_split_works_where_old_works_up_to_it_and_new_from_it_on(
    release: tuple[tuple[bool, ...], tuple[bool, ...], tuple[str, ...]],
) -> None:
    """DESIGN's definition, word for word: old works on schemas 0 to j, and new on j to n."""
    old, new, how = release
    count = len(old)
    on_schema = (True, *old)
    splits = [j for j in range(count + 1) if all(on_schema[: j + 1]) and all(new[j:])]
    found = answer(make_plan(count), *world(old, new, how))
    assert list(found.splits) == splits
    # A release with a split is told one, and one without is told that no order works, or is proven.
    assert found.advice.startswith("no order") is not bool(splits)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worlds())
def test_the_horizon_is_the_last_step_up_to_which_the_old_release_works(
    release: tuple[tuple[bool, ...], tuple[bool, ...], tuple[str, ...]],
) -> None:
    old, new, how = release
    plan = make_plan(len(old))
    reached = old.index(False) if False in old else len(old)
    assert answer(plan, *world(old, new, how)).horizon == ("base", *plan.labels)[reached]


def test_nothing_that_was_not_seen_is_within_the_horizon() -> None:
    behind = [at(THREE, step, actor) for step in (2, 3) for actor in (Actor.OLD_WARM, Actor.OLD_COLD)]
    assert answer(THREE, silent=behind).horizon == "0001_first"


def test_what_was_not_seen_is_passed_over_where_a_later_step_shows_it() -> None:
    unseen = [at(THREE, 2, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD)]
    assert answer(THREE, silent=unseen).horizon == "0003_third"
    broken = failed_twice(at(THREE, 3, Actor.OLD_WARM))
    assert answer(THREE, *broken, silent=unseen).horizon == "0001_first"


def test_behind_what_broke_the_horizon_does_not_go_on() -> None:
    unseen = [at(THREE, 2, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD)]
    assert answer(THREE, *failed_twice(at(THREE, 1, Actor.OLD_WARM)), silent=unseen).horizon == "base"


def test_where_nothing_was_seen_there_is_no_horizon() -> None:
    assert answer(THREE, silent=THREE.cells).horizon is None


def test_a_split_needs_proof_for_every_schema() -> None:
    old = [at(TWO, 2, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD)]
    assert answer(TWO).splits == (0, 1, 2)
    assert answer(TWO, silent=old).splits == (0, 1)
    assert answer(TWO, silent=[at(TWO, 1, Actor.NEW_AHEAD)]).splits == (1, 2)
    assert answer(TWO, silent=[CONTROL]).splits == ()


def test_every_journey_must_have_been_seen_to_prove_a_split() -> None:
    plan = make_plan(1, (ORDER, STOCK))
    mute = [passed(at(plan, 1, Actor.OLD_COLD), STOCK, round_=round_, exchanges=()) for round_ in (1, 2)]
    assert answer(plan, *mute).splits == (0,)


def test_a_transient_stands_in_no_splits_way() -> None:
    assert answer(TWO, *recovered(at(TWO, 1, Actor.OLD_WARM))).splits == (0, 1, 2)


def test_behind_a_failed_migration_nothing_is_proven() -> None:
    """It fails in any order: neither release was ever seen on the schema that it was to make."""
    lost = [migration_failed(at(TWO, 1, actor)) for actor in (Actor.OLD_WARM, Actor.NEW_WARM)]
    behind = [at(TWO, 1, Actor.OLD_COLD), *(cell for cell in TWO.cells if cell.step == TWO.labels[1])]
    found = answer(TWO, *lost, stopped(), stopped(track="lane"), silent=behind)
    assert [step.verdict for step in found.steps] == [Verdict.UNTESTED, Verdict.UNTESTED]
    assert found.steps[1].note == "the migration 0001_first failed in step 9"
    assert found.splits == ()
    assert "0001_first" in found.advice
    assert found.horizon == "base"


def test_a_migration_that_fails_behind_a_new_release_alone_does_not_hide_what_else_was_seen() -> None:
    """``create_all`` of the new release, say, makes the table that the migration renames another one to."""
    lost = migration_failed(at(TWO, 1, Actor.NEW_WARM))
    ahead = failed_twice(at(TWO, 1, Actor.NEW_AHEAD))
    broken = failed_twice(at(TWO, 1, Actor.OLD_WARM))
    assert answer(TWO, lost, *ahead, *broken).advice.startswith("no order works: 0001_first breaks both releases")
    unseen = [cell for cell in TWO.cells if cell.step in TWO.labels or cell.actor is Actor.NEW_CONTROL]
    found = answer(TWO, lost, silent=unseen)
    assert found.advice == (
        "no order is proven: the migration 0001_first fails where the new release was started before it"
    )


def old_breaks(*steps: int) -> list[Event]:
    """The old release breaks behind these steps, by another column each time."""
    errors = {step: SqlError(replica="o", sqlstate="42703", message=f"no old {'x' * step}") for step in steps}
    return [e for step in steps for e in failed_twice(at(THREE, step, Actor.OLD_WARM), sql=errors[step])]


def new_needs(*steps: int) -> list[Event]:
    """The new release needs these steps, for another column each time."""
    errors = {step: SqlError(replica="n", sqlstate="42703", message=f"no new {'x' * step}") for step in steps}
    return [e for step in steps for e in failed_twice(at(THREE, step, Actor.NEW_AHEAD), sql=errors[step])]


@pytest.mark.parametrize(
    ("events", "splits", "advice"),
    [
        (
            [],
            (0, 1, 2, 3),
            "all steps before the code (rehearsed; orders that look possible step by step, but were not rehearsed: 3)",
        ),
        (new_needs(3), (3,), "all steps before the code"),
        (old_breaks(1), (0,), "all steps after the code"),
        (new_needs(1) + old_breaks(2), (1,), "0001_first before the code, the rest after"),
        (new_needs(1, 2) + old_breaks(3), (2,), "0001_first to 0002_second before the code, the rest after"),
        (
            old_breaks(1) + new_needs(1),
            (),
            (
                "no order works: 0001_first breaks both releases; split it into an expand and a contract step in two "
                "deploys, or take downtime"
            ),
        ),
        (
            old_breaks(1, 2) + new_needs(1, 2),
            (),
            (
                "no order works: 0001_first, 0002_second break both releases; split each into an expand and a contract "
                "step in two deploys, or take downtime"
            ),
        ),
        (
            old_breaks(1) + new_needs(3),
            (),
            (
                "no order works as the steps are numbered: 0001_first must come after the code, and 0003_third behind "
                "it before the code; move 0001_first to the end, or to the next release"
            ),
        ),
        (
            old_breaks(1, 3) + new_needs(2),
            (),
            (
                "no order works as the steps are numbered: 0001_first must come after the code, and 0002_second behind "
                "it before the code; move 0001_first to the end, or to the next release"
            ),
        ),
        (
            [
                attempt
                for actor in (Actor.NEW_AHEAD, Actor.NEW_WARM)
                for attempt in failed_twice(at(THREE, 3, actor), sql=None, origin="base-control")
            ]
            + old_breaks(3),
            (),
            (
                "no order works: the new release fails on what the old one wrote, before 0003_third and behind it; let "
                "it read both, see rollout-new"
            ),
        ),
        (
            [
                attempt
                for step, actor in (
                    (2, Actor.OLD_COLD),
                    (3, Actor.OLD_COLD),
                    (3, Actor.NEW_AHEAD),
                    (3, Actor.NEW_WARM),
                )
                for attempt in failed_twice(at(THREE, step, actor), sql=None, origin="base-control")
            ],
            (),
            (
                "no order works: 0002_second breaks new replicas that are started behind it as it does old ones, see "
                "0002_second-old-cold"
            ),
        ),
        (
            failed_twice(CONTROL),
            (),
            "no order works: the new release fails on its own schema, see rollout-new-control",
        ),
    ],
)
def test_the_advice_names_the_order_or_what_stands_in_its_way(
    events: list[Event], splits: tuple[int, ...], advice: str
) -> None:
    found = answer(THREE, *events)
    assert (found.splits, found.advice) == (splits, advice)


def test_an_order_that_is_not_proven_is_not_called_impossible() -> None:
    unseen = [at(THREE, 2, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD)]
    found = answer(THREE, *new_needs(3), silent=unseen)
    assert (found.splits, found.advice) == ((), "no order is proven: 0002_second could not be judged")


def test_a_step_that_breaks_the_old_release_is_not_said_to_be_unjudged_where_only_the_new_one_was_not_seen() -> None:
    unseen = [at(THREE, step, actor) for step in (2, 3) for actor in (Actor.NEW_AHEAD, Actor.NEW_WARM)]
    found = answer(THREE, *old_breaks(2), silent=[*unseen, CONTROL])
    assert found.advice == (
        "no order is proven: 0002_second breaks the old release, and whether the new one can go ahead of 0002_second, "
        "0003_third could not be judged"
    )


def test_a_journey_that_proves_nothing_is_not_blamed_on_the_new_release() -> None:
    """One of two journeys sends no request at a step: the verdict stands on the other, and the advice says why."""
    plan = make_plan(1, (ORDER, STOCK))
    mute = [passed(at(plan, 1, Actor.OLD_WARM), STOCK, round_=round_, exchanges=()) for round_ in (1, 2)]
    found = answer(plan, *mute, *failed_twice(at(plan, 1, Actor.NEW_AHEAD)))
    assert found.splits == ()
    assert "new release fails on its own schema" not in found.advice
    assert found.advice.startswith("no order is proven")


def test_a_control_run_that_was_not_made_is_not_said_to_have_failed() -> None:
    found = answer(THREE, silent=[CONTROL])
    assert found.splits == ()
    assert "new release fails on its own schema" not in found.advice


def test_a_step_that_cannot_be_judged_does_not_hide_that_no_order_works() -> None:
    """The first step breaks every journey of the old release, and the new one needs the second: no order is left."""
    broken = [e for step in (1, 2) for a in (Actor.OLD_WARM, Actor.OLD_COLD) for e in failed_twice(at(TWO, step, a))]
    found = answer(TWO, *broken, *failed_twice(at(TWO, 2, Actor.NEW_AHEAD), sql=NO_TABLE))
    assert found.splits == ()
    assert found.advice.startswith("no order works as the steps are numbered: 0001_first must come after the code")


@pytest.mark.parametrize(("failing", "label"), [((1, 2, 3), "0001_first"), ((2, 3), "0002_second"), ((), None)])
def test_the_first_step_is_named_from_which_old_replicas_cannot_restart(
    failing: tuple[int, ...], label: str | None
) -> None:
    plan = make_plan(3, old_boot=True)
    lost = [not_ready(at(plan, step, Actor.OLD_BOOT)) for step in failing]
    assert answer(plan, *lost).no_restart_from == label


def test_old_replicas_that_restart_and_then_fail_their_journeys_can_restart() -> None:
    plan = make_plan(1, old_boot=True)
    attempts = [e for actor in (Actor.OLD_WARM, Actor.OLD_BOOT) for e in failed_twice(at(plan, 1, actor))]
    assert answer(plan, *attempts).no_restart_from is None


def test_without_a_boot_command_nothing_is_said_of_restarts() -> None:
    assert answer(ONE, not_ready(COLD)).no_restart_from is None


@pytest.mark.parametrize(
    ("splits", "when", "chosen"),
    [
        ((), When.BEFORE, 3),
        ((), When.AT_BOOT, 3),
        ((), When.AFTER, 0),
        ((0, 1, 2, 3), When.BEFORE, 3),
        ((0, 1, 2, 3), When.AFTER, 0),
        ((0, 1), When.BEFORE, 1),
        ((1, 2), When.AFTER, 1),
        ((2,), When.AT_BOOT, 3),
        ((0,), When.AT_BOOT, 3),
    ],
)
def test_the_rollout_is_rehearsed_as_configured_or_as_near_to_that_as_works(
    splits: tuple[int, ...], when: When, chosen: int
) -> None:
    assert choose_split(splits, Schedule(when=when), ("1", "2", "3")) == chosen


def test_where_some_steps_come_after_the_code_the_rollout_is_split_there() -> None:
    mixed = Schedule(exceptions=("3",))
    assert choose_split((), mixed, ("1", "2", "3")) == 2
    assert choose_split((1, 3), mixed, ("1", "2", "3")) == 1


def test_each_step_is_held_to_its_own_side_of_the_code() -> None:
    events = failed_twice(at(TWO, 2, Actor.OLD_WARM))
    judged = judge(TWO, judge_outcomes(TWO, rehearsed(TWO, *events)), Schedule(exceptions=(TWO.labels[1],)))
    assert [(step.verdict, step.agrees) for step in judged.steps] == [(Verdict.EITHER, True), (Verdict.AFTER, True)]


@pytest.mark.parametrize("worst", range(len(SEVERITY)))
def test_a_cell_shows_the_worst_of_its_journeys(worst: int) -> None:
    one = next(iter(judge_outcomes(ONE, rehearsed(ONE)).values()))
    no_worse = [replace(one, status=status) for status in reversed(SEVERITY[worst:])]
    assert cell_status(no_worse) is SEVERITY[worst]


def test_a_cell_without_journeys_is_untested() -> None:
    assert cell_status([]) is Status.UNTESTED


# --- steps that new replicas run when they boot

BY_BOOT = make_plan(2, at_boot=True)


def test_the_advice_for_replicas_that_migrate_at_boot_speaks_of_them() -> None:
    found = answer(BY_BOOT, when=When.AT_BOOT)
    assert found.advice.startswith("all steps at the start of the first new replicas (rehearsed; ")
    assert split_of(BY_BOOT) == 2


def test_an_order_that_was_not_rehearsed_at_boot_says_so() -> None:
    found = answer(BY_BOOT, *failed_twice(at(BY_BOOT, 2, Actor.OLD_WARM)), when=When.AT_BOOT)
    assert found.splits == (0, 1)
    assert "0001_first before the code, the rest after" in found.advice
    assert found.advice.endswith("(it looks possible step by step, but was not rehearsed: when = at-boot)")
    assert [step.agrees for step in found.steps] == [True, False]


def test_a_rollout_that_fails_at_boot_is_named_so() -> None:
    found = answer(BY_BOOT, not_ready(Cell(ROLLOUT, Actor.MIXED), "new-1"), when=When.AT_BOOT)
    assert found.splits == ()
    assert "the rollout with all steps at the start of the first new replicas fails, see rollout-mixed" in found.advice


def test_a_step_with_which_background_work_does_not_live_breaks_the_old_release_though_journeys_pass() -> None:
    broken = {TWO.labels[1]: "background-error: 42703 column is gone"}
    judged = judge(TWO, judge_outcomes(TWO, rehearsed(TWO)), Schedule(), broken)
    assert [step.verdict for step in judged.steps] == [Verdict.EITHER, Verdict.AFTER]
    assert judged.steps[1].agrees is False
    assert judged.steps[1].note == (
        "no journey shows that the old release breaks, but background-error: 42703 column is gone"
    )
    assert (judged.splits, judged.horizon) == ((0, 1), TWO.labels[0])


def test_where_nobody_serves_while_steps_are_run_they_need_suit_the_new_release_alone() -> None:
    breaks_both = (*failed_twice(at(ONE, 1, Actor.OLD_WARM)), *failed_twice(at(ONE, 1, Actor.NEW_AHEAD)))
    outcomes = judge_outcomes(ONE, rehearsed(ONE, *breaks_both))
    apart = judge(ONE, outcomes, Schedule(when=When.AT_BOOT, apart=True))
    assert [(step.verdict, step.agrees) for step in apart.steps] == [(Verdict.NEITHER, True)]
    assert apart.splits == (1,)
    assert "while nobody serves" in apart.advice
    assert judge(ONE, outcomes, Schedule(when=When.AT_BOOT)).splits == ()


NONE = make_plan(0)


def test_without_a_step_the_rollout_of_the_code_alone_decides() -> None:
    well = answer(NONE)
    assert (well.steps, well.splits, well.horizon, well.can_roll_back) == ((), (0,), None, True)
    assert well.advice == "the code alone, for there is no migration"
    mixed = answer(NONE, *failed_twice(Cell(ROLLOUT, Actor.MIXED)))
    assert mixed.splits == ()
    assert mixed.advice.startswith(
        "not as it is: there is no migration, but the rollout of the code fails, see rollout-"
    )
    assert answer(NONE, *failed_twice(Cell(ROLLOUT, Actor.ROLL_BACK))).can_roll_back is False


def test_a_new_release_that_needs_more_than_the_old_schema_has_may_lack_a_migration() -> None:
    found = answer(NONE, *failed_twice(CONTROL, sql=NO_TABLE))
    assert found.splits == ()
    assert found.advice.endswith("the schema that both have, see rollout-new-control; one may be missing")
