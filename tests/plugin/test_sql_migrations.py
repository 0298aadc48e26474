"""A whole rehearsal whose migrations are plain SQL files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugin.projects import Project

FIRST = "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL);\n"
PINNED = "ALTER TABLE notes ADD pinned boolean NOT NULL DEFAULT false; -- the new release writes it\n"
INDEX = "-- rolldeploy: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS notes_body ON notes (body);\n"
DROPPED = "ALTER TABLE notes DROP body;\n"


def test_each_file_that_only_the_new_release_has_is_a_step(notes: Project) -> None:
    for release in ("old", "new"):
        shutil.rmtree(notes.folder / release / "migrations")
        notes.write(f"{release}/sql/0001_notes.sql", FIRST)
    for name, text in (("0002_pinned", PINNED), ("0003_index", INDEX), ("0004_no_body", DROPPED)):
        notes.write(f"new/sql/{name}.sql", text)
    notes.replace("rolldeploy.toml", "[strategy]", '[migrations]\nsql = "sql"\n\n[strategy]')
    run = notes.run("-v")
    run.assert_says(
        "1 0002_pinned  ",
        "2 0003_index  ",
        "a_note_is_kept[0003_index-old-warm] PASSED",
        "torn-migration[0003_index] PASSED",
        "a_note_is_kept[0004_no_body-old-warm] FAILED",
        "why        0004_no_body dropped column notes.body",
    )
