"""What requests meet while a migration or a task runs, and at no other time, in whole rehearsals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from harness.report.document import CheckRecord
    from plugin.projects import Project

STEP = "0002_add_pinned"
#: Takes the table away for a moment, and puts it back as it was.
AWAY = """
    op.execute("COMMIT")
    op.execute("ALTER TABLE notes RENAME TO away")
    op.execute("COMMIT")
    op.execute("SELECT pg_sleep(1.0)")
    op.execute("ALTER TABLE away RENAME TO notes")
"""
TASK = '''
"""Writes what it read a second before."""
import os, time
import psycopg

url = os.environ["DATABASE_URL"].replace("+psycopg", "")
with psycopg.connect(url, autocommit=True) as connection:
    connection.execute("ALTER TABLE notes RENAME TO away")
    time.sleep(1.0)
    connection.execute("ALTER TABLE away RENAME TO notes")
    connection.execute("INSERT INTO notes (body) VALUES ('done')")
'''


def run_checks(project: Project) -> dict[tuple[str, str], CheckRecord]:
    project.run("-v", "--rolldeploy-report=out")
    (path,) = (project.folder / "out").glob(f"*/{REPORT_NAME}")
    return {(check.step, check.check): check for check in read_document(path).checks}


def test_what_is_gone_for_a_moment_fails_its_step_and_is_told_once(notes: Project) -> None:
    notes.add("new/migrations/versions/0002_add_pinned.py", AWAY)
    checks = run_checks(notes)
    assert checks[STEP, "failed-request"].result == "failed"
    headlines = {finding.headline for finding in checks[STEP, "failed-request"].findings}
    assert any("fails while the migration runs: POST /notes answered 500 (42P01)" in line for line in headlines)
    assert checks["rollout", "failed-request"].result == "passed"


def test_what_a_task_takes_away_for_a_moment_fails_it(notes: Project) -> None:
    notes.write("new/take.py", TASK)
    notes.add("rolldeploy.toml", '\n[[task]]\nname = "take"\ncommand = "python take.py"\nwhen = "mixed"\n')
    checks = run_checks(notes)
    headlines = {finding.headline for finding in checks["rollout", "one-off-task"].findings}
    assert any("fails while take runs: POST /notes answered 500 (42P01)" in line for line in headlines)
    assert checks[STEP, "failed-request"].result == "passed"
