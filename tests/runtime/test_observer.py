"""PostgreSQL's log names the replica whatever its driver, and its statements can be planned on another schema."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

import asyncpg
import pg8000.dbapi
import psycopg
import psycopg2
import pytest

from harness.errors import ScenarioError
from harness.model.statement import fingerprint
from harness.runtime.migrator_sent import Rows
from harness.runtime.observer import Observer
from harness.runtime.postgres import connect
from harness.runtime.statements import Statements, read_statements
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.runtime.postgres import Server

SECRET = "hunter2-in-a-value"
GOOD = "SELECT id FROM notes WHERE text = 'a'"
BAD = "SELECT gone FROM notes"


@pytest.fixture
def workspace(embedded_server: Server) -> Iterator[Workspace]:
    made = Workspace(embedded_server, f"rd_{secrets.token_hex(4)}")
    made.create("live")
    with connect(embedded_server, made.name("live")) as connection:
        connection.execute("CREATE TABLE notes (id serial PRIMARY KEY, text text UNIQUE)")
        connection.execute("GRANT ALL ON notes, notes_id_seq TO PUBLIC")
    yield made
    made.close()


@pytest.fixture
def observer(workspace: Workspace) -> Iterator[Observer]:
    listening = Observer(workspace, lambda text: text.replace(SECRET, "***"))
    yield listening
    listening.close()


def by_psycopg(login: dict[str, str], statements: list[str]) -> None:
    given = {"host": login["host"], "port": login["port"], "user": login["user"], "password": login["password"]}
    with psycopg.connect(**given, dbname=login["database"], autocommit=True) as connection:  # type: ignore[arg-type]
        for statement in statements:
            try:
                connection.execute(statement, prepare=True)
            except psycopg.Error:
                continue


def by_dbapi(module: Any, login: dict[str, str], statements: list[str]) -> None:
    connection = module.connect(
        host=login["host"],
        port=int(login["port"]),
        user=login["user"],
        password=login["password"],
        database=login["database"],
    )
    connection.autocommit = True
    cursor = connection.cursor()
    for statement in statements:
        try:
            cursor.execute(statement)
        except module.Error:
            continue
    connection.close()


def by_asyncpg(login: dict[str, str], statements: list[str]) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(**{**login, "port": int(login["port"]), "timeout": 10})
        for statement in statements:
            try:
                await connection.fetch(statement)
            except asyncpg.PostgresError:
                continue
        await connection.close()

    login.pop("app_role", None)
    asyncio.run(run())


DRIVERS: dict[str, Callable[[dict[str, str], list[str]], None]] = {
    "psycopg 3": by_psycopg,
    "psycopg 2": lambda login, statements: by_dbapi(psycopg2, login, statements),
    "pg8000": lambda login, statements: by_dbapi(pg8000.dbapi, login, statements),
    "asyncpg": by_asyncpg,
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_whatever_the_driver_each_statement_names_its_replica(
    workspace: Workspace, observer: Observer, driver: str
) -> None:
    for name in ("old-1", "old-2"):
        DRIVERS[driver](workspace.login(name, "live"), [GOOD, BAD] if name == "old-1" else [GOOD])
    first, second = observer.take(["old-1"]), observer.take(["old-2"])
    assert {item.replica for item in first} == {"old-1"}
    assert {item.replica for item in second} == {"old-2"}
    assert [GOOD in {item.statement for item in seen if item.error is None} for seen in (first, second)] == [True] * 2
    [error] = [item.error for item in first if item.error is not None]
    assert (error.replica, error.sqlstate, error.statement) == ("old-1", "42703", BAD)
    assert [item for item in second if item.error is not None] == []


def test_what_was_refused_last_is_told_without_being_taken(workspace: Workspace, observer: Observer) -> None:
    def last(*statements: str) -> str | None:
        by_psycopg(workspace.login("new-migrator-live", "live"), list(statements))
        refused = observer.last_refusal("new-migrator-live")
        return None if refused is None else refused.sqlstate

    assert observer.last_refusal("new-migrator-live") is None
    assert last(GOOD, BAD) == "42703"
    assert last("ROLLBACK", "SELECT 1") == "42703"
    assert last("INSERT INTO notes (text) VALUES ('c')") is None
    assert last("INSERT INTO notes (text) VALUES ('c')", "RESET work_mem") == "23505"
    refused = [item.error.sqlstate for item in observer.take(["new-migrator-live"]) if item.error is not None]
    assert refused == ["42703", "23505"]
    assert observer.last_refusal("new-migrator-live") is None


def test_what_is_bound_to_a_statement_is_not_in_the_log(workspace: Workspace, observer: Observer) -> None:
    login = workspace.login("old-1", "live")
    with psycopg.connect(
        host=login["host"],
        port=login["port"],
        user=login["user"],
        password=login["password"],
        dbname=login["database"],
    ) as connection:
        connection.execute("INSERT INTO notes (text) VALUES (%s)", [SECRET])
    with connect(workspace.server) as admin:
        [(log,)] = admin.execute("SELECT pg_read_file(pg_current_logfile('jsonlog'))")
    assert "INSERT INTO notes" in log
    assert SECRET not in log
    assert any("INSERT INTO notes" in item.statement for item in observer.take(["old-1"]))


def known(*texts: str) -> Statements:
    statements = Statements()
    for text in texts:
        statements.learn(text)
    return statements


def test_statements_are_planned_on_each_schema_and_none_is_executed(workspace: Workspace) -> None:
    upsert = "INSERT INTO notes (text) VALUES ($1) ON CONFLICT (text) DO NOTHING"
    statements = known(GOOD, upsert, "DELETE FROM notes", "SELECT text || $1 FROM notes", BAD, "COPY notes FROM STDIN")
    assert statements.plan(workspace.server, workspace.name("live"), "pg_database_owner")[1] == ()
    assert statements.left_out == 2  # one that never planned, and one that cannot be prepared
    with connect(workspace.server, workspace.name("live")) as connection:
        connection.execute("INSERT INTO notes (text) VALUES ('kept')")
        connection.execute("ALTER TABLE notes DROP CONSTRAINT notes_text_key")
        planned, refused = workspace.plan(statements, "live")
        assert len(planned) == 4
        # The arbiter of ON CONFLICT is looked for by the planner, not by the parser.
        assert [(item.known.text, item.sqlstate) for item in refused] == [(upsert, "42P10")]
        connection.execute("ALTER TABLE notes ALTER COLUMN text TYPE int USING 1")
        _, refused = workspace.plan(statements, "live")
        assert {item.sqlstate for item in refused} >= {"42P10", "22P02"}
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)


def test_a_text_of_two_statements_is_left_out_and_not_executed(workspace: Workspace) -> None:
    statements = known("SELECT 1; DROP TABLE notes", GOOD)
    planned, _ = workspace.plan(statements, "live")
    assert ([item.text for item in planned], statements.left_out) == ([GOOD], 1)


def test_thousands_of_statements_are_planned_one_by_one(workspace: Workspace) -> None:
    statements = known(*(f"SELECT id AS a{n} FROM notes" for n in range(2_000)))  # noqa: S608  numbers alone
    planned, refused = workspace.plan(statements, "live")
    assert (len(planned), refused) == (2_000, ())


def test_a_statement_is_known_whatever_its_values_are() -> None:
    statements = known("SELECT * FROM notes WHERE id = 1")
    assert not statements.learn("SELECT * FROM notes WHERE id = 2")
    assert statements.learn("SELECT * FROM notes WHERE id > 2")


def test_rows_that_were_written_are_counted_once_their_session_is_over(workspace: Workspace) -> None:
    by_psycopg(workspace.login("new-migrator", "live"), ["INSERT INTO notes (text) VALUES ('a'), ('b')"])
    assert workspace.rows_written("live") == {"notes": Rows(inserted=2)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('queryid,query,calls\n1,"SELECT a, b\nFROM t WHERE c = $1",7\n2,SELECT 2,1\n', 2),
        ("SELECT a\nFROM t;\n\nSELECT ';' FROM t;\n-- nothing\n", 2),
        ("\ufeffSELECT 1;", 1),
    ],
)
def test_statements_out_of_a_file(tmp_path: Path, text: str, found: int) -> None:
    file = tmp_path / "production.txt"
    file.write_text(text, encoding="utf-8")
    statements = list(read_statements(file))
    assert len({fingerprint(statement) for statement in statements}) == len(statements) == found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot read the statements in"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"-- none\n", "there is no statement in"),
    ],
)
def test_a_file_without_statements_is_one_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "production.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ScenarioError, match=sentence):
        list(read_statements(file))
