"""Sessions for work on databases and roles are kept, and none is used that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from harness.errors import PostgresError
from harness.runtime.postgres import (
    connect,
    create_database,
    create_owner_role,
    drop_database,
    drop_role,
    keep_sessions,
    maintain,
)
from harness.runtime.postgres.server import decode_server, encode_server
from harness.runtime.waiting import await_true
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.postgres import Server


@pytest.fixture
def keeping(embedded_server: Server) -> Iterator[Server]:
    server, kept = keep_sessions(embedded_server)
    yield server
    kept.close()


def pid(server: Server) -> int:
    with maintain(server) as connection:
        return connection.info.backend_pid


def test_one_session_does_one_piece_of_work_after_the_other(keeping: Server) -> None:
    first = pid(keeping)
    create_owner_role(keeping, "rd_kept_owner")
    create_database(keeping, "rd_kept", owner="rd_kept_owner")
    create_database(keeping, "rd_kept_copy", owner="rd_kept_owner", template="rd_kept")
    for database in ("rd_kept", "rd_kept_copy"):
        drop_database(keeping, database)
    drop_role(keeping, "rd_kept_owner")
    assert pid(keeping) == first


def test_two_at_once_have_one_each(keeping: Server) -> None:
    with maintain(keeping) as one, maintain(keeping) as other:
        assert one.info.backend_pid != other.info.backend_pid


def test_one_that_was_ended_is_not_used_again(keeping: Server, embedded_server: Server) -> None:
    first = pid(keeping)
    with connect(embedded_server) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    assert pid(keeping) != first


def test_one_in_which_something_failed_is_ended(keeping: Server) -> None:
    first = pid(keeping)
    with pytest.raises(psycopg.errors.UndefinedTable), maintain(keeping) as connection:
        connection.execute("SELECT FROM nowhere")
    assert pid(keeping) != first
    with pytest.raises(PostgresError, match="no_such_owner"):
        create_database(keeping, "rd_never", owner="no_such_owner")
    assert pid(keeping)


def test_those_of_a_workspace_end_with_it(embedded_server: Server) -> None:
    workspace = Workspace(embedded_server, "rd_keeper")
    workspace.create("live")
    mine = pid(workspace.server)
    workspace.close()
    with connect(embedded_server) as connection:

        def is_gone() -> bool:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", (mine,)).fetchone()
            return row == (0,)

        assert await_true(is_gone, timeout_s=10.0)
    assert pid(workspace.server) != mine


def test_what_is_asked_again_of_a_database_is_asked_in_the_same_session_until_it_goes(embedded_server: Server) -> None:
    workspace = Workspace(embedded_server, "rd_reader")
    try:
        workspace.create("live")
        sessions = []
        for body in ("CREATE TABLE notes (id int)", "ALTER TABLE notes ADD body text"):
            with workspace._readers.on(workspace.name("live")) as connection:
                sessions.append(connection.info.backend_pid)
            with connect(embedded_server, workspace.name("live")) as other:
                other.execute(body)
            found = {item.full_name for item in workspace.schema("live")}
            assert ("notes.body" in found) == (len(sessions) > 1)
        workspace.clone("live", "copy")
        assert workspace.schema("copy") == workspace.schema("live")
        with workspace._readers.on(workspace.name("live")) as connection:
            sessions.append(connection.info.backend_pid)
        workspace.rename("live", "other")
        workspace.drop("copy")
        assert workspace.schema("other")
        assert sessions[0] == sessions[1] != sessions[2]
    finally:
        workspace.close()


def test_a_version_table_that_is_made_anew_is_read_all_the_same(embedded_server: Server) -> None:
    workspace = Workspace(embedded_server, "rd_versions")
    try:
        workspace.create("live")
        for kind in ("varchar(32)", "text"):
            with connect(embedded_server, workspace.name("live")) as other:
                other.execute("DROP TABLE IF EXISTS alembic_version")
                other.execute(f"CREATE TABLE alembic_version AS SELECT '0001'::{kind} AS version_num".encode())
            assert workspace.versions("live", (None, "alembic_version")) == ("0001",)
    finally:
        workspace.close()


def test_a_server_is_written_down_without_them(keeping: Server, embedded_server: Server) -> None:
    assert decode_server(encode_server(keeping)) == embedded_server
