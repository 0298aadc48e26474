"""A real server tells what statements lock, read whole and write anew, and who waits for whom."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from harness.model.locks import LockWait, Party, TableWork, WorkBeside
from harness.runtime.lock_waits import Parties, find_waits
from harness.runtime.lock_watch import LongTransaction, Look, install_watch, look
from harness.runtime.lock_work import find_work, sort_entries
from harness.runtime.observer import Observer
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.postgres import Server

TABLES = """
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, customer int, note varchar(20), n int);
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('1');
INSERT INTO customers SELECT generate_series(1, 10);
INSERT INTO orders SELECT i, 1 + i % 10, 'x', i FROM generate_series(1, 1000) i;
"""


NUMBERS = itertools.count()
ALTER = "ALTER TABLE orders ADD c int"
CHECK = "ALTER TABLE orders ADD CONSTRAINT c CHECK (n > 0) NOT VALID"
FRESH = "CREATE TABLE fresh (id int PRIMARY KEY)"


class Bench:
    """A database that is watched, a migrator and a replica."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.workspace = Workspace(server, f"locks_{next(NUMBERS)}")
        self.workspace.create("live")
        self.name = self.workspace.name("live")
        self.migrator = self.connect("migrator")
        self.migrator.execute(TABLES)
        self.migrator.close()
        install_watch(server, self.name, (None, "alembic_version"), self.workspace.role("migrator"))
        self.migrator, self.old = self.connect("migrator"), self.connect("old-1")
        self.observer = Observer(self.workspace, str)

    def connect(self, who: str) -> psycopg.Connection[Any]:
        login = self.workspace.login(who, "live")
        return psycopg.connect(
            host=login["host"],
            port=int(login["port"]),
            user=login["user"],
            password=login["password"],
            dbname=login["database"],
            autocommit=True,
        )

    def look(self) -> Look:
        return look(self.server, self.name)

    def work(self, *statements: str) -> list[TableWork]:
        """What some statements of the migrator read and wrote whole, under a lock on it."""
        return self.look_at(*statements)[0]

    def beside(self, *statements: str) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
        """What they did while a lock was held on another table."""
        return [
            (one.work.table, one.work.statement, [(lock.table, lock.mode, lock.taken_by) for lock in one.locks])
            for one in self.look_at(*statements)[1]
        ]

    def look_at(self, *statements: str) -> tuple[list[TableWork], list[WorkBeside]]:
        before = self.look()
        self.observer.entries(["migrator"])
        for statement in statements:
            self.migrator.execute(statement.encode())
        after = self.look()
        sessions = sort_entries(self.observer.entries(["migrator"])).values()
        found = [find_work(session, before, after, str) for session in sessions]
        return [one for work, _ in found for one in work], [one for _, beside in found for one in beside]

    def waits(self) -> tuple[LockWait, ...]:
        names = ["migrator", "old-1", "long"]
        parties = dict(zip(names, (Party.MIGRATION, Party.REPLICA, Party.REHEARSAL), strict=True))
        roles = {self.workspace.role(name): (party, name) for name, party in parties.items()}
        return find_waits(self.observer.entries(names), Parties(roles, self.look(), str))

    def close(self) -> None:
        for connection in (self.migrator, self.old):
            connection.close()
        self.observer.close()
        self.workspace.close()


@pytest.fixture
def bench(embedded_server: Server) -> Iterator[Bench]:
    bench = Bench(embedded_server)
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("statement", "rewritten", "mode", "tables"),
    [
        ("ALTER TABLE orders ALTER n TYPE bigint", True, "AccessExclusiveLock", ["orders"]),
        ("ALTER TABLE orders ADD u uuid DEFAULT gen_random_uuid()", True, "AccessExclusiveLock", ["orders"]),
        ("VACUUM FULL orders", True, "AccessExclusiveLock", ["orders"]),
        ("ALTER TABLE orders ALTER n SET NOT NULL", False, "AccessExclusiveLock", ["orders"]),
        ("ALTER TABLE orders ADD CHECK (n > 0)", False, "AccessExclusiveLock", ["orders"]),
        ("ALTER TABLE orders ADD UNIQUE (n)", False, "AccessExclusiveLock", ["orders"]),
        ("CREATE INDEX ON orders (n)", False, "ShareLock", ["orders"]),
    ],
)
def test_what_grows_with_the_table_is_told(
    bench: Bench, statement: str, rewritten: bool, mode: str, tables: list[str]
) -> None:
    work = bench.work(statement)
    assert [one.table for one in work] == tables
    assert [(one.rewritten, one.mode, one.statement) for one in work] == [(rewritten, mode, statement)] * len(work)
    assert {one.rows for one in work} <= {1000, None}
    assert all(one.duration_ms >= 0 for one in work)


