"""From which release of a chain on a step is safe: by what each of them did behind it, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plan.subjects import EARLIER

from evidence.builders import NO_COLUMN, NO_TABLE, ORDER, STOCK, failed_twice, make_plan, passed, recovered, rehearsed
from harness.evidence.chain import ChainAnswer, Survival, answer_step, judge_chain
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.verdicts import judge
from harness.model.cell import BASE, OWN, Actor, Cell, Status
from harness.model.events import ReplicaFailed, ReplicaReady, SchemaChanged
from harness.model.observed import Sent
from harness.model.rollout import Schedule
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.plan.steps import Plan

PLAN = make_plan(2, earlier=EARLIER)
FIRST, SECOND = PLAN.labels
CHAIN = ("v1", "v2", "v3", "v4")
PASS, FAIL, UNTESTED, SKIPPED = Status.PASS, Status.FAIL, Status.UNTESTED, Status.SKIPPED


def tried(step: str, release: str) -> Cell:
    return Cell(step, Actor.EARLIER, release)


def chain(*events: Event, missing: tuple[Cell, ...] = (), plan: Plan = PLAN) -> ChainAnswer:
    """The answer where every release works everywhere, but for what the events say."""
    mine = {event.cell for event in events if hasattr(event, "cell")} | set(missing)
    places = [tried(step, name) for name in ("v1", "v2") for step in (BASE, *plan.labels)]
    usual = [passed(cell, name) for cell in places if cell not in mine for name in plan.journeys]
    run = rehearsed(plan, *usual, *events)
    outcomes = judge_outcomes(plan, run)
    return judge_chain(plan, run, CHAIN, outcomes, judge(plan, outcomes, Schedule()))


def statuses(answer: ChainAnswer, step: str) -> list[Status]:
    return [survival.status for found in answer.steps if found.step == step for survival in found.releases]


def told(answer: ChainAnswer) -> list[tuple[str | None, str]]:
    return [(step.since, step.text) for step in answer.steps]


def test_where_all_work_a_step_is_safe_for_the_whole_chain() -> None:
    answer = chain()
    assert answer.releases == CHAIN
    assert told(answer) == [("v1", "safe for every release of the chain")] * 2
    assert statuses(answer, FIRST) == [PASS, PASS, PASS]
    assert [survival.release for survival in answer.base] == ["v1", "v2"]


def test_a_step_that_breaks_the_oldest_is_safe_from_the_next_on_and_so_is_what_follows() -> None:
    answer = chain(*failed_twice(tried(SECOND, "v1")))
    assert told(answer) == [("v1", "safe for every release of the chain"), ("v2", "safe from v2 on")]
    assert statuses(answer, SECOND) == [FAIL, PASS, PASS]


def test_one_that_works_does_not_help_where_a_later_one_breaks() -> None:
    answer = chain(*failed_twice(tried(FIRST, "v2")), *failed_twice(tried(SECOND, "v2")))
    assert told(answer) == [("v3", "safe from v3 on")] * 2
    assert statuses(answer, FIRST) == [PASS, FAIL, PASS]


def test_a_step_that_breaks_the_old_release_is_safe_from_the_new_one_on() -> None:
    assert told(chain(*failed_twice(Cell(FIRST, Actor.OLD_WARM))))[0] == ("v4", "safe from v4 on")


def test_a_step_behind_which_the_new_release_does_not_work_either_is_safe_for_none() -> None:
    answer = chain(*failed_twice(Cell(FIRST, Actor.OLD_WARM)), *failed_twice(Cell(FIRST, Actor.NEW_WARM)))
    assert told(answer)[0] == (None, "safe for none")


def test_who_was_not_tried_is_untested_and_never_safe() -> None:
    answer = chain(missing=(tried(SECOND, "v1"),))
    assert statuses(answer, SECOND) == [SKIPPED, PASS, PASS]
    assert told(answer)[1] == ("v2", "safe from v2 on; v1 skipped")


def test_a_failure_that_passes_counts_as_working_as_in_a_verdict() -> None:
    answer = chain(*recovered(tried(FIRST, "v1")))
    assert statuses(answer, FIRST)[0] is Status.TRANSIENT
    assert told(answer)[0] == ("v1", "safe for every release of the chain")


def test_what_is_broken_on_the_old_schema_already_is_no_step_s_doing() -> None:
    places = (BASE, FIRST, SECOND)
    answer = chain(*(event for step in places for event in failed_twice(tried(step, "v1"), sql=NO_COLUMN)))
    assert answer.base[0].status is FAIL
    assert [step.releases[0].outcome.inherited_from for step in answer.steps if step.releases[0].outcome] == [BASE] * 2
    assert told(answer) == [("v2", "safe from v2 on")] * 2


def test_what_an_earlier_step_broke_does_not_work_behind_the_next_either() -> None:
    broken = [event for step in (FIRST, SECOND) for event in failed_twice(Cell(step, Actor.OLD_WARM), sql=NO_COLUMN)]
    answer = chain(*broken)
    assert [statuses(answer, step) for step in PLAN.labels] == [[PASS, PASS, FAIL]] * 2
    assert told(answer) == [("v4", "safe from v4 on")] * 2
    last = answer.steps[1].releases[-1].outcome
    assert last is not None
    assert last.inherited_from == FIRST


def test_another_failure_is_a_step_s_own() -> None:
    answer = chain(*failed_twice(tried(FIRST, "v1"), sql=NO_COLUMN), *failed_twice(tried(SECOND, "v1"), sql=NO_TABLE))
    assert [step.releases[0].outcome.inherited_from for step in answer.steps if step.releases[0].outcome] == [None] * 2


def test_a_release_that_does_not_start_breaks() -> None:
    cell = tried(FIRST, "v1")
    lost = ReplicaFailed(
        replica="earlier-v1-1",
        release="v1",
        database="tried",
        number=1,
        cell=cell,
        reason="exited with status 1",
        signature="serve 1",
    )
    assert statuses(chain(lost), FIRST) == [FAIL, PASS, PASS]


def test_a_release_that_migrates_when_it_is_started_was_not_tried() -> None:
    cell = tried(FIRST, "v1")
    started = ReplicaReady(
        replica="earlier-v1-1",
        release="v1",
        database="tried",
        number=1,
        cell=cell,
        after_s=0.1,
        moved=(("2",), ("1",)),
    )
    assert statuses(chain(passed(cell), started), FIRST)[0] is UNTESTED


def _changed(step: str, table: str) -> SchemaChanged:
    change = SchemaChange(
        deed=Deed.CHANGED,
        kind=ObjectKind.COLUMN,
        name=f"{table}.code",
        text=f"dropped column {table}.code",
        names=(table,),
        touched_by=(table,),
        near=(),
    )
    return SchemaChanged(number=2, label=step, changes=(change,), written=(), writes=0)


def _sent(release: str, statement: str) -> Sent:
    actor = Actor.CONTROL if release == "old" else Actor.EARLIER
    cell = Cell(BASE, actor) if release == "old" else Cell(OWN, actor, release)
    return Sent(number=1, cell=cell, release=release, journey=ORDER, statements=(statement,))


def test_a_release_whose_own_statements_do_not_meet_the_change_says_nothing_of_it() -> None:
    sent = (_sent("v1", "SELECT * FROM orders"), _sent("v2", "SELECT * FROM coupons"), _sent("old", "TABLE coupons"))
    answer = chain(*sent, _changed(FIRST, "coupons"))
    assert statuses(answer, FIRST) == [UNTESTED, PASS, PASS]
    assert told(answer)[0] == ("v2", "safe from v2 on; v1 untested")
    outcome = answer.steps[0].releases[0].outcome
    assert outcome is not None
    assert outcome.reason.startswith("no statement of v1 touches what the step changed: dropped column coupons.code")


def test_the_worst_journey_counts_and_is_the_one_that_is_shown() -> None:
    plan = make_plan(1, (ORDER, STOCK), earlier=EARLIER)
    cell = tried(plan.labels[0], "v1")
    answer = chain(passed(cell, ORDER), *failed_twice(cell, STOCK), plan=plan)
    shown = answer.steps[0].releases[0]
    assert shown.status is FAIL
    assert shown.outcome is not None
    assert shown.outcome.journey == STOCK


def test_what_an_earlier_release_does_changes_no_cell_of_the_matrix() -> None:
    run = rehearsed(PLAN)
    more = (*run, *failed_twice(tried(FIRST, "v1")), _sent("v1", "SELECT * FROM orders"))
    assert judge_outcomes(PLAN, more) == judge_outcomes(PLAN, run)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (UNTESTED, PASS, (None, "untested")),
        (FAIL, UNTESTED, (None, "untested")),
        (FAIL, PASS, ("v2", "safe from v2 on")),
        (FAIL, FAIL, (None, "safe for none")),
        (PASS, FAIL, ("v1", "safe for every release of the chain")),
    ],
)
def test_the_first_pair_has_the_old_release_alone(old: Status, new: Status, expected: tuple[str | None, str]) -> None:
    assert answer_step((Survival(release="v1", status=old),), Survival(release="v2", status=new)) == expected
