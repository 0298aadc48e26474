"""Rollouts are explored whatever the migrations are made of, and wherever PostgreSQL comes from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from harness.exported import write_test
from plugin.test_python_migrations import FIRST as FIRST_BY_NAME
from plugin.test_python_migrations import SCHEMA, SETTINGS
from plugin.test_sql_migrations import FIRST

if TYPE_CHECKING:
    from plugin.foreign import Foreign
    from plugin.projects import Project

#: The walk lets nothing happen between two requests of one segment.
JOURNEY = """\
from harness import journey


@journey
def a_note_is_read(client):
    written = client.post("/notes", json={"body": "milk"}).raise_for_status().json()
    client.get(f"/notes/{written['id']}").raise_for_status()
    yield
"""
PROBE = """\
            try:
                Notes.probe.execute("SELECT 1")
            except psycopg.Error:
                Notes.probe = psycopg.connect(DATABASE_URL, autocommit=True)
            self.answer(200, {"ready": True})
"""
CONNECT = "    Notes.probe = psycopg.connect(DATABASE_URL, autocommit=True)\n"
CLEARED = "ALTER TABLE notes ADD pinned boolean NOT NULL DEFAULT false; DELETE FROM notes"
#: The same defect has two stories: here the one in which somebody goes on is met before the one in which nobody does.
OPTIONS = (
    "--rolldeploy-explore",
    "-k",
    "explore",
    "--rolldeploy-explore-max-examples=60",
    "--rolldeploy-explore-seed=5",
)


def write_sql(notes: Project) -> None:
    notes.write("test_notes.py", JOURNEY)
    for release in ("old", "new"):
        shutil.rmtree(notes.folder / release / "migrations")
        notes.write(f"{release}/sql/0001_notes.sql", FIRST)
    notes.write("new/sql/0002_cleared.sql", f"{CLEARED};\n")
    notes.replace("rolldeploy.toml", "[strategy]", '[migrations]\nsql = "sql"\n\n[strategy]')


def test_in_plain_sql_files(notes: Project) -> None:
    write_sql(notes)
    run = notes.run(*OPTIONS)
    run.assert_says("1 old-1: POST /notes", "2 migrate 0002_cleared", "3 old-1: GET /notes")
    assert run.counts["failed"] == 1


def test_by_a_function_of_the_application(notes: Project) -> None:
    notes.write("test_notes.py", JOURNEY)
    for release, statements in (("old", FIRST_BY_NAME), ("new", f'{FIRST_BY_NAME}"cleared": "{CLEARED}",\n')):
        shutil.rmtree(notes.folder / release / "migrations")
        (notes.folder / release / "alembic.ini").unlink()
        notes.write(f"{release}/schema.py", SCHEMA.format(statements=statements))
    notes.replace("rolldeploy.toml", "[strategy]", SETTINGS)
    run = notes.run(*OPTIONS)
    # The migrator is killed in some rollouts: of two stories of one length, another one is met first.
    run.assert_says("1 old-1: POST /notes", "migrate cleared", "in a rollout of 2 requests and 1 deploy events")
    assert run.counts["failed"] == 1


def test_by_new_processes_where_those_that_stay_do_not_get_over_a_new_database(notes: Project) -> None:
    """The connection of the readiness check is renewed, so that the other one is not missed."""
    write_sql(notes)
    for release in ("old", "new"):
        notes.replace(f"{release}/app.py", '            self.answer(200, {"ready": True})\n', PROBE)
        notes.replace(f"{release}/app.py", "    server = HTTPServer", f"{CONNECT}    server = HTTPServer")
    run = notes.run(*OPTIONS)
    run.assert_says("1 old-1: POST /notes", "2 migrate 0002_cleared", "3 old-1: GET /notes")
    run.assert_says("slow        each rollout has new processes: those that stay do not get over a new database")
    assert "left out    a_note_is_read" not in run.text
    assert run.counts["failed"] == 1


@pytest.mark.parametrize("role", ["deployer", "boss"])
def test_on_a_server_of_others(notes: Project, foreign: Foreign, role: str) -> None:
    write_sql(notes)
    before = foreign.names()
    run = notes.run(*OPTIONS, postgres=foreign.url(role))
    run.assert_says("1 old-1: POST /notes", "2 migrate 0002_cleared", "3 old-1: GET /notes")
    assert run.counts["failed"] == 1
    assert foreign.names() == before


def test_two_releases_of_a_chain(notes: Project) -> None:
    """The middle one makes an index; the last one clears the table."""
    write_sql(notes)
    settings = (notes.folder / "rolldeploy.toml").read_text(encoding="utf-8")
    for before, name, source in (("[old]", "v1", "old"), ("[new]", "v3", "new")):
        settings = settings.replace(
            f'{before}\nsource = "{source}"', f'[[chain]]\nname = "{name}"\nsource = "{source}"'
        )
    middle = '[[chain]]\nname = "v2"\nsource = "middle"\n\n[[chain]]\nname = "v3"'
    notes.write("rolldeploy.toml", settings.replace('[[chain]]\nname = "v3"', middle))
    shutil.copytree(notes.folder / "old", notes.folder / "middle")
    notes.write("middle/sql/0001b_index.sql", "CREATE INDEX ON notes (body);\n")
    shutil.copyfile(notes.folder / "middle/sql/0001b_index.sql", notes.folder / "new/sql/0001b_index.sql")
    run = notes.run(*OPTIONS, "-v", "--rolldeploy-report=report")
    explored = {name: outcome for name, outcome in run.outcomes.items() if "explore" in name}
    assert explored == {"test_notes.py::explore[v1..v2]": "PASSED", "test_notes.py::explore[v2..v3]": "FAILED"}
    run.assert_says("1 old-1: POST /notes", "2 migrate 0002_cleared", "3 old-1: GET /notes")
    [plan] = notes.folder.glob("report/*/explored.json")
    write_test(plan, notes.folder / "test_story.py")
    again = notes.run("test_story.py")
    again.assert_says("1 old-1: POST /notes", "2 migrate 0002_cleared", "3 old-1: GET /notes")
    assert again.counts == {"failed": 1}

    notes.replace("rolldeploy.toml", 'name = "v3"', 'name = "v4"')
    notes.run("test_story.py").assert_says(
        "ScenarioError: the plan was saved for ",
        "/v2..v3, and the chain has ",
        "/v2..v4; explore it again",
    )
