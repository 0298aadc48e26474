"""A session that is stopped in the middle of what it writes, and counted."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from harness.runtime.gate import Gate
from harness.runtime.postgres import connect, connect_as
from harness.runtime.waiting import await_true
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.postgres import Server

WHO = "task-fill-1"


@pytest.fixture
def workspace(embedded_server: Server) -> Iterator[Workspace]:
    made = Workspace(embedded_server, f"gate_{secrets.token_hex(4)}")  # roles stay on a server of ours
    made.create("live")
    send(made, "old-1", "CREATE TABLE jobs (id int)", "CREATE VIEW shown AS SELECT * FROM jobs")
    yield made
    made.close()


def send(workspace: Workspace, who: str, *statements: str) -> None:
    with connect_as(workspace.server, workspace.login(who, "live")) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.execute(statement.encode())


def rows(workspace: Workspace) -> int:
    with connect(workspace.server, workspace.name("live")) as connection:
        found = connection.execute("SELECT count(*) FROM jobs").fetchone()
    return int(found[0]) if found else -1


def test_what_the_role_writes_is_counted_and_nothing_of_it_is_left(workspace: Workspace) -> None:
    before = workspace.schema("live")
    with Gate(workspace, "live", WHO) as gate:
        assert gate.count() == 0
        send(workspace, WHO, "INSERT INTO jobs VALUES (1), (2)", "SELECT * FROM jobs", "DELETE FROM shown WHERE id > 9")
        send(workspace, "old-1", "INSERT INTO jobs VALUES (3)")  # somebody else
        assert gate.count() == 2
        send(workspace, WHO, "BEGIN; TRUNCATE jobs; ROLLBACK")
        assert gate.count() == 3, "a roll back takes back rows, not what was counted"
        assert not gate.reached()
    assert workspace.schema("live") == before
    assert rows(workspace) == 3


def test_it_is_stopped_at_the_chosen_statement_and_ended_there(workspace: Workspace) -> None:
    """What committed before stays; the transaction that it is stopped in is lost."""
    ended = threading.Event()

    def write() -> None:
        with pytest.raises(psycopg.OperationalError):
            send(
                workspace,
                WHO,
                "INSERT INTO jobs VALUES (1)",
                "INSERT INTO jobs VALUES (2)",
                "INSERT INTO jobs VALUES (3)",
            )
        ended.set()

    with Gate(workspace, "live", WHO, 2) as gate:
        writer = threading.Thread(target=write)
        writer.start()
        assert await_true(gate.reached, timeout_s=10)
        assert gate.count() == 2
    writer.join(10)
    assert ended.is_set()
    assert rows(workspace) == 1
