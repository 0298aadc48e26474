"""A migration that forgets the rights of a restricted role: seen where replicas act as one, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugin.projects import Project, Run

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
STEP = "0002_add_pinned"

#: Rewrites the table under its own name, as a change of many rows is often made.
SWAP = """    op.execute("CREATE TABLE copied (LIKE notes INCLUDING ALL)")
    op.execute("INSERT INTO copied SELECT * FROM notes")
    op.execute("ALTER SEQUENCE notes_id_seq OWNED BY copied.id")
    op.execute("DROP TABLE notes")
    op.execute("ALTER TABLE copied RENAME TO notes")
"""
GRANT = """    op.execute(f"GRANT SELECT, INSERT ON notes TO {os.environ['APP_ROLE']}")
"""
OPEN = """    op.execute("ALTER TABLE notes ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY visible ON notes USING (true)")
"""
NARROW = """    op.execute("ALTER TABLE notes ALTER pinned SET DEFAULT true")
    op.execute("DROP POLICY visible ON notes")
    op.execute("CREATE POLICY visible ON notes USING (pinned) WITH CHECK (true)")
"""
MIGRATION = "new/migrations/versions/0002_add_pinned.py"


def set_role(project: Project, role: str) -> None:
    project.add("rolldeploy.toml", f'\n[database]\napp_role = "{role}"\n')


def expect_scan(project: Project) -> None:
    """The copy reads the whole table, and whoever writes or reads it waits: another finding, and a true one."""
    project.add("rolldeploy.toml", '\n[expect."0002"]\nfull-scan = "the table is copied"\n')


def cells(run: Run) -> dict[str, str]:
    return {name.partition("[")[2].rstrip("]"): outcome for name, outcome in run.outcomes.items()}


def test_a_table_that_is_swapped_loses_the_rights_of_a_restricted_role(notes: Project) -> None:
    notes.add(MIGRATION, SWAP)
    set_role(notes, "restricted")
    run = notes.run("-v")
    assert run.status == FAILED
    found = cells(run)
    assert found[f"{STEP}-old-warm"] == found[f"{STEP}-old-cold"] == "FAILED"
    assert found["rollout-new-control"] == "PASSED", "the new release has no bug of its own"
    run.assert_says(
        "PostgreSQL 42501: permission denied for table notes",
        f"why {STEP} made table notes anew, and rd_",
        "_app lost DELETE, INSERT, SELECT, UPDATE",
        "instead grant the application's role what it needs on table notes in the same migration",
    )


def test_the_owner_of_the_tables_sees_nothing_of_it(notes: Project) -> None:
    notes.add(MIGRATION, SWAP)
    expect_scan(notes)
    run = notes.run("-v")
    assert run.status == PASSED
    assert cells(run)[f"{STEP}-old-warm"] == "PASSED"


def test_a_migration_that_grants_to_the_role_keeps_it_serving(notes: Project) -> None:
    notes.replace("rolldeploy.toml", "env = {", 'env = { APP_ROLE = "{app_role}",')
    notes.replace(MIGRATION, "from alembic", "import os\n\nfrom alembic")
    notes.add(MIGRATION, SWAP + GRANT)
    set_role(notes, "restricted:notes_app")
    expect_scan(notes)
    run = notes.run("-v")
    assert run.status == PASSED
    assert cells(run)[f"{STEP}-old-warm"] == "PASSED"


def narrow_policy(project: Project) -> None:
    for release in ("old", "new"):
        project.add(f"{release}/migrations/versions/0001_notes.py", OPEN)
    project.add(MIGRATION, NARROW)


def test_rows_vanish_behind_a_narrower_policy_for_a_restricted_role(notes: Project) -> None:
    narrow_policy(notes)
    set_role(notes, "restricted")
    run = notes.run("-v")
    assert run.status == FAILED
    assert cells(run)[f"{STEP}-old-warm"] == "FAILED"
    run.assert_says("dropped policy notes.visible", "added policy notes.visible")


def test_the_owner_of_the_tables_sees_all_rows_all_the_same(notes: Project) -> None:
    narrow_policy(notes)
    run = notes.run("-v")
    assert run.status == PASSED
    assert cells(run)[f"{STEP}-old-warm"] == "PASSED"