def test_a_foreign_key_that_is_checked_reads_under_a_lock_that_keeps_writers_waiting(bench: Bench) -> None:
    work = bench.work("ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers (id)")
    assert ("orders", "ShareRowExclusiveLock") in [(one.table, one.mode) for one in work]
    assert not any(one.rewritten for one in work)


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE orders ADD c int"],
        ["ALTER TABLE orders ADD c int NOT NULL DEFAULT 3"],
        ["ALTER TABLE orders ALTER note TYPE varchar(200)"],
        [CHECK, "ALTER TABLE orders VALIDATE CONSTRAINT c"],
        ["CREATE INDEX CONCURRENTLY ON orders (n)"],
        [
            "CREATE TABLE fresh (id int PRIMARY KEY)",
            "CREATE INDEX ON fresh (id)",
            "ALTER TABLE fresh ALTER id TYPE bigint",
        ],
        ["DROP TABLE orders"],
        ["UPDATE orders SET note = 'y'"],
        [
            "BEGIN",
            "ALTER TABLE orders ADD c int",
            "UPDATE orders SET c = 1 WHERE id = 5",
            "DROP TABLE customers",
            "COMMIT",
        ],
        ["TRUNCATE orders"],
    ],
    ids=lambda statements: statements[-1 if statements[0] != "BEGIN" else 2],
)
def test_what_does_not_is_not(bench: Bench, statements: list[str]) -> None:
    assert bench.work(*statements) == []


def test_rows_that_are_changed_under_the_lock_of_an_earlier_statement_are_told(bench: Bench) -> None:
    alter, update = "ALTER TABLE orders ADD c int", "UPDATE orders SET c = n"
    (work,) = bench.work("BEGIN", alter, update, "UPDATE alembic_version SET version_num = '2'", "COMMIT")
    assert (work.table, work.statement, work.taken_by) == ("orders", update, alter)
    assert (work.mode, work.rows) == ("AccessExclusiveLock", 1000)


MARKED = "UPDATE alembic_version SET version_num = '2'"
ON_CUSTOMERS = "ALTER TABLE customers ADD c int"
HELD = [("customers", "AccessExclusiveLock", ON_CUSTOMERS)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE archive AS SELECT * FROM orders",
        "UPDATE orders SET note = 'y' WHERE note = 'x'",
        "INSERT INTO history SELECT n FROM orders",
        "CREATE INDEX ON orders (n)",
        "ALTER TABLE orders ALTER n TYPE bigint",
        "ALTER TABLE orders VALIDATE CONSTRAINT whole",
    ],
)
def test_a_table_that_is_read_while_another_one_is_locked_is_told_with_both(bench: Bench, statement: str) -> None:
    bench.migrator.execute("CREATE TABLE history (n int)")
    bench.migrator.execute("ALTER TABLE orders ADD CONSTRAINT whole CHECK (n >= 0) NOT VALID")
    assert bench.beside("BEGIN", ON_CUSTOMERS, statement, MARKED, "COMMIT") == [("orders", statement, HELD)]
    assert bench.beside("BEGIN", "SELECT 1", "COMMIT", "ALTER TABLE customers ADD d int") == []


