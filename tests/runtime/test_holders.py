"""Who held the lock that a migration gave up, by PostgreSQL's log and its sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from harness.runtime.holders import tell_holder
from harness.runtime.postgres import LogEntry, connect

if TYPE_CHECKING:
    from harness.runtime.postgres import Server

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MIGRATOR = 10


def entry(message: str, *, pid: int = MIGRATOR, **fields: Any) -> LogEntry:
    given = {"severity": "LOG", "sqlstate": "00000", **fields}
    return LogEntry(time=NOON, user="r_migrator", database="d", pid=pid, message=message, **given)


def waits(lock: str, holder: int) -> LogEntry:
    detail = f"Process holding the lock: {holder}. Wait queue: {MIGRATOR}."
    return entry(f"process {MIGRATOR} still waiting for {lock} after 10.000 ms", detail=detail)


def tell(server: Server, *entries: LogEntry, **roles: str) -> str:
    return tell_holder(entries, server, "postgres", roles, lambda text: text)


def test_a_session_that_is_idle_in_its_transaction_is_named(embedded_server: Server) -> None:
    with connect(embedded_server, "postgres", autocommit=False) as session:
        row = session.execute("SELECT pg_backend_pid(), 'pg_class'::regclass::oid::int, current_user").fetchone()
        assert row is not None
        pid, table, role = row
        wait = waits(f"AccessExclusiveLock on relation {table} of database 5", pid)
        told = tell(embedded_server, entry("statement: ALTER TABLE pg_class"), wait, **{role: "old-1"})
    assert told == (
        "it waited for ACCESS EXCLUSIVE on pg_class, held by old-1, which is idle in its transaction behind SELECT "
        "pg_backend_pid(), 'pg_class'::regclass::oid::int, current_user"
    )


def test_a_migration_that_stands_in_its_own_way_is_told(embedded_server: Server) -> None:
    other = entry("statement: SELECT 1", pid=11)
    wait = waits("AccessExclusiveLock on relation 1259 of database 5", 11)
    assert tell(embedded_server, other, wait) == (
        "it waited for ACCESS EXCLUSIVE on pg_class, held by the migration itself, by another connection"
    )


def test_a_session_that_is_gone_is_told_as_such_and_without_the_log_nothing_is(embedded_server: Server) -> None:
    wait = waits("ShareLock on transaction 815", 99_999_999)
    assert tell(embedded_server, wait) == "it waited for SHARE on transaction, held by a session that is gone"
    assert tell(embedded_server, entry("statement: SELECT 1")) == ""
    assert tell(embedded_server, entry(f"process {MIGRATOR} still waiting for ShareLock on relation 5")) == ""


def test_a_process_of_the_server_itself_is_nobodys_session(embedded_server: Server) -> None:
    with connect(embedded_server, "postgres") as session:
        row = session.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'").fetchone()
    assert row is not None
    told = tell(embedded_server, waits("ShareLock on relation 1259 of database 5", row[0]))
    assert told == "it waited for SHARE on pg_class, held by a session that is nobody's here"
