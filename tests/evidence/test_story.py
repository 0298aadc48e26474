"""One failure told: where in the plan, who served, on which schema, what was asked and answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import (
    NO_COLUMN,
    NO_TABLE,
    ORDER,
    at,
    failed,
    failed_twice,
    make_plan,
    migration_failed,
    not_ready,
    number_of,
    passed,
    ready,
    recovered,
    rehearsed,
    stopped,
)
from harness.evidence.blame import boots_of
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.story import SqlRecord, tell
from harness.model.cell import BASE, ROLLOUT, Actor, Cell
from harness.model.events import Failure, Migrated, ReplicaStopped, SchemaChanged
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.plan.steps import Drive, Migrate, StartReplicas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.story import Story
    from harness.model.events import Event

PLAN = make_plan(2)
WARM, COLD = at(PLAN, 2, Actor.OLD_WARM), at(PLAN, 2, Actor.OLD_COLD)
DRIVEN = number_of(PLAN, Drive, WARM)


def migrated(revision: str, cell: Cell, *, database: str = "live") -> Migrated:
    return Migrated(database=database, revision=revision, number=number_of(PLAN, Migrate, cell), duration_s=0.1)


LIVE_STEPS = tuple(migrated(f"000{step}", at(PLAN, step, Actor.OLD_WARM)) for step in (1, 2))
FLEET = ready(None, "old-1", number=6), ready(None, "old-2", number=6)


def story(cell: Cell, *events: Event, silent: Iterable[Cell] = ()) -> Story | None:
    happened = rehearsed(PLAN, *events, silent=silent)
    return tell(judge_outcomes(PLAN, happened)[cell, ORDER], PLAN, happened)


def told(cell: Cell, *events: Event) -> Story:
    found = story(cell, *events)
    assert found is not None
    return found


def test_what_passed_or_never_ran_has_no_story() -> None:
    assert story(WARM) is None
    assert story(WARM, silent=[WARM]) is None
    assert story(WARM, stopped(), silent=[WARM]) is None


def test_a_failing_journey_tells_all_that_its_reader_needs() -> None:
    error = replace(NO_COLUMN, detail="It was dropped.", statement="SELECT price FROM orders")
    attempts = failed_twice(
        WARM,
        number=DRIVEN,
        origin="base-control",
        replicas=("old-2",),
        segment=1,
        data="sku='A-1'",
        exchanges=(
            Exchange(replica="old-2", method="GET", path="/readyz", status=200, response="ok"),
            Exchange(replica="old-2", method="POST", path="/orders", request='{"sku": 1}', status=500, response="Oops"),
            Exchange(replica="old-2", method="GET", path="/after", status=502, response="late"),
        ),
        failure=Failure(kind="HTTPStatusError", text="500", where="test_orders.py:12", source="raise_for_status()"),
        sql=error,
        log=("Traceback", "UndefinedColumn"),
    )
    found = told(WARM, *FLEET, *LIVE_STEPS, *attempts)
    assert found.plan_step == DRIVEN
    assert found.headline == "old-2 answered 500 to POST /orders"
    assert (found.schema_before, found.schema_after) == ("0001_first", "0002_second")
    assert found.fleet == ("old-1 (old) ready", "old-2 (old) ready")
    assert found.copy == "started in base-control, served by old-2, segment 2, pass 1, with sku='A-1'"
    assert (found.where, found.source) == ("test_orders.py:12", "raise_for_status()")
    assert (found.request, found.response) == ('POST /orders {"sku": 1}', "500 Oops")
    assert found.sql == (
        SqlRecord("old-1", "42703", 'column "price" does not exist', "It was dropped.", "SELECT price FROM orders"),
    )
    assert found.log == ("Traceback", "UndefinedColumn")
    assert found.failures == 2


def test_a_transient_and_an_inconclusive_failure_are_told_too() -> None:
    assert told(WARM, *recovered(WARM)).failures == 1
    new, control = Cell(ROLLOUT, Actor.NEW), Cell(ROLLOUT, Actor.NEW_CONTROL)
    assert told(new, *failed_twice(control), *failed_twice(new)).headline == "new-1 answered 500 to GET /orders/17"


@pytest.mark.parametrize(
    ("exchanges", "headline", "request_", "response"),
    [
        ((), "AssertionError: lost", "", ""),
        (
            (Exchange(replica="r", method="GET", path="/a", status=404, response="gone"),),
            "AssertionError: lost",
            "GET /a",
            "404 gone",
        ),
        (
            (Exchange(replica="r", method="GET", path="/a", status=None, response="ReadError: reset"),),
            "r gave no answer (ReadError: reset) to GET /a",
            "GET /a",
            "no answer ReadError: reset",
        ),
    ],
)
def test_the_exchange_that_says_so_itself_is_shown_or_else_the_last(
    exchanges: tuple[Exchange, ...], headline: str, request_: str, response: str
) -> None:
    lost = Failure(kind="AssertionError", text="lost")
    # One attempt with traffic, so that the cell is not untested, after those that are told.
    attempts = [failed(WARM, round_=r, sql=None, failure=lost, exchanges=exchanges) for r in (1, 2)]
    found = told(WARM, *attempts, passed(WARM, round_=2, origin="elsewhere"))
    assert (found.headline, found.request, found.response) == (headline, request_, response)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("fresh", "started here, "),
        ("traveller", "started before the first step and resumed in every state, "),
        ("0001_first-old-warm", "started in 0001_first-old-warm, "),
    ],
)
def test_a_copy_is_described_by_where_it_was_started(origin: str, words: str) -> None:
    attempts = failed_twice(WARM, origin=origin, replicas=("old-1", "old-2", "old-1"))
    assert told(WARM, *attempts).copy == words + "served by old-1 then old-2, segment 3, pass 1"


def test_a_replica_that_did_not_start_is_told_with_its_log_and_its_fleet() -> None:
    number = number_of(PLAN, StartReplicas, COLD)
    lost = not_ready(COLD, "old-cold-2", number=number, log=("ImportError",), sql=(NO_COLUMN,))
    found = told(COLD, *FLEET, *LIVE_STEPS, lost)
    assert found.headline == "old-cold-2 exited with status 1 before it was ready"
    assert found.fleet == ("old-1 (old) ready", "old-2 (old) ready", "old-cold-2 (old) failed")
    assert (found.log, [error.sqlstate for error in found.sql]) == (("ImportError",), ["42703"])
    assert (found.request, found.response, found.copy, found.where) == ("", "", "", "")
    assert found.plan_step == number


def test_a_replica_that_lost_its_readiness_is_told_in_its_own_words() -> None:
    assert told(WARM, not_ready(WARM, reason="readiness failed")).headline == "old-1 - readiness failed"


def test_a_migration_that_failed_is_told_with_the_schema_that_it_left() -> None:
    lost = migration_failed(WARM, "0002", number=number_of(PLAN, Migrate, WARM), log=("DETAIL: row 17",))
    found = told(WARM, *FLEET, LIVE_STEPS[0], lost)
    assert found.headline == "the migration failed: NotNullViolation: null value"
    assert (found.schema_before, found.schema_after) == ("0001_first", "0002_second (not applied)")
    assert found.fleet == ("old-1 (old) ready", "old-2 (old) ready")
    assert found.log == ("DETAIL: row 17",)


def test_before_the_first_step_the_schema_is_the_base() -> None:
    cell = at(PLAN, 1, Actor.NEW_AHEAD)
    found = told(cell, *LIVE_STEPS, *failed_twice(cell, number=number_of(PLAN, Drive, cell)))
    assert (found.schema_before, found.schema_after) == ("", "the old head")


def test_the_schema_is_that_of_the_track_and_of_the_moment() -> None:
    first = at(PLAN, 1, Actor.OLD_WARM)
    found = told(first, *LIVE_STEPS, *failed_twice(first, number=number_of(PLAN, Drive, first)))
    assert (found.schema_before, found.schema_after) == ("the old head", "0001_first")


def test_ahead_of_the_second_step_the_schema_is_the_firsts_though_it_was_applied_twice() -> None:
    cell, trial = at(PLAN, 2, Actor.NEW_AHEAD), at(PLAN, 1, Actor.NEW_WARM)
    number = number_of(PLAN, Drive, cell)
    lane = [migrated("0001", trial, database="lane")]
    lane.append(replace(lane[0], number=number - 3))
    found = told(cell, *lane, *failed_twice(cell, number=number))
    assert (found.schema_before, found.schema_after) == ("the old head", "0001_first")


def test_the_new_releases_control_run_is_told_on_its_own_head() -> None:
    control = Cell(ROLLOUT, Actor.NEW_CONTROL)
    found = told(control, *failed_twice(control, number=number_of(PLAN, Drive, control)))
    assert found.schema_after == "0002_second"


def test_the_fleet_is_who_served_on_that_database_at_that_moment() -> None:
    events: list[Event] = [
        *FLEET,
        ready(None, "new-1", database="lane", number=DRIVEN - 2),
        ready(None, "old-cold-1", number=8),
        ReplicaStopped(replica="old-cold-1", number=DRIVEN - 1, killed=False),
        ready(None, "old-cold-2", number=DRIVEN + 1),
        ReplicaStopped(replica="old-1", number=DRIVEN + 4, killed=False),
    ]
    assert told(WARM, *events, *failed_twice(WARM, number=DRIVEN)).fleet == ("old-1 (old) ready", "old-2 (old) ready")


def test_the_schema_of_a_rollout_at_boot_is_the_one_that_the_new_replicas_made() -> None:
    plan = make_plan(2, at_boot=True)
    mixed = Cell(ROLLOUT, Actor.MIXED)
    boot = min(boots_of(plan))
    moved = ready(mixed, "new-roll-1", number=boot, moved=(("0000",), ("0002",)))
    happened = rehearsed(plan, moved, *failed_twice(mixed, number=boot + 1))
    found = tell(judge_outcomes(plan, happened)[mixed, ORDER], plan, happened)
    assert found is not None
    assert (found.schema_before, found.schema_after) == ("the old head", "0002_second")


def test_what_a_step_took_from_new_replicas_that_served_across_it_is_no_step_that_is_missing() -> None:
    denied = SqlError(replica="new-1", sqlstate="42501", message="permission denied for table orders")
    taken = SchemaChange(
        deed=Deed.ADDED,
        kind=ObjectKind.TABLE,
        name="orders",
        text="made table orders anew, and app lost SELECT",
        names=("orders",),
        takes_rights=True,
    )
    cell = at(PLAN, 2, Actor.NEW_WARM)
    found = told(cell, SchemaChanged(number=1, label=cell.step, changes=(taken,)), *failed_twice(cell, sql=denied))
    assert found.why == "0002_second made table orders anew, and app lost SELECT"
    assert found.remedy.startswith("grant the application's role")


def test_what_is_the_data_is_shown_beside_the_same_request_in_control() -> None:
    answer = Exchange(replica="old-1", method="GET", path="/orders/4", status=200, response='{"total": "5.00"}')
    now = Exchange(replica="old-1", method="GET", path="/orders/17", status=500, response="Internal Server Error")
    control = passed(Cell(BASE, Actor.CONTROL), exchanges=(answer,))
    shown = told(WARM, control, *failed_twice(WARM, sql=None, exchanges=(now,)))
    assert shown.control == '200 {"total": "5.00"}'
    other = passed(Cell(BASE, Actor.CONTROL), exchanges=(replace(answer, path="/customers/4"),))
    assert told(WARM, other, *failed_twice(WARM, sql=None, exchanges=(now,))).control == ""


def test_in_the_rollout_any_step_that_explains_it_is_named() -> None:
    dropped = SchemaChange(
        deed=Deed.DROPPED,
        kind=ObjectKind.COLUMN,
        name="orders.price",
        text="dropped column orders.price",
        names=("orders", "price"),
    )
    changed = SchemaChanged(number=1, label="0002_second", changes=(dropped,))
    back = Cell(ROLLOUT, Actor.ROLL_BACK)
    error = replace(NO_COLUMN, statement="SELECT price FROM orders")
    assert told(back, changed, *failed_twice(back, sql=error)).why == "0002_second dropped column orders.price"
    assert "what the other release wrote" in told(back, changed, *failed_twice(back, sql=None)).why


def test_in_the_rollout_the_step_is_named_that_explains_it_best_and_of_two_the_first() -> None:
    dropped = SchemaChange(
        deed=Deed.DROPPED,
        kind=ObjectKind.VIEW,
        name="prices",
        text="dropped view prices",
        names=("prices",),
    )
    other = replace(dropped, name="orders", text="dropped view orders", names=("orders",))
    steps = [
        SchemaChanged(number=n, label=f"000{n}", changes=(one,)) for n, one in enumerate((other, dropped, dropped))
    ]
    back = Cell(ROLLOUT, Actor.ROLL_BACK)
    error = replace(NO_TABLE, message='relation "prices" does not exist', statement="SELECT * FROM orders, prices")
    assert told(back, *steps, *failed_twice(back, sql=error)).why == "0001 dropped view prices"


def test_in_the_rollout_a_column_that_is_missing_behind_its_step_may_be_one_of_a_table_that_code_makes() -> None:
    added = SchemaChange(
        deed=Deed.ADDED,
        kind=ObjectKind.COLUMN,
        name="t_1.notes.pinned",
        text="added column t_1.notes.pinned",
        names=("t_1.notes", "pinned"),
        owners=("t_1.notes",),
    )
    mixed = Cell(ROLLOUT, Actor.MIXED)
    changed = SchemaChanged(number=1, label="0001_first", changes=(added,))
    error = replace(NO_COLUMN, message='column "pinned" does not exist', statement="SELECT pinned FROM notes")
    found = told(mixed, changed, *failed_twice(mixed, sql=error))
    assert found.why.startswith("0001_first added column t_1.notes.pinned, and it is not there all the same")
    assert found.remedy.startswith("let the release before make such tables")
    other = replace(error, message='column "starred" does not exist', statement="SELECT starred FROM notes")
    assert told(mixed, changed, *failed_twice(mixed, sql=other)).why == ""


def test_what_no_change_explains_is_told_with_all_that_the_step_did_or_as_a_matter_of_data() -> None:
    reset = ("ALTER SEQUENCE orders_id_seq RESTART",)
    changed = SchemaChanged(number=1, label=WARM.step, changes=(), statements=reset)
    error = SqlError(
        replica="old-1",
        sqlstate="23505",
        message='duplicate key value violates unique constraint "orders_pkey"',
        detail="Key (id)=(1) already exists.",
        statement="INSERT INTO orders (total) VALUES ($1)",
    )
    found = told(WARM, changed, *failed_twice(WARM, sql=error))
    assert found.why.startswith("the sequence that numbers id (constraint orders_pkey) is behind the rows that are")
    assert reset[0] in found.why
    assert found.remedy.startswith("set the sequence behind the highest number")
    mixed = Cell(ROLLOUT, Actor.MIXED)
    found = told(mixed, changed, *failed_twice(mixed, sql=error))
    assert found.why.endswith("(it is the data, or what the other release wrote)")
    cancelled = replace(error, sqlstate="57014", message="canceling statement due to user request", detail="")
    assert told(mixed, changed, *failed_twice(mixed, sql=cancelled)).why == "", "that is nothing of the data"
    found = told(WARM, changed, *failed_twice(WARM, sql=cancelled))
    assert found.why.startswith(f"no change by itself explains what was refused ({WARM.step}: the step changed nothing")


def test_who_held_the_lock_that_a_migration_gave_up_is_why_it_failed() -> None:
    held = "it waited for ACCESS EXCLUSIVE on orders, held by old-1, which is idle in its transaction behind SELECT 1"
    lost = migration_failed(WARM, "0002", number=number_of(PLAN, Migrate, WARM), sqlstate="55P03", held=held)
    found = story(WARM, lost)
    assert found is not None
    assert (found.why, found.remedy[:29]) == (held, "end each transaction soon, re")


def test_a_role_that_the_rehearsal_does_not_have_is_told_where_to_name_it() -> None:
    error = 'UndefinedObject: role "metabase" does not exist'
    found = story(
        WARM, migration_failed(WARM, "0002", number=number_of(PLAN, Migrate, WARM), sqlstate="42704", error=error)
    )
    assert found is not None
    assert found.remedy == 'name it by roles = ["metabase"] under [database]'


def test_a_migration_that_makes_a_role_is_told_where_roles_come_from() -> None:
    error = "InsufficientPrivilege: permission denied to create role DETAIL: Only roles with the CREATEROLE attribute"
    found = story(
        WARM, migration_failed(WARM, "0002", number=number_of(PLAN, Migrate, WARM), sqlstate="42501", error=error)
    )
    assert found is not None
    assert found.remedy.startswith("name it by roles under [database]")


def test_what_the_new_release_lacks_on_its_own_schema_may_be_a_missing_migration() -> None:
    control = Cell(ROLLOUT, Actor.NEW_CONTROL)
    found = story(control, *failed_twice(control, sql=NO_TABLE))
    assert found is not None
    assert found.remedy == "add the migration that the code needs"
