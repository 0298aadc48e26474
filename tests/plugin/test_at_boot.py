"""New replicas that migrate when they boot: the first of them moves the schema, or is told that it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugin.projects import Project, Run

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
STEP = "0002_add_pinned"
MIGRATION = "new/migrations/versions/0002_add_pinned.py"
SLOW = """    op.execute("SELECT pg_sleep(1.5)")
"""
UPGRADE = "python -m alembic upgrade head"
LOCK = '        context.execute("SELECT pg_advisory_xact_lock(1)")\n'
SELF_MIGRATING = """if __name__ == "__main__":
    import subprocess

    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], check=True)
"""


def set_boot(project: Project, boot: str | None) -> None:
    if boot is not None:
        project.replace("rolldeploy.toml", "[new]", f'[new]\nboot = "{boot}"')
    project.add("rolldeploy.toml", '\n[migrations]\nwhen = "at-boot"\n')
    run = "        context.run_migrations()"
    project.replace("new/migrations/env.py", run, LOCK + run)


def cells(run: Run) -> dict[str, str]:
    return {name.partition("[")[2].rstrip("]"): outcome for name, outcome in run.outcomes.items()}


def test_the_first_new_replica_migrates_while_the_old_one_serves(notes: Project) -> None:
    set_boot(notes, UPGRADE)
    run = notes.run("-v", "-rs")
    assert run.status == PASSED
    found = cells(run)
    assert [found[f"rollout-{actor}"] for actor in ("mixed", "new", "roll-back")] == ["PASSED"] * 3
    assert found["rollout-old"] == "SKIPPED"
    assert found[f"{STEP}-old-warm"] == "PASSED"
    run.assert_says(
        "untested: the new replicas run the steps when they start",
        "deploy all steps at the start of the first new replicas",
    )


def test_a_step_that_breaks_the_old_release_breaks_it_when_the_new_one_boots(notes: Project) -> None:
    notes.add(MIGRATION, '    op.execute("ALTER TABLE notes RENAME body TO content")\n')
    notes.replace("new/app.py", "id, body,", "id, content AS body,")
    notes.replace("new/app.py", "INTO notes (body)", "INTO notes (content)")
    set_boot(notes, UPGRADE)
    run = notes.run("-v")
    assert run.status == FAILED
    assert cells(run)[f"{STEP}-old-warm"] == "FAILED"
    assert cells(run)["rollout-mixed"] == "XFAIL"


def test_replicas_that_migrate_beside_one_another_without_a_lock_are_found_out_each_time(notes: Project) -> None:
    set_boot(notes, UPGRADE)
    notes.replace("new/migrations/env.py", LOCK, "")
    run = notes.run("-v")
    assert "boot-race[rollout] FAILED" in run.text
    run.assert_says("1 of 2 new replicas that started at once did not become ready", "42701 column")


@pytest.mark.parametrize(
    ("boot", "told"),
    [
        (
            "python --version",
            "the first new replica's boot command left the schema at 0001; let it migrate, or correct",
        ),
        (None, 'the first new replica left the schema at 0001; add boot = "..." under [new], or correct when ='),
    ],
    ids=["a boot that does something else", "no boot"],
)
def test_new_replicas_that_do_not_migrate_are_told_so(notes: Project, boot: str | None, told: str) -> None:
    set_boot(notes, boot)
    run = notes.run("-v", "-rs")
    assert run.status == FAILED
    found = cells(run)
    assert found["rollout-mixed"] == "FAILED"
    assert found["rollout-new"] == found["rollout-roll-back"] == "SKIPPED"
    assert [cell for cell, outcome in found.items() if outcome == "FAILED"] == ["rollout-mixed"]
    run.assert_says(f"when = at-boot, but {told}", "skipped: the first new replicas did not move the schema in step ")


def test_an_application_that_migrates_itself_needs_no_boot_command(notes: Project) -> None:
    notes.replace("new/app.py", 'if __name__ == "__main__":\n', SELF_MIGRATING)
    set_boot(notes, None)
    run = notes.run("-v")
    assert run.status == PASSED
    found = cells(run)
    assert [found[f"rollout-{actor}"] for actor in ("mixed", "new", "roll-back")] == ["PASSED"] * 3


def test_replicas_that_boot_together_migrate_together(notes: Project) -> None:
    """Without a lock of their own both find the step undone, and the second fails at what the first has done."""
    # PostgreSQL would let one of them wait at the table; both have read the version by the time either is done.
    notes.replace(MIGRATION, '    op.execute("ALTER', SLOW + '    op.execute("ALTER')
    notes.replace("rolldeploy.toml", "replicas = 1", 'replicas = 2\nmax_surge = "100%"')
    set_boot(notes, UPGRADE)
    notes.replace("new/migrations/env.py", LOCK, "")
    run = notes.run("-v")
    assert run.status == FAILED
    assert cells(run)["rollout-mixed"] == "FAILED"
    run.assert_says("its boot command 'python -m alembic upgrade head' exited with status 1", "PostgreSQL 42701")


def test_where_a_command_runs_the_steps_nobody_asks_for_a_version(notes: Project) -> None:
    program = (
        "import os, sys, psycopg\n"
        "statements = {'0001': 'CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)',\n"
        "    '0002': 'ALTER TABLE notes ADD COLUMN IF NOT EXISTS pinned boolean NOT NULL DEFAULT false'}\n"
        "with psycopg.connect(os.environ['DATABASE_URL'].replace('+psycopg', '')) as connection:\n"
        "    for each in sys.argv[1:]:\n        connection.execute(statements[each])\n"
    )
    for release, steps in (("old", "0001"), ("new", "0001 0002")):
        notes.write(f"{release}/migrate.py", program)
        notes.replace("rolldeploy.toml", f"[{release}]", f'[{release}]\ninit = ["python migrate.py {steps}"]')
    set_boot(notes, "python migrate.py 0002")
    notes.add("rolldeploy.toml", 'steps = ["0002"]\ncommand = "python migrate.py {revision}"\n')
    run = notes.run("-v")
    assert run.status == PASSED
    assert cells(run)["rollout-mixed"] == "PASSED"
