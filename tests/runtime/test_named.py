"""The database of a rehearsal that has a name of the user's own, and the role that is let into it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from harness.errors import PostgresError, ScenarioError
from harness.model.release import Running
from harness.plan.subject import LIVE, SEED
from harness.runtime.named import NamedWorkspace
from harness.runtime.observer import Observer
from harness.runtime.postgres import Server, acquire_server, connect, release_server
from harness.runtime.reaper import Database, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.reaper import Session

RUNNING = Running(port=1, database="nm_app", role="nm_login", revision="1")
PREFIX = "nm_rehearsal"
PASSWORD = "somebodys"


@pytest.fixture
def foreign_role(foreign_server: Server) -> Iterator[None]:
    with connect(foreign_server) as connection:
        connection.execute(f"CREATE ROLE {RUNNING.role} LOGIN PASSWORD '{PASSWORD}'".encode())
        yield
        connection.execute(f"DROP DATABASE IF EXISTS {RUNNING.database}".encode())
        connection.execute(f"DROP ROLE {RUNNING.role}".encode())


def ask(server: Server, *statements: str, database: str = RUNNING.database) -> list[tuple[Any, ...]]:
    """What the application gets that runs already."""
    info = make_conninfo(server.conninfo(database), user=RUNNING.role, password=PASSWORD, application_name="app")
    rows: list[tuple[Any, ...]] = []
    with psycopg.connect(info, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


def held(server: Server) -> list[tuple[Any, ...]]:
    """What is on the server of a rehearsal, and what the application's role was given."""
    with connect(server) as connection:
        return connection.execute(
            "SELECT 'database', datname FROM pg_database WHERE datname LIKE 'nm\\_%%'"
            " UNION ALL SELECT 'role', rolname FROM pg_roles WHERE rolname LIKE %s"
            " UNION ALL SELECT 'member', roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole"
            " UNION ALL SELECT 'setting', setconfig::text FROM pg_db_role_setting WHERE setrole = %s::regrole",
            [f"{PREFIX}%", RUNNING.role, RUNNING.role],
        ).fetchall()


@pytest.mark.usefixtures("foreign_role")
@pytest.mark.parametrize("rights", ["SUPERUSER", "CREATEDB CREATEROLE"])
def test_a_whole_life(rights: str, make_url: Any, url_session: Session, foreign_server: Server) -> None:
    url = make_url("nm_admin", rights)
    with connect(foreign_server) as connection:
        connection.execute(f"GRANT {RUNNING.role} TO nm_admin WITH ADMIN OPTION".encode())
        before = held(foreign_server)
        server = acquire_server(url, session=url_session)
        workspace = NamedWorkspace(server, PREFIX, RUNNING)
        workspace.create(LIVE)
        assert (workspace.name(LIVE), workspace.name(SEED)) == (RUNNING.database, f"{PREFIX}_seed")
        assert (workspace.role("old-1"), workspace.role("new-1")) == (RUNNING.role, f"{PREFIX}_new_1")
        assert ask(server, "CREATE TABLE t ()", "SELECT current_user::text, session_user::text") == [
            (workspace.owner, RUNNING.role)
        ]
        login = workspace.login("old-1", LIVE, is_replica=True)
        assert (login["user"], login["database"]) == (f"{PREFIX}_beside_old_1", RUNNING.database)
        workspace.clone(LIVE, SEED)
        workspace.close()
        assert held(foreign_server) == before
        assert url_session.ledger.left() == []
        connection.execute(f"REVOKE {RUNNING.role} FROM nm_admin".encode())


