"""Copies of a database that are made ahead of time take its place in turn, and nothing of the former one is left."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from harness.errors import PostgresError
from harness.runtime.clones import Clones
from harness.runtime.postgres import Server, Swapper, connect, connect_as
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def workspace(embedded_server: Server) -> Iterator[Workspace]:
    workspace = Workspace(embedded_server, "rx_clones")
    workspace.create("base")
    with connect(embedded_server, workspace.name("base")) as connection:
        connection.execute("CREATE TABLE notes (id serial PRIMARY KEY, text text)")
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC")
        connection.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC")
    yield workspace
    workspace.close()
    with connect(embedded_server) as connection:
        connection.execute(f'DROP OWNED BY "{workspace.owner}"')
        for role in ("replica", "owner"):
            connection.execute(f'DROP ROLE IF EXISTS "{workspace.role(role)}"')


def test_each_copy_is_fresh_and_whoever_was_connected_is_told_of(workspace: Workspace) -> None:
    clones = Clones(workspace, "base", threading.Lock())
    with contextlib.closing(clones), contextlib.closing(Swapper(workspace.server)) as swapper:
        assert clones.put_under("live", swapper) == []
        for _ in range(5):  # more than are made ahead
            login = workspace.login("replica", "live", is_replica=True)
            session = connect_as(workspace.server, login, autocommit=True)
            assert session.execute("INSERT INTO notes (text) VALUES ('x') RETURNING id").fetchone() == (1,)
            assert swapper.sessions(workspace.name("live")) == {workspace.role("replica"): 1}
            assert clones.put_under("live", swapper) == [workspace.role("replica")]
            with pytest.raises(psycopg.OperationalError):
                session.execute("SELECT 1")
            session.close()


def test_what_cannot_be_copied_is_told_to_whoever_asks(workspace: Workspace) -> None:
    clones = Clones(workspace, "nowhere", threading.Lock())
    with (
        contextlib.closing(clones),
        contextlib.closing(Swapper(workspace.server)) as swapper,
        pytest.raises(PostgresError, match=r"refuses to copy database .* does not exist"),
    ):
        clones.put_under("live", swapper)


def test_a_name_that_is_not_there_cannot_be_swapped(workspace: Workspace) -> None:
    with (
        contextlib.closing(Swapper(workspace.server)) as swapper,
        pytest.raises(PostgresError, match="refuses to rename database 'rx_clones_none' to 'rx_clones_live'"),
    ):
        swapper.swap("rx_clones_live", "rx_clones_none", None)
