"""Migrations that were killed half-way: those that are run again without harm, and those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.builders import ORDER, at, failed, make_plan, rehearsed, stopped
from harness.evidence.checks.torn_migration import judge
from harness.evidence.timeline import Timeline
from harness.model.cell import Actor, Status
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.torn import Tear, Torn, Unserved

if TYPE_CHECKING:
    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(2)
STEP = PLAN.labels[0]
INDEX = SchemaChange(
    deed=Deed.ADDED,
    kind=ObjectKind.INDEX,
    name="orders_email",
    text="added index orders_email",
    names=("orders_email",),
)
GOOD = Tear(statement="CREATE INDEX CONCURRENTLY orders_email ON orders (email)", left=(INDEX,))


def judged(*events: Event) -> Judgement:
    return judge(Timeline(plan=PLAN, events=rehearsed(PLAN, *events), outcomes={}), STEP)


def torn(*tears: Tear, reason: str = "") -> Torn:
    return Torn(number=120, label=STEP, replica="old-torn", tears=tears, reason=reason)


def test_what_can_be_run_again_passes_whatever_the_first_run_had_left() -> None:
    assert judged(torn(GOOD, GOOD)).status is Status.PASS


def test_that_there_may_be_more_points_is_told_and_fails_nothing() -> None:
    assert judged(torn(*[GOOD] * 19)).findings == ()
    found = judged(torn(*[GOOD] * 20))
    assert found.status is Status.PASS
    assert found.findings[0].headline.startswith("it was killed at the first 20 points at which it commits; what comes")


def test_what_cannot_is_told_with_what_was_left_and_the_code() -> None:
    found = judged(
        torn(GOOD, Tear(statement="CREATE TABLE x ()", left=(INDEX,), error="DuplicateTable: x", sqlstate="42P07"))
    )
    [finding] = found.findings
    assert finding.headline == "killed behind CREATE TABLE x (), it cannot be run again: DuplicateTable: x"
    assert (finding.details, finding.sqlstates) == (("the killed run had left: added index orders_email",), ("42P07",))


def test_a_second_run_that_ends_well_on_another_schema_or_other_rows_does_not() -> None:
    other = judged(torn(Tear(statement="CREATE INDEX i", schema=(INDEX,))))
    assert other.findings[0].headline.endswith("it leaves another schema than without: index orders_email is there too")
    rows = judged(torn(Tear(statement="UPDATE orders SET total = total * 100", rows=("orders",))))
    assert rows.findings[0].headline.endswith("it leaves other rows in orders than without")


def test_rows_that_the_first_run_had_left_are_told_and_that_nothing_was_committed() -> None:
    lock = Tear(statement="UPDATE locks SET taken = 1", left_rows=("locks",), error="MigrationLocked")
    assert judged(torn(lock)).findings[0].details == ("the killed run had left other rows than it found in locks",)
    early = judged(torn(Tear(statement="", error="the folder is there already")))
    assert early.findings[0].headline == (
        "killed before any of it was committed, it cannot be run again: the folder is there already"
    )


def test_what_breaks_between_two_statements_alone_is_told_once() -> None:
    item = Unserved(journey=ORDER, reason="POST /orders answered 500", sqlstates=("42P01",))
    tear = Tear(statement="ALTER TABLE orders RENAME TO sales", left=(INDEX,), unserved=(item,))
    found = judged(torn(GOOD, tear, tear))
    [finding] = found.findings
    assert finding.headline == (
        "killed behind ALTER TABLE orders RENAME TO sales, old-torn has to serve on what is left, and "
        f"{ORDER} fails: POST /orders answered 500"
    )
    assert (finding.details, finding.sqlstates) == (("the killed run had left: added index orders_email",), ("42P01",))


def test_a_replica_that_does_not_start_between_two_statements_is_told() -> None:
    item = Unserved(journey="", reason="exited with status 1 before it was ready")
    found = judged(torn(Tear(statement="DROP TABLE x", left=(INDEX,), unserved=(item,))))
    assert found.findings[0].headline.endswith("and it does not start: exited with status 1 before it was ready")


def test_what_the_whole_step_breaks_too_is_told_there() -> None:
    item = Unserved(journey=ORDER, reason="POST /orders answered 500")
    broken = failed(at(PLAN, STEP, Actor.OLD_COLD), ORDER)
    tear = Tear(statement="DROP TABLE x", left=(INDEX,), unserved=(item,))
    assert judged(broken, torn(tear)).status is Status.PASS


def test_what_did_not_go_well_behind_the_step_is_not_blamed_on_a_state_within_it() -> None:
    """An earlier step broke it, say, and nobody was left to be driven here."""
    items = (Unserved(journey=ORDER, reason="POST /orders answered 500"), Unserved(journey="", reason="exited"))
    tear = torn(Tear(statement="DROP TABLE x", left=(INDEX,), unserved=items))
    silent = [at(PLAN, STEP, actor) for actor in (Actor.OLD_WARM, Actor.OLD_COLD, Actor.NEW_WARM)]
    events = rehearsed(PLAN, tear, silent=silent)
    assert judge(Timeline(plan=PLAN, events=events, outcomes={}), STEP).status is Status.PASS


def test_what_was_not_tried_is_no_pass() -> None:
    assert judged(torn()).status is Status.UNTESTED
    assert judged(torn(reason="the steps are made by a command")).reason == "the steps are made by a command"
    assert judged().reason.startswith("nobody was killed here: kill_migrator is turned off")
    assert judged(stopped("the migration failed")).reason == "the migration failed"
    assert judged(Torn(number=120, label=PLAN.labels[1], tears=(GOOD,))).status is Status.SKIPPED
