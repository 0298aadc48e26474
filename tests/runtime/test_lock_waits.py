"""Log entries written by hand: who waited for whom, and which statement had taken the lock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.model.locks import LockWait, Party
from harness.runtime.lock_waits import Parties, Sent, find_waits
from harness.runtime.lock_watch import MARK, Look, Relation
from harness.runtime.lock_work import find_held, find_work, parse_record, sort_entries
from harness.runtime.postgres import LogEntry

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ORDERS, NOTES, STRANGE = 16400, 16500, 99999
RELATIONS = {ORDERS: Relation("orders", "r", 1), NOTES: Relation("sales.notes", "r", 2)}
LOOK = Look(RELATIONS, {30: "r_long", 40: "autovacuum"})
READ = f"AccessShareLock on relation {ORDERS} of database 5"
ROLES = {
    "r_migrator": (Party.MIGRATION, "the migration"),
    "r_old": (Party.REPLICA, "old-1"),
    "r_long": (Party.REHEARSAL, "a transaction held open by the rehearsal"),
}
ALTER = "ALTER TABLE orders ADD COLUMN note text"
SELECT = "SELECT * FROM orders"
MIGRATOR, OLD, OTHER, LONG, VACUUM = 10, 20, 21, 30, 40
USERS = {MIGRATOR: "r_migrator", OLD: "r_old", OTHER: "r_old", LONG: "r_long"}


def entry(pid: int, at_ms: float, message: str, **fields: Any) -> LogEntry:
    given = {"severity": "LOG", "sqlstate": "00000", **fields}
    time = NOON + timedelta(milliseconds=at_ms)
    return LogEntry(time=time, user=USERS[pid], database="d", pid=pid, message=message, **given)


def sent(pid: int, at_ms: float, statement: str) -> LogEntry:
    return entry(pid, at_ms, f"statement: {statement}")


def waits(pid: int, at_ms: float, statement: str, *, holders: str, queue: str, **fields: Any) -> LogEntry:
    """Logged 10 ms after the wait began."""
    lock = fields.pop("lock", READ)
    detail = f"Process{'es' if ',' in holders else ''} holding the lock: {holders}. Wait queue: {queue}."
    message = f"process {pid} still waiting for {lock} after 10.000 ms"
    return entry(pid, at_ms + 10, message, detail=detail, statement=statement, **fields)


def got(pid: int, at_ms: float, waited_ms: float, lock: str = READ) -> LogEntry:
    return entry(pid, at_ms, f"process {pid} acquired {lock} after {waited_ms:.3f} ms")


def told(
    kind: str,
    at_ms: float,
    query: str = ALTER,
    locks: tuple[tuple[int, str], ...] = (),
    scans: tuple[tuple[int, int, int], ...] = (),
    **more: Any,
) -> LogEntry:
    """What the watch tells, 1 ms before the log notes it."""
    data = {
        "kind": kind,
        "tag": " ".join(query.split()[:2]),
        "at": (NOON + timedelta(milliseconds=at_ms)).timestamp(),
        "xact": more.pop("xact", 1.0),
        "query": query,
        "locks": [list(lock) for lock in locks] or None,
        "scans": [list(scan) for scan in scans] or None,
        **more,
    }
    return entry(MIGRATOR, at_ms, MARK + json.dumps(data))


EXCLUSIVE = ((ORDERS, "AccessExclusiveLock"),)
ALTERED = (sent(MIGRATOR, 0, ALTER), told("ddl_command_start", 1), told("ddl_command_end", 3, locks=EXCLUSIVE))


def found(*entries: LogEntry, requests: tuple[Sent, ...] = ()) -> tuple[LockWait, ...]:
    ordered = sorted(entries, key=lambda item: item.time)
    return find_waits(ordered, Parties(ROLES, LOOK, str.strip), requests)


def test_the_statement_that_took_the_lock_is_named_and_not_the_one_that_runs() -> None:
    """What the holder runs when somebody asks is mostly another one."""
    sleep = "SELECT pg_sleep(2)"
    (wait,) = found(
        *ALTERED,
        sent(MIGRATOR, 4, sleep),
        waits(OLD, 100, SELECT, holders="10", queue="20"),
        sent(MIGRATOR, 2004, "COMMIT"),
        got(OLD, 2005, 1905),
    )
    assert (wait.who, wait.statement, wait.mode, wait.on) == ("old-1", SELECT, "AccessShareLock", "orders")
    assert (wait.waited_ms, wait.granted) == (1905.0, True)
    (link,) = wait.chain
    assert (link.party, link.holds, link.statement) == (Party.MIGRATION, True, ALTER)
    assert (link.mode, link.on, link.meanwhile) == ("AccessExclusiveLock", "orders", ((sleep, 2000.0),))


def test_the_queue_behind_a_waiting_migration_is_followed_to_its_head() -> None:
    lock = f"AccessExclusiveLock on relation {ORDERS} of database 5"
    found_ = found(
        sent(MIGRATOR, 0, ALTER),
        told("ddl_command_start", 1),
        waits(MIGRATOR, 1, ALTER, holders="30", queue="10", lock=lock),
        waits(OLD, 50, SELECT, holders="30", queue="10, 20"),
        waits(OTHER, 60, SELECT, holders="30", queue="10, 20, 21"),
        got(MIGRATOR, 1001, 1000, lock),
        told("ddl_command_end", 1002, locks=EXCLUSIVE),
        got(OLD, 1003, 953),
        got(OTHER, 1003, 943),
    )
    assert [(wait.party, wait.waited_ms) for wait in found_] == [
        (Party.MIGRATION, 1000.0),
        (Party.REPLICA, 953.0),
        (Party.REPLICA, 943.0),
    ]
    for wait in found_[1:]:
        queued, head = wait.chain[-2:]
        assert (queued.party, queued.holds, queued.statement) == (Party.MIGRATION, False, ALTER)
        assert queued.mode == "AccessExclusiveLock"
        assert (head.party, head.holds, head.on) == (Party.REHEARSAL, True, "orders")
    assert [link.party for link in found_[0].chain] == [Party.REHEARSAL]


def test_who_waits_for_somebody_who_waits_for_the_migration_waits_for_it_too() -> None:
    row = "ShareLock on transaction 700"
    found_ = found(
        *ALTERED,
        sent(OTHER, 5, "UPDATE stock SET n = 1"),
        waits(OTHER, 10, SELECT, holders="10", queue="21"),
        waits(
            OLD,
            15,
            "UPDATE stock SET n = 2",
            holders="21",
            queue="20",
            lock=row,
            context='while updating tuple (0,1) in relation "stock"',
        ),
        got(OTHER, 500, 490),
        got(OLD, 510, 495, row),
    )
    wait = next(wait for wait in found_ if wait.on == "a row of stock")
    assert [(link.party, link.statement) for link in wait.chain] == [
        (Party.REPLICA, "UPDATE stock SET n = 1"),
        (Party.MIGRATION, ALTER),
    ]


def test_a_row_that_the_migration_changed_is_put_down_to_the_statement_that_changed_it() -> None:
    update = "UPDATE orders SET note = ''"
    lock = "ShareLock on transaction 700"
    context = 'while updating tuple (0,1) in relation "orders"'
    (wait,) = found(
        sent(MIGRATOR, 0, "BEGIN"),
        sent(MIGRATOR, 1, update),
        sent(MIGRATOR, 2, "SELECT count(*) FROM orders"),
        waits(OLD, 10, "UPDATE orders SET note = $1", holders="10", queue="20", lock=lock, context=context),
        got(OLD, 300, 290, lock),
    )
    assert (wait.on, wait.chain[0].statement) == ("a row of orders", update)


def test_an_advisory_lock_is_put_down_to_the_function_that_takes_one() -> None:
    take, lock = "SELECT pg_advisory_xact_lock(4711)", "ExclusiveLock on advisory lock [5,0,4711,1]"
    (wait,) = found(
        sent(MIGRATOR, 0, take),
        sent(MIGRATOR, 1, "SELECT pg_sleep(2)"),
        waits(OLD, 10, take, holders="10", queue="20", lock=lock),
        got(OLD, 300, 290, lock),
    )
    assert (wait.on, wait.chain[0].statement) == ("an advisory lock", take)


def test_waits_among_requests_are_none_of_our_business() -> None:
    lock = "ShareLock on transaction 700"
    context = 'while updating tuple (0,1) in relation "orders"'
    entries = (
        *ALTERED,
        waits(OLD, 10, "UPDATE orders SET n = 1", holders="21", queue="20", lock=lock, context=context),
        got(OLD, 900, 890, lock),
    )
    assert found(*entries) == ()


def test_a_migration_that_is_queued_for_a_lock_that_harms_nobody_is_not_to_blame() -> None:
    """``CREATE INDEX CONCURRENTLY`` waits for a lock beside which rows may be written."""
    lock = f"ShareUpdateExclusiveLock on relation {ORDERS} of database 5"
    write = f"RowExclusiveLock on relation {ORDERS} of database 5"
    told_ = found(
        waits(MIGRATOR, 1, "CREATE INDEX CONCURRENTLY ON orders (n)", holders="21", queue="10", lock=lock),
        waits(OLD, 50, "UPDATE orders SET n = 1", holders="21", queue="10, 20", lock=write),
        got(MIGRATOR, 900, 899, lock),
        got(OLD, 900, 850, write),
    )
    assert [wait.party for wait in told_] == [Party.MIGRATION]


@pytest.mark.parametrize("code", ["57014", "55P03", "40P01"])
def test_a_wait_that_ends_by_an_error_lasted_to_the_error(code: str) -> None:
    (wait,) = found(
        *ALTERED,
        waits(OLD, 100, SELECT, holders="10", queue="20"),
        entry(OLD, 600, "canceling statement", severity="ERROR", sqlstate=code),
    )
    assert (wait.waited_ms, wait.granted) == (500.0, False)


def test_a_request_that_waited_is_named() -> None:
    began = NOON.timestamp()
    requests = (
        Sent("old-1", "GET /before", began, began + 0.05),
        Sent("old-1", "GET /orders/1", began + 0.099, began + 0.6),
        Sent("old-2", "GET /orders/2", began + 0.099, began + 0.6),
    )
    (wait,) = found(*ALTERED, waits(OLD, 100, SELECT, holders="10", queue="20"), got(OLD, 590, 490), requests=requests)
    assert wait.request == "GET /orders/1"


def test_a_relation_that_nobody_knows_is_named_by_its_number() -> None:
    lock = f"AccessShareLock on relation {STRANGE} of database 5"
    (wait,) = found(*ALTERED, waits(OLD, 100, SELECT, holders="10", queue="20", lock=lock), got(OLD, 200, 100, lock))
    assert wait.on == f"relation {STRANGE}"
    assert wait.chain[0].statement == ALTER


def test_a_holder_that_nobody_heard_of_is_known_by_the_look_at_sessions() -> None:
    lock = f"AccessExclusiveLock on relation {ORDERS} of database 5"
    (wait,) = found(
        sent(MIGRATOR, 0, ALTER),
        waits(MIGRATOR, 1, ALTER, holders="40", queue="10", lock=lock),
        got(MIGRATOR, 99, 98, lock),
    )
    assert [(link.party, link.who) for link in wait.chain] == [(Party.OTHER, "autovacuum")]


# --- what the watch tells


def work_of(*entries: LogEntry) -> list[tuple[str, str, bool, str, int | None]]:
    (session,) = sort_entries(entries).values()
    found_, _ = find_work(session, LOOK, LOOK, str.strip)
    return [(work.table, work.statement, work.rewritten, work.mode, work.rows) for work in found_]


def test_a_rewrite_is_told_by_its_event_with_its_rows() -> None:
    query = "ALTER TABLE orders ALTER n TYPE bigint"
    assert work_of(
        told("ddl_command_start", 1, query),
        told("table_rewrite", 2, query, EXCLUSIVE, rewrites=ORDERS),
        told("ddl_command_end", 9, query, EXCLUSIVE, ((ORDERS, 2, 2000),)),
    ) == [("orders", query, True, "AccessExclusiveLock", 1000)]


def test_a_scan_is_what_was_counted_between_start_and_end() -> None:
    query = "CREATE INDEX ON orders (n)"
    share = ((ORDERS, "ShareLock"),)
    assert work_of(
        told("ddl_command_start", 1, query, (), ((ORDERS, 3, 30),)),
        told("ddl_command_end", 2, query, share, ((ORDERS, 4, 40),)),
    ) == [("orders", query, False, "ShareLock", 10)]
    assert (
        work_of(
            told("ddl_command_start", 1, query, (), ((ORDERS, 3, 30),)),
            told("ddl_command_end", 2, query, share, ((ORDERS, 3, 30),)),
        )
        == []
    )


@pytest.mark.parametrize("mode", ["AccessShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock"])
def test_a_scan_for_which_nobody_waits_is_none(mode: str) -> None:
    query = "ALTER TABLE orders VALIDATE CONSTRAINT c"
    locks = ((ORDERS, mode),)
    end = told("ddl_command_end", 2, query, locks, ((ORDERS, 1, 10),))
    assert work_of(told("ddl_command_start", 1, query), end) == []


def test_a_table_that_the_step_made_is_none() -> None:
    query = "CREATE TABLE fresh (n int PRIMARY KEY)"
    locks = ((STRANGE, "AccessExclusiveLock"),)
    end = told("ddl_command_end", 2, query, locks, ((STRANGE, 1, 0),))
    assert work_of(told("ddl_command_start", 1, query), end) == []


def test_rows_that_are_changed_behind_the_lock_in_one_transaction_are_told_with_both_statements() -> None:
    update = "UPDATE orders SET note = ''"
    (session,) = sort_entries(
        [
            *ALTERED,
            sent(MIGRATOR, 4, update),
            sent(MIGRATOR, 904, "UPDATE alembic_version SET version_num = '2'"),
            told("rows", 905, "UPDATE alembic_version", EXCLUSIVE, ((ORDERS, 1, 500),)),
        ]
    ).values()
    ((work,), _) = find_work(session, LOOK, LOOK, str.strip)
    assert (work.statement, work.taken_by, work.rows) == (update, ALTER, 500)
    assert work.mode == "AccessExclusiveLock"


def test_what_locks_a_table_does_not_read_it_however_long_it_waits() -> None:
    copy = "INSERT INTO orders_new SELECT * FROM orders"
    (session,) = sort_entries(
        [
            sent(MIGRATOR, 0, "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"),
            told("ddl_command_start", 800, "CREATE TABLE orders_new ()", EXCLUSIVE),
            told("ddl_command_end", 801, "CREATE TABLE orders_new ()", EXCLUSIVE),
            sent(MIGRATOR, 802, "LOCK TABLE orders"),
            sent(MIGRATOR, 900, copy),
            told("ddl_command_start", 905, "ALTER TABLE orders_new RENAME TO x", EXCLUSIVE, ((ORDERS, 1, 500),)),
        ]
    ).values()
    [work], _ = find_work(session, LOOK, LOOK, str.strip)
    assert work.statement == copy


def test_what_another_transaction_read_is_not_put_down_to_this_one() -> None:
    later = told("ddl_command_start", 50, "ALTER TABLE orders ADD x int", (), ((ORDERS, 7, 700),), xact=2.0)
    assert work_of(*ALTERED, later) == []


def test_a_statement_inside_another_is_counted_once() -> None:
    outer, inner = "CREATE EXTENSION x", "CREATE INDEX ON orders (n)"
    share = ((ORDERS, "ShareLock"),)
    assert work_of(
        told("ddl_command_start", 1, outer),
        told("ddl_command_start", 2, inner),
        told("ddl_command_end", 3, inner, share, ((ORDERS, 1, 10),)),
        told("ddl_command_end", 4, outer, share, ((ORDERS, 1, 10),)),
    ) == [("orders", inner, False, "ShareLock", 10)]


def test_a_message_that_was_cut_is_no_record() -> None:
    assert parse_record(MARK + '{"kind": "ddl_comm') is None


def test_a_lock_is_put_down_to_the_first_statement_that_held_it() -> None:
    again = "ALTER TABLE orders ALTER note SET DEFAULT ''"
    (session,) = sort_entries(
        [*ALTERED, told("ddl_command_start", 5, again, EXCLUSIVE), told("ddl_command_end", 6, again, EXCLUSIVE)]
    ).values()
    assert [(held.mode, held.statement) for held in find_held(session)] == [("AccessExclusiveLock", ALTER)]
