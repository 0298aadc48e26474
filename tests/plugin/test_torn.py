"""A migrator that is killed half-way and run again: whole rehearsals of migrations that bear it, and that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from harness.report.document import CheckRecord
    from plugin.projects import Project, Run

STEP = "0003_more"
HEAD = '''
"""More."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
'''
ALONE = HEAD + "    with op.get_context().autocommit_block():\n"
INDEX = "CREATE UNIQUE INDEX CONCURRENTLY {}notes_body ON notes (body)"


def torn(project: Project, migration: str) -> tuple[Run, CheckRecord]:
    project.write("new/migrations/versions/0003_more.py", migration)
    project.replace("rolldeploy.toml", "[strategy]\n", "[traffic]\nclients = 0\n[strategy]\n")
    run = project.run("-v", "--rolldeploy-report=out")
    (path,) = (project.folder / "out").glob(f"*/{REPORT_NAME}")
    checks = {(check.step, check.check): check for check in read_document(path).checks}
    assert checks["0002_add_pinned", "torn-migration"].status == "pass", "one transaction: nothing is left of it"
    return run, checks[STEP, "torn-migration"]


def test_what_commits_alone_and_cannot_be_run_again_is_told_with_what_stands_in_the_way(notes: Project) -> None:
    two = ALONE + "        op.execute('CREATE TABLE tags ()')\n        op.execute('CREATE TABLE marks ()')\n"
    run, check = torn(notes, two)
    (first,) = check.findings
    assert first.headline.startswith("killed behind CREATE TABLE tags (), it cannot be run again: DuplicateTable:")
    assert first.sqlstates == ("42P07",)
    assert first.details == ("the killed run had left: added table tags", "the same at 2 later points")
    run.assert_says("torn-migration[0003_more] FAILED")


def test_what_looks_first_is_run_again_without_harm(notes: Project) -> None:
    two = ALONE + "".join(f"        op.execute('CREATE TABLE IF NOT EXISTS {name} ()')\n" for name in ("tags", "marks"))
    _, check = torn(notes, two)
    assert check.status == "pass"


def test_rows_that_are_changed_twice_are_told(notes: Project) -> None:
    """The backfill commits by itself, and has no condition."""
    twice = ALONE + "        op.execute(\"UPDATE notes SET body = body || '!'\")\n"  # noqa: S608  a migration
    twice += "        op.execute('CREATE TABLE IF NOT EXISTS x ()')\n"
    _, check = torn(notes, twice)
    (finding,) = check.findings
    assert finding.headline == (
        "killed behind UPDATE notes SET body = body || '!' and run again, it leaves other rows in notes than without"
    )


def test_what_is_different_each_time_anyway_means_nothing(notes: Project) -> None:
    """Two columns that hold a moment and chance, and one statement that commits by itself."""
    columns = "ADD seen timestamptz DEFAULT clock_timestamp(), ADD luck float DEFAULT random()"
    volatile = HEAD + f"    op.execute('ALTER TABLE notes {columns}')\n"
    _, check = torn(notes, volatile)
    assert check.status == "pass"


def test_numbers_that_a_killed_transaction_took_mean_nothing(notes: Project) -> None:
    """A sequence is not rolled back, and the second run's rows would have other numbers; what is kept keeps its own."""
    insert = "INSERT INTO notes (body) SELECT '{0}' WHERE NOT EXISTS (SELECT FROM notes WHERE body = '{0}')"
    numbered = HEAD + f'    op.execute("{insert.format("one")}")\n'
    numbered += f'    with op.get_context().autocommit_block():\n        op.execute("{insert.format("two")}")\n'
    numbered += f'    op.execute("{insert.format("three")}")\n'
    _, check = torn(notes, numbered)
    assert check.status == "pass"


def test_numbers_that_a_second_run_skips_mean_nothing(notes: Project) -> None:
    """Rows that are there already use up numbers of the sequence."""
    seed = ALONE + "".join(
        f'        op.execute("{statement}")\n'
        for statement in (
            "CREATE TABLE IF NOT EXISTS tags (id serial PRIMARY KEY, name text UNIQUE)",
            "INSERT INTO tags (name) SELECT 'a' || n FROM generate_series(1, 5) n ON CONFLICT (name) DO NOTHING",
            "INSERT INTO tags (name) SELECT 'b' || n FROM generate_series(1, 5) n ON CONFLICT (name) DO NOTHING",
        )
    )
    _, check = torn(notes, seed)
    assert (check.status, check.findings) == ("pass", ())


def test_it_can_be_turned_off(notes: Project) -> None:
    notes.add("rolldeploy.toml", "[disturbances]\nkill_migrator = false\n")
    run = notes.run("-v", "-rs")
    run.assert_says("kill_migrator is turned off under [disturbances]")


def test_a_step_that_writes_nothing_but_its_version_is_torn_there(notes: Project) -> None:
    _, check = torn(notes, HEAD + "    op.execute('SELECT 1')\n")
    assert check.status == "pass"


def test_who_serves_has_to_live_with_what_is_left_between_two_statements(notes: Project) -> None:
    """The table has its name again in the end: before, behind, and after one statement, all is well."""
    apart = ALONE + "        op.execute('CREATE TABLE IF NOT EXISTS tags ()')\n"
    apart += "        op.execute('ALTER TABLE IF EXISTS notes RENAME TO moving')\n"
    apart += "        op.execute('ALTER TABLE IF EXISTS moving RENAME TO notes')\n"
    run, check = torn(notes, apart)
    (finding,) = check.findings
    assert finding.headline == (
        "killed behind ALTER TABLE IF EXISTS notes RENAME TO moving, old-torn has to serve on what is left, and "
        "a_note_is_kept fails: POST /notes answered 500"
    )
    assert finding.sqlstates == ("42P01",)
    assert "the killed run had left: renamed table notes to moving" in finding.details
    assert "the killed run had left: added table tags" in finding.details
    run.assert_says("torn-migration[0003_more] FAILED", "a_note_is_kept[0003_more-old-cold] PASSED")


def test_who_serves_has_to_live_with_what_is_left_behind_a_transaction_too(notes: Project) -> None:
    """What is before an autocommit block is committed by it."""
    apart = HEAD + "    op.execute('ALTER TABLE IF EXISTS notes RENAME TO moving')\n"
    apart += ALONE.removeprefix(HEAD) + "        op.execute('ALTER TABLE IF EXISTS moving RENAME TO notes')\n"
    _, check = torn(notes, apart)
    (finding,) = check.findings
    assert finding.headline.startswith(
        "killed behind ALTER TABLE IF EXISTS notes RENAME TO moving, old-torn has to serve"
    )
    assert finding.sqlstates == ("42P01",)


def test_an_index_that_a_failed_migration_leaves_invalid_is_told(notes: Project) -> None:
    """There are notes of the same text."""
    notes.write(
        "new/migrations/versions/0003_more.py",
        ALONE + f"        op.execute('{INDEX.format('IF NOT EXISTS ')}')\n",
    )
    run = notes.run("-v")
    run.assert_says(
        "left-behind[0003_more] FAILED",
        "0003_more leaves the index notes.notes_body INVALID",
        "0003_more fails, and what it committed before that stays: added index notes.notes_body",
    )