@pytest.mark.parametrize(
    "statements",
    [
        ["BEGIN", "CREATE INDEX ON orders (n)", ON_CUSTOMERS, MARKED, "COMMIT"],
        ["BEGIN", "UPDATE orders SET note = 'y'", ON_CUSTOMERS, MARKED, "COMMIT"],
        ["BEGIN", ON_CUSTOMERS, MARKED, "COMMIT", "BEGIN", "CREATE TABLE archive AS SELECT * FROM orders", "COMMIT"],
        [ON_CUSTOMERS, "CREATE INDEX CONCURRENTLY ON orders (n)"],
        ["BEGIN", FRESH, "INSERT INTO fresh SELECT n FROM orders", MARKED, "COMMIT"],
        [
            "BEGIN",
            ON_CUSTOMERS,
            FRESH,
            "INSERT INTO fresh SELECT generate_series(1, 9)",
            "CREATE INDEX ON fresh ((id + 1))",
            MARKED,
            "COMMIT",
        ],
        ["BEGIN", ON_CUSTOMERS, "CREATE INDEX ON empty (n)", MARKED, "COMMIT"],
        ["BEGIN", ON_CUSTOMERS, "UPDATE orders SET note = 'y' WHERE id = 5", MARKED, "COMMIT"],
        ["BEGIN", ON_CUSTOMERS, "ALTER TABLE orders ADD d int DEFAULT 3", MARKED, "COMMIT"],
        ["ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers (id)"],
    ],
)
def test_a_table_that_is_read_while_no_other_one_is_locked_is_not(bench: Bench, statements: list[str]) -> None:
    bench.migrator.execute("CREATE TABLE empty (n int)")
    assert bench.beside(*statements) == []


def test_a_migration_may_do_anything_beside_the_watch(bench: Bench) -> None:
    """A statement that fails, fails as it would; all others go through."""
    with pytest.raises(psycopg.errors.UndefinedTable):
        bench.work("ALTER TABLE nowhere ADD c int")
    bench.work("BEGIN", "SAVEPOINT s")
    with pytest.raises(psycopg.errors.DuplicateColumn):
        bench.migrator.execute("ALTER TABLE orders ADD n int")
    bench.work("ROLLBACK TO s", "ALTER TABLE orders ADD m int", "COMMIT")
    bench.work("DO $$ BEGIN EXECUTE 'ALTER TABLE orders ADD k int'; END $$")
    bench.work("SET statement_timeout = '5s'", "SET search_path = nowhere", "DROP TABLE public.customers")
    bench.work("CREATE SCHEMA other CREATE TABLE t (i int)", "DROP SCHEMA other CASCADE")


def test_who_waits_and_for_whom_is_exact(bench: Bench) -> None:
    bench.observer.entries(["migrator", "old-1"])
    bench.migrator.execute("BEGIN")
    bench.migrator.execute("ALTER TABLE orders ADD c int")
    bench.migrator.execute("SELECT pg_sleep(0.05)")
    thread = threading.Thread(target=bench.old.execute, args=["SELECT count(*) FROM orders"])
    thread.start()
    time.sleep(0.1)
    bench.migrator.execute("SELECT pg_sleep(0.05)")
    bench.migrator.execute("COMMIT")
    thread.join()
    (wait,) = bench.waits()
    assert (wait.who, wait.mode, wait.on, wait.granted) == ("old-1", "AccessShareLock", "orders", True)
    assert wait.waited_ms >= 140
    assert wait.statement == "SELECT count(*) FROM orders"
    (link,) = wait.chain
    assert (link.party, link.holds, link.statement) == (Party.MIGRATION, True, "ALTER TABLE orders ADD c int")
    assert link.mode == "AccessExclusiveLock"
    assert dict(link.meanwhile).keys() == {"SELECT pg_sleep(0.05)"}


def test_the_queue_behind_a_long_transaction_is_told_to_its_head(bench: Bench) -> None:
    long = LongTransaction(bench.workspace.server, bench.workspace.login("long", "live"))
    bench.observer.entries(["migrator", "old-1", "long"])
    threads = [
        threading.Thread(target=connection.execute, args=[statement])
        for connection, statement in (
            (bench.migrator, "ALTER TABLE orders ADD c int"),
            (bench.old, "SELECT FROM orders"),
        )
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    sessions = bench.look().sessions
    assert bench.workspace.role("long") in sessions.values()
    long.close()
    long.close()
    for thread in threads:
        thread.join()
    names = ["migrator", "old-1", "long"]
    parties = dict(zip(names, (Party.MIGRATION, Party.REPLICA, Party.REHEARSAL), strict=True))
    roles = {bench.workspace.role(name): (party, name) for name, party in parties.items()}
    known = Look(bench.look().relations, sessions)
    waits = {wait.who: wait for wait in find_waits(bench.observer.entries(names), Parties(roles, known, str))}
    assert [link.party for link in waits["migrator"].chain] == [Party.REHEARSAL]
    queued, head = waits["old-1"].chain
    assert (queued.party, queued.holds, queued.statement) == (Party.MIGRATION, False, "ALTER TABLE orders ADD c int")
    assert (head.party, head.holds, head.on) == (Party.REHEARSAL, True, "orders")