@pytest.mark.usefixtures("foreign_role")
def test_a_database_that_is_there_is_never_touched(make_url: Any, url_session: Session, foreign_server: Server) -> None:
    server = acquire_server(make_url("nm_admin", "SUPERUSER"), session=url_session)
    with connect(foreign_server) as connection:
        connection.execute(f"CREATE DATABASE {RUNNING.database}".encode())
    with connect(foreign_server, RUNNING.database) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    workspace = NamedWorkspace(server, PREFIX, RUNNING)
    with pytest.raises(PostgresError, match=r"there is a database 'nm_app' at .* already, and a rehearsal makes and"):
        workspace.create(LIVE)
    workspace.close()
    release_server(server, url_session)
    with connect(foreign_server, RUNNING.database) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
    assert held(foreign_server) == [("database", RUNNING.database)]


@pytest.mark.usefixtures("foreign_role")
def test_behind_a_crash_it_goes_with_what_was_given(
    make_url: Any, url_session: Session, foreign_server: Server
) -> None:
    before = held(foreign_server)
    server = acquire_server(make_url("nm_admin", "SUPERUSER"), session=url_session)
    workspace = NamedWorkspace(server, PREFIX, RUNNING)
    workspace.create(LIVE)
    noted = {(type(one), one.name) for one in url_session.ledger.left() if isinstance(one, Database | Role)}
    assert noted == {(Database, RUNNING.database), (Role, workspace.owner)}
    release_server(server, url_session)  # as the watcher does
    assert held(foreign_server) == before
    with contextlib.suppress(PostgresError):
        workspace.close()


@pytest.mark.usefixtures("foreign_role")
def test_a_role_that_may_not_be_let_in_has_a_remedy(
    make_url: Any, url_session: Session, foreign_server: Server
) -> None:
    server = acquire_server(make_url("nm_admin", "CREATEDB CREATEROLE"), session=url_session)
    workspace = NamedWorkspace(server, PREFIX, RUNNING)
    refused = pytest.raises(
        PostgresError, match='GRANT "nm_login" TO "nm_admin" WITH ADMIN OPTION, or name the server by'
    )
    # Before 16, CREATEROLE was enough (release notes of 16, "Privileges").
    with refused if server.major >= 16 else contextlib.nullcontext():
        workspace.create(LIVE)
    workspace.close()
    assert held(foreign_server) == []


@pytest.mark.usefixtures("foreign_role")
def test_what_it_asks_elsewhere_is_not_heard(make_url: Any, url_session: Session, foreign_server: Server) -> None:
    server = acquire_server(make_url("nm_admin", "SUPERUSER"), session=url_session)
    workspace = NamedWorkspace(server, PREFIX, RUNNING)
    observer = Observer(workspace, str)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(server, "SELECT 1")
    workspace.create(LIVE)
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(server, "SELECT FROM nowhere", database="postgres")
    assert (observer.has_heard("old-1"), observer.take(["old-1"])) == (False, [])
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(server, "SELECT 1", "SELECT FROM nowhere")
    assert [(item.statement, item.error and item.error.sqlstate) for item in observer.take(["old-1"])] == [
        ("SELECT 1", None),
        ("SELECT FROM nowhere", None),
        ("SELECT FROM nowhere", "42P01"),
    ]
    assert observer.has_heard("old-1")
    assert workspace.sessions("old-1") == 0
    observer.close()
    workspace.close()


def test_a_server_of_the_rehearsal_has_no_such_application(embedded_server: Server) -> None:
    with pytest.raises(ScenarioError, match=r"connected to a server that is not this one \(embedded\): name that serv"):
        NamedWorkspace(embedded_server, PREFIX, RUNNING)


def test_a_role_has_to_be_there(make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url("nm_admin", "SUPERUSER"), session=url_session)
    with pytest.raises(
        ScenarioError, match=r"there is no role 'nm_login' at .*: name the one that the application log"
    ):
        NamedWorkspace(server, PREFIX, RUNNING)


def test_the_rehearsals_own_role_is_not_the_applications(make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url(RUNNING.role, "SUPERUSER"), session=url_session)
    with pytest.raises(
        ScenarioError, match=r"the rehearsal itself logs in at .* as 'nm_login', the role of the old rel"
    ):
        NamedWorkspace(server, PREFIX, RUNNING)
