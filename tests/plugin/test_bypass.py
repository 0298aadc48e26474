"""An old release that minds the schema when it starts, and the variable with which it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugin.projects import Project

#: Alembic refuses a database at a revision that this release does not know.
BOOT = '''
"""Migrates at each start, as many images do."""
import os, subprocess, sys

if os.environ.get("MIGRATE_AT_START", "1") == "1":
    sys.exit(subprocess.call([sys.executable, "-m", "alembic", "upgrade", "head"]))
'''


def test_its_own_bypass_is_tried_in_cells_of_its_own(notes: Project) -> None:
    notes.write("old/boot.py", BOOT)
    notes.replace("rolldeploy.toml", "[old]\n", '[old]\nboot = "python boot.py"\nbypass = { MIGRATE_AT_START = "0" }\n')
    run = notes.run("-v")
    run.assert_says(
        "a_note_is_kept[0002_add_pinned-old-boot] FAILED",
        "a_note_is_kept[0002_add_pinned-old-bypass] PASSED",
        "a_note_is_kept[base-old-bypass] PASSED",
        "restart     old replicas cannot restart from 0002_add_pinned on",
        "but they can from every step with the variables of bypass set, see old-bypass",
    )


def test_a_bypass_of_the_new_release_is_one_sentence(notes: Project) -> None:
    notes.replace("rolldeploy.toml", "[new]\n", '[new]\nbypass = { MIGRATE_AT_START = "0" }\n')
    notes.run().assert_says("new.bypass: it is the old release's start that is tried with other variables")
