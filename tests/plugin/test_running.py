"""An old release that runs already, connected to a server of others: rehearsed across the steps, and left as it was."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from harness.report.document import REPORT_NAME, read_document
from harness.runtime.postgres import connect
from plugin.foreign import PASSWORD
from plugin.projects import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.report.document import Document, OutcomeRecord
    from harness.runtime.postgres import Server
    from plugin.foreign import Foreign
    from plugin.projects import Project

FAILED = int(pytest.ExitCode.TESTS_FAILED)
DATABASE, ROLE = "notebook", "notes_app"
#: The watcher looks five times a second.
SOON_S = 10.0
NEVER = "the old release runs already, and is never started anew"
#: What an application does that connects when it is asked, and whose pool notices by an error what was lost.
LAZY = """
_held = []


def query(self, statement, value):
    try:
        if not _held:
            _held.append(psycopg.connect(DATABASE_URL, autocommit=True, row_factory=dict_row))
        with _held[0].transaction():
            row = _held[0].execute(statement, [value]).fetchone()
    except psycopg.Error as error:
        if _held and _held[0].closed:
            _held.clear()
        self.answer(500, {"error": str(error)})
    else:
        self.answer(200 if row else 404, row or {})


Notes.query = query

if __name__ == "__main__":
    server"""
#: A second step, with which the old release does not live.
DROPS = '''"""Notes have no body any more."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE notes ADD COLUMN text text")
    op.execute("UPDATE notes SET text = body")
    op.execute("ALTER TABLE notes DROP COLUMN body")
