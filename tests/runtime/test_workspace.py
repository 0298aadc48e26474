"""What replicas and migrators may do in the databases of a rehearsal, and whose roles are left at its end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from harness.errors import PostgresError
from harness.model.settings import OWNER, AppRole
from harness.runtime.postgres import Server, acquire_server, connect
from harness.runtime.reaper import Database, Role, Session
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

RESTRICTED = AppRole(restricted=True)
NAMED = AppRole(restricted=True, name="ws_shop_app")
SHARED = AppRole(restricted=True, name="ws_shared")

NUMBERS = itertools.count()

FIRST_STATE = """
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id int);
CREATE TABLE notes (id serial PRIMARY KEY, body text);
CREATE VIEW bodies AS SELECT body FROM notes;
INSERT INTO notes (body) VALUES ('milk');
"""


def act(
    workspace: Workspace, who: str, database: str, *statements: str, is_replica: bool = True
) -> list[tuple[Any, ...]]:
    """Rows of the last statement, sent by somebody over a connection of his own."""
    login = workspace.login(who, database, is_replica=is_replica)
    del login["app_role"]
    login["dbname"] = login.pop("database")
    rows: list[tuple[Any, ...]] = []
    with psycopg.connect(**login, autocommit=True) as connection:  # type: ignore[arg-type]  # mypy knows no keys
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


def migrate(workspace: Workspace, database: str, *statements: str) -> None:
    act(workspace, "new-migrator", database, *statements, is_replica=False)


def roles(server: Server) -> set[str]:
    with connect(server) as connection:
        return {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}


def make_first_state(workspace: Workspace) -> None:
    workspace.create("seed")
    migrate(workspace, "seed", FIRST_STATE)
    workspace.grant_rights("seed")


@pytest.fixture
def restricted(embedded_server: Server) -> Iterator[Workspace]:
    workspace = Workspace(embedded_server, f"ws_{next(NUMBERS)}", RESTRICTED)  # roles stay on a server of ours
    make_first_state(workspace)
    yield workspace
    workspace.close()


def test_replicas_act_as_the_owner_unless_they_are_told_otherwise(embedded_server: Server) -> None:
    workspace = Workspace(embedded_server, "ws_owner", OWNER)
    workspace.create("seed")
    act(workspace, "old-1", "seed", "CREATE TABLE t (id int)")
    assert act(workspace, "old-1", "seed", "SELECT tableowner FROM pg_tables WHERE tablename = 't'") == [
        ("ws_owner_owner",)
    ]
    assert workspace.login("old-1", "seed")["app_role"] == "ws_owner_owner"
    workspace.close()


def test_a_restricted_replica_reads_and_writes_rows_and_that_is_all(restricted: Workspace) -> None:
    told = act(restricted, "old-1", "seed", "SELECT current_user::text, session_user::text")
    assert told == [(restricted.app_role, restricted.role("old-1"))]
    assert restricted.app_role == restricted.name("app")
    act(restricted, "old-1", "seed", "INSERT INTO notes (body) VALUES ('bread')", "UPDATE notes SET body = 'rye'")
    assert act(restricted, "old-1", "seed", "DELETE FROM notes RETURNING body") == [("rye",), ("rye",)]
    act(restricted, "old-1", "seed", "SELECT nextval('notes_id_seq')", "SELECT * FROM bodies")
    act(restricted, "old-1", "seed", "INSERT INTO billing.invoices VALUES (1)")
    for statement in (
        "CREATE TABLE t (id int)",
        "ALTER TABLE notes ADD COLUMN x int",
        "DROP TABLE notes",
        "TRUNCATE notes",
        f"SET ROLE {restricted.name('owner')}",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            act(restricted, "old-1", "seed", statement)


def test_a_restricted_replica_stays_so_when_its_pool_resets_the_session(restricted: Workspace) -> None:
    statements = "RESET ROLE", "DISCARD ALL", "SELECT current_user::text"
    assert act(restricted, "old-1", "seed", *statements) == [(restricted.app_role,)]


def test_a_copy_of_a_database_keeps_the_rights(restricted: Workspace) -> None:
    restricted.clone("seed", "live")
    restricted.rename("live", "parked")
    assert act(restricted, "old-1", "parked", "SELECT body FROM notes") == [("milk",)]


def test_what_a_migration_makes_later_it_has_to_grant(restricted: Workspace) -> None:
    restricted.clone("seed", "live")
    migrate(restricted, "live", "CREATE TABLE tags (id int)", "CREATE SEQUENCE numbers")
    for statement in ("SELECT * FROM tags", "SELECT nextval('numbers')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            act(restricted, "old-1", "live", statement)
    app_role = restricted.login("new-migrator", "live")["app_role"]
    migrate(restricted, "live", f"GRANT SELECT ON tags TO {app_role}")
    assert act(restricted, "old-1", "live", "SELECT * FROM tags") == []


def test_a_table_that_is_copied_and_swapped_loses_its_rights(restricted: Workspace) -> None:
    restricted.clone("seed", "live")
    migrate(
        restricted,
        "live",
        "CREATE TABLE copied (LIKE notes INCLUDING ALL); INSERT INTO copied SELECT * FROM notes;"
        "ALTER TABLE notes RENAME TO notes_old; ALTER TABLE copied RENAME TO notes",
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table notes"):
        act(restricted, "old-1", "live", "SELECT * FROM notes")


def test_row_level_security_is_in_force_for_replicas_and_not_for_migrators(restricted: Workspace) -> None:
    restricted.clone("seed", "live")
    migrate(
        restricted,
        "live",
        "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON notes USING (body LIKE current_setting('app.mine', true))",
    )
    assert act(restricted, "old-1", "live", "SELECT body FROM notes") == []
    assert act(restricted, "old-1", "live", "SET app.mine = 'm%'", "SELECT body FROM notes") == [("milk",)]
    assert act(restricted, "new-migrator", "live", "SELECT body FROM notes", is_replica=False) == [("milk",)]


# --- roles under a name of the user's


def test_a_named_role_is_the_one_that_replicas_act_as(embedded_server: Server) -> None:
    workspace = Workspace(embedded_server, "ws_two", NAMED)
    make_first_state(workspace)
    assert act(workspace, "old-1", "seed", "SELECT current_user::text FROM notes") == [("ws_shop_app",)]
    migrate(workspace, "seed", "CREATE TABLE t (id int)", "GRANT SELECT ON t TO ws_shop_app")
    act(workspace, "old-1", "seed", "SELECT * FROM t")
    assert workspace.login("new-migrator", "seed")["app_role"] == "ws_shop_app"
    workspace.close()


def test_a_shared_role_lives_as_long_as_somebody_needs_it(make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url("ws_maker", "CREATEDB CREATEROLE"), session=url_session)
    before = roles(server)
    first, second = Workspace(server, "ws_a", SHARED), Workspace(server, "ws_b", SHARED)
    make_first_state(first)
    first.close()  # the second has nobody yet who acts as it, and no right is granted anywhere
    assert roles(server) - before == {"ws_shared", "ws_b_app", "ws_b_owner"}
    make_first_state(second)
    assert act(second, "old-1", "seed", "SELECT body FROM notes") == [("milk",)]
    second.close()
    assert roles(server) == before
    assert not [each for each in url_session.ledger.left() if isinstance(each, Database | Role)]


def test_a_role_that_was_there_is_left_there(make_url: Any, url_session: Session, foreign_server: Server) -> None:
    server = acquire_server(make_url("ws_boss", "SUPERUSER"), session=url_session)
    with connect(foreign_server) as connection:
        connection.execute("CREATE ROLE ws_shared NOLOGIN")
    workspace = Workspace(server, "ws_c", SHARED)
    make_first_state(workspace)
    assert act(workspace, "old-1", "seed", "SELECT body FROM notes") == [("milk",)]
    workspace.close()
    assert "ws_shared" in roles(server)
    with connect(foreign_server) as connection:
        connection.execute("DROP ROLE ws_shared")


def test_roles_that_migrations_name_are_there_and_nobody_has_their_rights(make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url("ws_namer", "CREATEDB CREATEROLE"), session=url_session)
    before = roles(server)
    workspace = Workspace(server, "ws_g", OWNER, roles=("ws_readers", "ws_metabase"))
    make_first_state(workspace)
    migrate(workspace, "seed", "GRANT SELECT ON notes TO ws_readers, ws_metabase")
    member = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ws_readers' AND pg_has_role(current_user, oid, 'USAGE')"
    assert act(workspace, "old-1", "seed", member) == [(0,)]
    assert roles(server) - before >= {"ws_readers", "ws_metabase"}
    workspace.close()
    assert roles(server) == before


def test_a_role_that_production_has_already_is_left_as_it_is(
    make_url: Any, url_session: Session, foreign_server: Server
) -> None:
    """Nothing is granted to anybody, so that no right to do that is needed."""
    server = acquire_server(make_url("ws_visitor", "CREATEDB CREATEROLE"), session=url_session)
    with connect(foreign_server) as connection:
        connection.execute("CREATE ROLE ws_readers NOLOGIN")
        try:
            workspace = Workspace(server, "ws_h", OWNER, roles=("ws_readers",))
            make_first_state(workspace)
            workspace.close()
            assert "ws_readers" in roles(server)
        finally:
            connection.execute("DROP ROLE ws_readers")


def test_a_role_that_restricts_nobody_is_refused(embedded_server: Server) -> None:
    with pytest.raises(PostgresError, match=r"'postgres' .* is a superuser .* name another one in app_role"):
        Workspace(embedded_server, "ws_d", AppRole(restricted=True, name=embedded_server.user))


def test_a_role_that_may_not_be_given_away_is_told_the_cure(
    make_url: Any, url_session: Session, foreign_server: Server
) -> None:
    if foreign_server.major < 16:
        pytest.skip("before 16, whoever has CREATEROLE may give away any role")
    server = acquire_server(make_url("ws_guest", "CREATEDB CREATEROLE"), session=url_session)
    with connect(foreign_server) as connection:
        connection.execute("CREATE ROLE ws_shared NOLOGIN")
        with pytest.raises(PostgresError, match=r'run GRANT "ws_shared" TO "ws_guest" WITH ADMIN OPTION'):
            Workspace(server, "ws_e", SHARED)
        connection.execute("GRANT ws_shared TO ws_guest WITH ADMIN OPTION")
        workspace = Workspace(server, "ws_f", SHARED)
        make_first_state(workspace)
        workspace.close()
        assert "ws_shared" in roles(server)
        connection.execute("DROP ROLE ws_shared")
