"""The server's log, cut: nothing lost, nothing twice, whatever is being written meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from harness.errors import PostgresError
from harness.runtime.postgres import ServerLog, acquire_server, connect
from harness.runtime.postgres.serverlog import CHUNK_BYTES, LogEntry, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session


@pytest.fixture
def log(embedded_server: Server) -> Iterator[ServerLog]:
    with ServerLog(embedded_server) as reader:
        yield reader


@pytest.fixture
def connection(embedded_server: Server) -> Iterator[psycopg.Connection[Any]]:
    with connect(embedded_server) as opened:
        yield opened


def say(connection: psycopg.Connection[Any], text: str) -> None:
    connection.execute("SELECT set_config('rd.text', %s, false)", [text])
    connection.execute("DO $$BEGIN RAISE LOG '%', current_setting('rd.text'); END$$")


def test_a_failing_statement_is_known_by_user_state_and_text(
    log: ServerLog, connection: psycopg.Connection[Any]
) -> None:
    assert log.cut() == ()
    connection.execute("CREATE TEMP TABLE t (a int UNIQUE)")
    connection.execute("INSERT INTO t VALUES (1)")
    before = datetime.now(UTC)
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("INSERT INTO t /* ä */ VALUES (1)")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT b FROM t")
    first, second = log.cut()
    assert (first.sqlstate, first.severity, first.user) == ("23505", "ERROR", "postgres")
    assert first.database == "postgres"
    assert first.statement == "INSERT INTO t /* ä */ VALUES (1)"
    assert first.detail == "Key (a)=(1) already exists."
    assert first.pid == connection.info.backend_pid
    assert first.application == "rolldeploy"
    assert abs(first.time - before) < timedelta(seconds=5)
    assert (second.sqlstate, second.query_pos) == ("42703", 8)
    assert log.cut() == ()


def test_what_came_before_the_reader_is_not_its_business(
    embedded_server: Server, connection: psycopg.Connection[Any]
) -> None:
    say(connection, "too early")
    with ServerLog(embedded_server) as reader:
        say(connection, "in time")
        assert [entry.message for entry in reader.cut()] == ["in time"]


def test_readers_do_not_see_each_others_barriers(log: ServerLog, embedded_server: Server) -> None:
    with ServerLog(embedded_server) as other:
        other.cut()
        assert log.cut() == ()
        assert other.cut() == ()


def test_entries_larger_than_a_read_are_whole(log: ServerLog, connection: psycopg.Connection[Any]) -> None:
    text = "äöü€😀" * (CHUNK_BYTES // 7)
    for _ in range(3):
        say(connection, text)
    assert [entry.message == text for entry in log.cut()] == [True, True, True]


def test_bytes_that_are_no_utf8_do_no_harm(log: ServerLog, connection: psycopg.Connection[Any]) -> None:
    connection.execute("SET client_encoding = latin1")
    with pytest.raises(psycopg.Error):
        connection.execute(b"SELECT nothing_\xe4")
    connection.execute("SET client_encoding = utf8")
    with pytest.raises(psycopg.Error):
        connection.execute(b"SELECT '\xff\xfe'")
    states = [entry.sqlstate for entry in log.cut()]
    assert states == ["42703", "22021"]


def test_nothing_is_lost_and_nothing_comes_twice_under_load(log: ServerLog, embedded_server: Server) -> None:
    writers, each = 4, 250

    def write(writer: int) -> None:
        with connect(embedded_server) as connection:
            for number in range(each):
                say(connection, f"{writer}-{number} " + "x" * (number * 37 % 9000))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    cuts = 0
    while any(thread.is_alive() for thread in threads):
        seen += [entry.message.split()[0] for entry in log.cut()]
        cuts += 1
    seen += [entry.message.split()[0] for entry in log.cut()]
    assert cuts > 3
    assert len(seen) == writers * each
    assert set(seen) == {f"{writer}-{number}" for writer in range(writers) for number in range(each)}
    for writer in range(writers):
        mine = [int(name.split("-")[1]) for name in seen if name.startswith(f"{writer}-")]
        assert mine == sorted(mine)


def test_a_lock_wait_is_told_with_its_holder(
    log: ServerLog, connection: psycopg.Connection[Any], embedded_server: Server
) -> None:
    connection.execute("CREATE TABLE rd_lock (a int)")
    try:
        with connect(embedded_server, autocommit=False) as holder, connect(embedded_server) as waiter:
            holder.execute("LOCK TABLE rd_lock")
            waiter.execute("SET lock_timeout = '60ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                waiter.execute("SELECT FROM rd_lock")
            entries = log.cut()
            waiting = [entry for entry in entries if "still waiting for AccessShareLock" in entry.message]
            assert len(waiting) == 1
            assert waiting[0].pid == waiter.info.backend_pid
            assert str(holder.info.backend_pid) in (waiting[0].detail or "")
            assert [entry.sqlstate for entry in entries if entry.severity == "ERROR"] == ["55P03"]
    finally:
        connection.execute("DROP TABLE rd_lock")


def test_the_reader_goes_on_after_a_crash_of_the_server(reaper_session: Session) -> None:
    server = acquire_server("embedded", session=reaper_session)
    with ServerLog(server) as log, connect(server) as victim:
        say(victim, "before")
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        messages: list[str] = []
        deadline = time.monotonic() + 10
        while not any("terminated by signal 9" in message for message in messages):  # the postmaster takes its time
            assert time.monotonic() < deadline, messages
            messages += [entry.message for entry in log.cut()]
        assert messages[0] == "before"
        assert messages.count("before") == 1
        with connect(server) as again:
            say(again, "after")
        assert [entry.message for entry in log.cut()][-1] == "after"


def test_a_server_that_has_stopped_is_one_sentence(reaper_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.runtime.postgres.serverlog.BARRIER_DEADLINE_S", 0.3)
    server = acquire_server("embedded", session=reaper_session)
    with ServerLog(server) as log:
        reaper_session.release_all()
        with pytest.raises(PostgresError, match=r"the log of PostgreSQL at 127.0.0.1:\d+ cannot be read"):
            log.cut()


def test_the_reader_follows_the_server_to_another_file(reaper_session: Session) -> None:
    server = acquire_server("embedded", session=reaper_session)
    with ServerLog(server) as log, connect(server) as connection:
        say(connection, "old file")
        connection.execute("ALTER SYSTEM SET log_filename = 'other.log'")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("SELECT pg_rotate_logfile()")
        messages: list[str] = []
        for number in range(20):
            say(connection, f"number {number}")
            messages += [entry.message for entry in log.cut()]
        [[current]] = connection.execute("SELECT pg_current_logfile('jsonlog')")
        assert current.endswith("other.json")
    assert [message for message in messages if message == "old file" or message.startswith("number")] == [
        "old file",
        *(f"number {number}" for number in range(20)),
    ]


def test_an_entry_in_another_time_zone_and_a_broken_one() -> None:
    zone = timezone(timedelta(hours=2))
    entry = parse_entry(
        b'{"timestamp":"2024-05-01 12:00:00.123 CEST","pid":7,"error_severity":"LOG","message":"m"}', zone
    )
    assert entry == LogEntry(
        time=datetime(2024, 5, 1, 10, 0, 0, 123000, tzinfo=UTC), user=None, database=None, pid=7, severity="LOG",
        sqlstate="00000", message="m",
    )  # fmt: skip
    broken = parse_entry(b'{"timestamp":"2024-05-0')
    assert (broken.severity, broken.message) == ("UNREADABLE", '{"timestamp":"2024-05-0')