'''


@dataclass(frozen=True)
class Application:
    """The old release, as its owner has started it.

    Args:
        process: What runs.
        port: Where it listens.
    """

    process: subprocess.Popen[bytes]
    port: int

    @property
    def source(self) -> str:
        """What the settings call it."""
        return f"url:http://127.0.0.1:{self.port}"

    def is_up(self) -> bool:
        """Whether it still runs, and answers."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False)
        return self.process.poll() is None and answer.status_code == httpx.codes.OK


def start(folder: Path, server: Server, database: str) -> Application:
    """Starts it as its owner does; nothing of a rehearsal is in its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://{ROLE}:{PASSWORD}@{server.host}:{server.port}/{database}"
    process = subprocess.Popen(
        [sys.executable, "app.py", str(port)], cwd=folder, env={**os.environ, "DATABASE_URL": url}
    )
    return Application(process, port)


@pytest.fixture
def shop(notes: Project, foreign: Foreign) -> Iterator[Application]:
    """The example ``notes``, whose old release runs already and connects when it is asked."""
    code = (notes.folder / "old/app.py").read_text(encoding="utf-8")
    begin, end = code.index('if __name__ == "__main__":'), code.index("    server = ")
    (notes.folder / "running").mkdir()
    notes.write("running/app.py", code[:begin] + LAZY + code[end + len("    server") :])
    notes.write("new/migrations/versions/0003_move_body.py", DROPS)
    notes.replace("new/app.py", "SELECT id, body,", "SELECT id, text AS body,")
    notes.replace(
        "new/app.py",
        "INSERT INTO notes (body) VALUES (%s) RETURNING id, body,",
        "INSERT INTO notes (text) VALUES (%s) RETURNING id, text AS body,",
    )
    notes.replace("rolldeploy.toml", "[strategy]\nreplicas = 1\n", "")
    with connect(foreign.server) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'".encode())
    application = start(notes.folder / "running", foreign.server, DATABASE)
    say(notes, application.source)
    try:
        yield application
    finally:
        application.process.terminate()
        application.process.wait(10)
        with connect(foreign.server) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}".encode())
            connection.execute(f"DROP ROLE {ROLE}".encode())


def say(project: Project, source: str) -> None:
    """Writes what the old release is connected to."""
    lines = f'source = "{source}"\ndatabase = "{DATABASE}"\nrole = "{ROLE}"\nrevision = "0001"'
    project.replace("rolldeploy.toml", 'source = "old"', lines)


def left_on(foreign: Foreign) -> tuple[set[str], list[tuple[object, ...]]]:
    """Every database and role, and what the application's role was given."""
    with connect(foreign.server) as connection:
        given = connection.execute(
            "SELECT 'member', roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole"
            " UNION ALL SELECT 'setting', setconfig::text FROM pg_db_role_setting WHERE setrole = %s::regrole",
            [ROLE, ROLE],
        ).fetchall()
    return foreign.names(), given


def read_report(project: Project) -> Document:
    [path] = project.folder.glob(f"out/*/{REPORT_NAME}")
    return read_document(path)


def of(document: Document, step: str, actor: str) -> OutcomeRecord:
    [found] = [one for one in document.outcomes if (one.step, one.actor) == (step, actor)]
    return found


@pytest.mark.parametrize("role", ["boss", "deployer"])
def test_it_is_rehearsed_across_the_steps_and_left_as_it_was(
    notes: Project, shop: Application, foreign: Foreign, role: str
) -> None:
    if role == "deployer":
        with connect(foreign.server) as connection:
            connection.execute(f"GRANT {ROLE} TO deployer WITH ADMIN OPTION".encode())
    before = left_on(foreign)
    run = notes.run("-v", "--rolldeploy-report=out", postgres=foreign.url(role))
    document = read_report(notes)
    assert document.error == ""
    assert run.status == FAILED
    assert of(document, "base", "control").status == "pass"
    assert of(document, "0002_add_pinned", "old-warm").status == "pass"
    broken = of(document, "0003_move_body", "old-warm")
    assert (broken.status, broken.sqlstates) == ("fail", ("42703",) if role == "boss" else ())
    cold = [one for one in document.outcomes if one.actor == "old-cold"]
    assert {(one.status, one.reason) for one in cold} == {("untested", NEVER)}
    assert len(cold) == 3
    rollout = [one for one in document.outcomes if one.step == "rollout" and one.actor != "new-control"]
    assert {one.reason for one in rollout} == {f"left out, for {NEVER}"}
    assert [step.old for step in document.steps] == ["works", "breaks"]
    passed = {check.check for check in document.checks if check.status == "pass"}
    assert passed == {"left-behind", "start-changes-schema", *(["background-error"] if role == "boss" else [])}
    traffic = [check for check in document.checks if check.check in {"lock-wait", "failed-request", "lost-request"}]
    assert {check.status for check in traffic} == {"skipped"}
    if role == "boss":
        assert {check.reason for check in traffic} == {f"left out, for {NEVER}"}
    run.assert_says(f"reduced: no cold old replica: {NEVER}", f"for {NEVER}")
    assert left_on(foreign) == before
    assert shop.is_up()
    assert PASSWORD not in run.text


def test_one_that_is_connected_elsewhere_stops_it(notes: Project, shop: Application, foreign: Foreign) -> None:
    """Its own database would bear every migration, for none comes to it."""
    with connect(foreign.server) as connection:
        connection.execute(f"CREATE DATABASE elsewhere OWNER {ROLE}".encode())
    with connect(foreign.server, "elsewhere") as connection:
        connection.execute(f"SET ROLE {ROLE}; CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)".encode())
    other = start(notes.folder / "running", foreign.server, "elsewhere")
    notes.replace("rolldeploy.toml", shop.source, other.source)
    before = left_on(foreign)
    try:
        run = notes.run(postgres=foreign.url("boss"))
        run.assert_refused(
            FAILED,
            f"the application at http://127.0.0.1:{other.port} never asked database '{DATABASE}' as role '{ROLE}': "
            f"connect it to that database at 127.0.0.1:{foreign.server.port} as that role",
        )
        assert left_on(foreign) == before
        assert other.is_up()
    finally:
        other.process.terminate()
        other.process.wait(10)
        with connect(foreign.server) as connection:
            connection.execute(b"DROP DATABASE elsewhere")


def test_a_database_that_is_there_stops_it(notes: Project, shop: Application, foreign: Foreign) -> None:
    with connect(foreign.server) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}".encode())
    before = left_on(foreign)
    run = notes.run(postgres=foreign.url("boss"))
    run.assert_refused(FAILED, f"there is a database '{DATABASE}' at 127.0.0.1:{foreign.server.port} already, and a ")
    assert left_on(foreign) == before
    assert shop.is_up()


def test_a_journey_asks_its_database_and_runs_no_command_of_it(
    notes: Project, shop: Application, foreign: Foreign
) -> None:
    """What asks as the application's role would be taken for the application."""
    before = left_on(foreign)
    sql = "    assert client.sql('SELECT session_user AS who')[0]['who'] != 'notes_app'\n"
    notes.replace("test_notes.py", "    while True:\n", f"{sql}    while True:\n")
    assert "passed" in notes.run("-k", "control", postgres=foreign.url("boss")).counts
    notes.replace("test_notes.py", "    while True:\n", "    client.run('true')\n    while True:\n")
    run = notes.run("-k", "control", postgres=foreign.url("boss"))
    run.assert_says("client.run() runs a command where a replica was started, and old-seed runs already, started by ")
    assert run.status == FAILED
    assert left_on(foreign) == before
    assert shop.is_up()


def test_one_that_does_not_run_stops_it(notes: Project, shop: Application, foreign: Foreign) -> None:
    shop.process.terminate()
    shop.process.wait(10)
    notes.replace("rolldeploy.toml", "start_timeout_s = 20", "start_timeout_s = 1")
    run = notes.run(postgres=foreign.url("boss"))
    run.assert_refused(
        FAILED, f"the application at http://127.0.0.1:{shop.port} was not ready in 1 s: GET /readyz got "
    )


@pytest.mark.usefixtures("shop")
def test_another_server_and_an_exploration_are_refused(notes: Project, foreign: Foreign) -> None:
    run = notes.run(postgres="embedded")
    run.assert_refused(
        FAILED, "the old release runs already, connected to a server that is not this one (embedded): na"
    )
    run = notes.run("--rolldeploy-explore", "-k", "explore", postgres=foreign.url("boss"))
    run.assert_refused(FAILED, f"{NEVER}, as an exploration would have to: name its code, its package or its image by ")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=lambda sent: sent.name)
def test_nothing_is_left_in_the_middle_of_a_walk(
    notes: Project, shop: Application, foreign: Foreign, sent: signal.Signals
) -> None:
    before = left_on(foreign)
    # There alone: the new release's control run, on a database of its own, comes first.
    sleep = f"SELECT pg_sleep(600) WHERE current_database() = '{DATABASE}'"
    notes.add("new/migrations/versions/0002_add_pinned.py", f'    op.execute("{sleep}")\n')

    def is_in_the_middle() -> bool:
        with connect(foreign.server, "postgres") as connection:
            sleeping = "SELECT FROM pg_stat_activity WHERE datname = %s AND query LIKE %s"
            return connection.execute(sleeping, [DATABASE, "%pg_sleep(600)%"]).rowcount > 0

    with notes.start(postgres=foreign.url("boss")) as process:
        notes.await_true("the step is under way", lambda: is_in_the_middle() or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
        process.send_signal(sent)
        Run.finish(process)
    notes.await_true("all is gone", lambda: left_on(foreign) == before, SOON_S)
    notes.assert_nothing_left()
    assert shop.is_up()
