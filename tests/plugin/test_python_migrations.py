"""Whole rehearsals whose migrations are a function of the application's own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugin.projects import Project

#: What a team without a tool writes: statements by name, and a function that runs those of one name.
SCHEMA = """\
import os

import asyncpg

STATEMENTS = {{{statements}}}


def steps():
    return list(STATEMENTS)


async def migrate(step):
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""))
    try:
        async with connection.transaction():
            await connection.execute("CREATE TABLE IF NOT EXISTS schema_steps (name text PRIMARY KEY)")
            if await connection.fetchval("SELECT true FROM schema_steps WHERE name = $1", step):
                return
            await connection.execute(STATEMENTS[step])
            await connection.execute("INSERT INTO schema_steps VALUES ($1)", step)
    finally:
        await connection.close()
"""
FIRST = '"notes": "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)",\n'
PINNED = '"pinned": "ALTER TABLE notes ADD pinned boolean NOT NULL DEFAULT false",\n'
DROPPED = '"no-body": "ALTER TABLE notes DROP body",\n'
WRONG = '"wrong": "ALTER TABLE nowhere ADD x int",\n'
SETTINGS = (
    '[migrations]\npython = "schema:migrate"\nversion_table = ["schema_steps", "schema_steps_lock"]\n\n[strategy]'
)


@pytest.fixture
def own(notes: Project) -> Project:
    """The example, with a function that moves its schema."""
    for release, statements in (("old", FIRST), ("new", FIRST + PINNED + DROPPED)):
        shutil.rmtree(notes.folder / release / "migrations")
        (notes.folder / release / "alembic.ini").unlink()
        notes.write(f"{release}/schema.py", SCHEMA.format(statements=statements))
    notes.replace("rolldeploy.toml", "[strategy]", SETTINGS)
    return notes


def test_the_steps_are_those_that_only_the_new_release_lists(own: Project) -> None:
    run = own.run("-v", "-rs")
    run.assert_says(
        "1 pinned  ",
        "2 no-body  ",
        "a_note_is_kept[pinned-old-warm] PASSED",
        "a_note_is_kept[no-body-old-warm] FAILED",
        "why        no-body dropped column notes.body",
        "torn-migration[pinned] PASSED",
    )


def test_a_function_is_killed_between_what_it_commits(own: Project) -> None:
    code = SCHEMA.format(statements=FIRST + PINNED).replace("async with connection.transaction()", "if True")
    own.write("new/schema.py", code)
    run = own.run("-v")
    assert run.outcomes["test_notes.py::torn-migration[pinned]"] == "FAILED"
    run.assert_says(
        "killed behind ALTER TABLE notes ADD pinned boolean NOT NULL DEFAULT false, it cannot be run again: "
        'DuplicateColumnError: column "pinned" of relation "notes" already exists',
        "the killed run had left: added column notes.pinned",
    )


def test_the_settings_may_name_the_steps(own: Project) -> None:
    own.write("new/schema.py", SCHEMA.format(statements=FIRST + PINNED + WRONG).replace("def steps()", "def known()"))
    init = "python -c 'import asyncio, schema; asyncio.run(schema.migrate(\\\"notes\\\"))'"
    own.replace("rolldeploy.toml", "[old]\n", f'[old]\ninit = ["{init}"]\n')
    own.replace("rolldeploy.toml", "version_table", 'steps = ["pinned", "wrong"]\nversion_table')
    run = own.run("-v")
    run.assert_says(
        "a_note_is_kept[pinned-old-warm] PASSED", 'UndefinedTableError: relation "nowhere" does not exist', "42P01"
    )


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            '"schema:migrate"',
            '"schema:move"',
            "schema:move cannot be had in {new}: AttributeError: module 'schema' has",
        ),
        ('"schema:migrate"', '"shema:migrate"', "ModuleNotFoundError: No module named 'shema'; correct python = under"),
        ("version_table", 'steps = ["pinned"]\nversion_table', "must say how the first database is made: add init ="),
    ],
    ids=["no function", "no module", "no first database"],
)
def test_what_cannot_be_run_is_told_before_anything_starts(
    own: Project, before: str, after: str, sentence: str
) -> None:
    own.replace("rolldeploy.toml", before, after)
    own.run().assert_refused(2, sentence.format(new=own.folder / "old"))


def test_steps_that_nobody_names_or_that_are_no_names_are_told(own: Project) -> None:
    for release in ("old", "new"):
        own.replace(f"{release}/schema.py", "def steps()", "def known()")
    own.run().assert_refused(2, "nobody says which steps schema:migrate knows", "list them beside it, by steps = [...]")
    for release in ("old", "new"):
        own.add(f"{release}/schema.py", "\n\nsteps = [1]\n")
    own.run().assert_refused(2, "TypeError: schema.steps is no list of different names, but [1]")
