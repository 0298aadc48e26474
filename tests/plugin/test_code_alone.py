"""Releases without a migration between them: their code is rehearsed all the same, and one that was forgotten shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugin.projects import Project, Run

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
MIGRATION = "new/migrations/versions/0002_add_pinned.py"


@pytest.fixture
def alone(notes: Project) -> Project:
    """Two releases of one code."""
    (notes.folder / MIGRATION).unlink()
    notes.write("new/app.py", (notes.folder / "old/app.py").read_text(encoding="utf-8"))
    return notes


def cells(run: Run) -> dict[str, str]:
    return {name.partition("::")[2]: outcome for name, outcome in run.outcomes.items()}


def test_what_the_code_alone_does_not_break_may_be_deployed(alone: Project) -> None:
    run = alone.run("-v", "-rs", "--rolldeploy-report=report")
    assert run.status == PASSED
    found = cells(run)
    rollout = [found[f"a_note_is_kept[rollout-{actor}]"] for actor in ("new-control", "mixed", "new", "roll-back")]
    assert rollout == ["PASSED"] * 4
    assert found["a_note_is_kept[rollout-old]"] == "SKIPPED"
    assert found["probe-under-lock[rollout]"] == "PASSED"
    assert not [name for name in found if name.startswith(("failed-migration", "lock-wait", "boot-"))]
    run.assert_says(
        "0 migrations",
        "deploy the code alone, for there is no migration",
        "roll back the old release works on what the new one wrote",
        "untested: no step comes before the code",
    )


def test_a_migration_that_was_forgotten_shows_where_the_new_release_is_alone(notes: Project) -> None:
    (notes.folder / MIGRATION).unlink()
    run = notes.run("-v")
    assert run.status == FAILED
    assert cells(run)["a_note_is_kept[rollout-new-control]"] == "FAILED"
    run.assert_says(
        'PostgreSQL 42703: column "pinned" does not exist',
        "why the new release has it neither from the old one nor by a migration of its own: one may be missing",
        "instead add the migration that the code needs",
        "deploy not as it is: there is no migration, and the new release fails on the schema that both have, see "
        "rollout-new-control; one may be missing",
    )


def test_what_the_new_code_writes_and_the_old_cannot_read(alone: Project) -> None:
    write = 'self.query(WRITE, given["body"])'
    alone.replace("new/app.py", write, 'self.query(WRITE, given["body"].upper())')
    alone.replace("new/app.py", "self.answer(200 if row else 404, row or {})", "self.answer(*shown(row))")
    alone.replace(
        "new/app.py",
        'if __name__ == "__main__":',
        "def shown(row):\n"
        '    return (200, {**row, "body": row["body"].lower()}) if row else (404, {})\n\n\n'
        'if __name__ == "__main__":',
    )
    run = alone.run("-v")
    assert run.status == FAILED
    found = cells(run)
    assert found["a_note_is_kept[rollout-new-control]"] == "PASSED"
    assert (found["a_note_is_kept[rollout-mixed]"], found["a_note_is_kept[rollout-new]"]) == ("FAILED", "PASSED")
    run.assert_says(
        "deploy not as it is: there is no migration, but the rollout of the code fails, see rollout-mixed",
        "roll back the old release does not work on what the new one wrote",
    )


@pytest.mark.parametrize("strategy", ['kind = "recreate"', 'kind = "blue-green"'])
def test_replicas_that_would_migrate_at_boot_have_nothing_to_do(alone: Project, strategy: str) -> None:
    alone.replace("rolldeploy.toml", "replicas = 1", f"replicas = 1\n{strategy}")
    alone.add("rolldeploy.toml", '\n[migrations]\nwhen = "at-boot"\n\n[traffic]\nclients = 0\n')
    run = alone.run("-rs")
    assert run.status == PASSED
    run.assert_says(
        "deploy the code alone, for there is no migration",
        "unseen lost-request, probe-under-lock: background traffic is turned off ([traffic] clients = 0)",
    )


def test_exploration_has_rollouts_to_look_at(alone: Project) -> None:
    run = alone.run("--rolldeploy-explore", "--rolldeploy-explore-max-examples=5", "-k", "explore")
    assert run.status == PASSED
    run.assert_says("found nothing")
