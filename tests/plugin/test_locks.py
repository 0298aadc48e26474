"""How long a migration makes requests wait: whole rehearsals in which a lock is held, queued for, or given up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from harness.report.document import CheckRecord
    from plugin.projects import Project, Run

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
STEP = "0002_add_pinned"
ADD = "ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false"
MIGRATION = "new/migrations/versions/0002_add_pinned.py"
SLOW = '''
"""A slow step on the data."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("SELECT pg_sleep(1.5)")
'''
REPORT = "--rolldeploy-report=out"


def run_checks(project: Project) -> tuple[Run, dict[tuple[str, str], CheckRecord]]:
    run = project.run("-v", REPORT)
    (path,) = (project.folder / "out").glob(f"*/{REPORT_NAME}")
    return run, {(check.step, check.check): check for check in read_document(path).checks}


def failing(checks: dict[tuple[str, str], CheckRecord]) -> set[tuple[str, str]]:
    return {key for key, check in checks.items() if check.result == "failed"}


def test_a_lock_that_one_transaction_holds_over_a_slow_step_is_seen_as_deployed_alone(notes: Project) -> None:
    """Alembic's default: all pending revisions in one transaction. Step by step, nobody waits."""
    notes.write("new/migrations/versions/0003_slow.py", SLOW)
    run, checks = run_checks(notes)
    assert failing(checks) == {("rollout", "lock-wait")}
    (finding,) = checks["rollout", "lock-wait"].findings
    assert re.sub(r"up to \d+ ms", "up to N ms", finding.headline) == (
        f"requests waited up to N ms (budget 200 ms) for what is held by {ADD} (ACCESS EXCLUSIVE on notes)"
    )
    run.assert_says("in the same transaction ran SELECT pg_sleep(1.5)", "the second look shows it too")
    assert run.status == FAILED


def test_where_each_revision_has_a_transaction_nobody_waits(notes: Project) -> None:
    notes.write("new/migrations/versions/0003_slow.py", SLOW)
    notes.replace(
        "new/migrations/env.py", "connection=connection", "connection=connection, transaction_per_migration=True"
    )
    run, checks = run_checks(notes)
    assert failing(checks) == set()
    assert not any(check.findings for check in checks.values())
    assert run.status == PASSED


def test_the_queue_behind_a_long_transaction_is_told_to_its_head(notes: Project) -> None:
    notes.add("rolldeploy.toml", "\n[disturbances]\nlong_transaction_s = 1.5\n")
    run, checks = run_checks(notes)
    assert failing(checks) == {(STEP, "lock-wait")}
    (finding,) = checks[STEP, "lock-wait"].findings
    assert re.sub(r"up to \d+ ms", "up to N ms", finding.headline) == (
        f"requests waited up to N ms (budget 200 ms) for what is queued for by {ADD} (ACCESS EXCLUSIVE on notes), "
        "itself behind a transaction held open by the rehearsal (long_transaction_s)"
    )
    assert run.status == FAILED


def test_a_migration_that_gives_up_its_lock_and_is_run_again_makes_nobody_wait(notes: Project) -> None:
    notes.add("rolldeploy.toml", "\n[disturbances]\nlong_transaction_s = 1.5\n[checks]\nlock_wait_budget_ms = 600\n")
    notes.replace(MIGRATION, 'op.execute("ALTER', 'op.execute("SET lock_timeout = \'100ms\'")\n    op.execute("ALTER')
    run, checks = run_checks(notes)
    assert failing(checks) == set()
    assert not checks[STEP, "lock-wait"].findings
    events = next((notes.folder / "out").glob("*/events.ndjson")).read_text()
    (told,) = re.findall(r'"label":"0002_add_pinned".*"refused_after_ms":\[([\d.]+)\]', events)
    assert float(told) >= 100
    assert run.status == PASSED


def test_a_table_that_is_rewritten_is_told_however_small_it_is(notes: Project) -> None:
    notes.replace(MIGRATION, "DEFAULT false", "DEFAULT (random() < 0)")
    run, checks = run_checks(notes)
    assert failing(checks) == {(STEP, "table-rewrite")}
    run.assert_says(
        f"{STEP}, table-rewrite: every row of notes is written anew under ACCESS EXCLUSIVE: ALTER TABLE notes",
        "rows a second; it grows with the table",
        "page rolldeploy explain table-rewrite",
    )
    assert run.status == FAILED


def test_without_clients_waits_are_untested_and_all_else_is_seen(notes: Project) -> None:
    notes.replace(MIGRATION, "DEFAULT false", "DEFAULT (random() < 0)")
    notes.add("rolldeploy.toml", "\n[traffic]\nclients = 0\n")
    run, checks = run_checks(notes)
    assert failing(checks) == {(STEP, "table-rewrite")}
    assert {checks[step, "lock-wait"].status for step in (STEP, "rollout")} == {"untested"}
    run.assert_says("background traffic is turned off ([traffic] clients = 0)")
