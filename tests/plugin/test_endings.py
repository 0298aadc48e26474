"""However pytest ends, nothing is left after a few seconds: no replica, no server, no folder, no worktree."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from repositories import commit_all, worktrees

from harness.runtime.reaper import PostgresCluster, ProcessGroup, Worktree
from plugin.projects import Run

if TYPE_CHECKING:
    from pathlib import Path

    from plugin.projects import Project

INTERRUPTED = int(pytest.ExitCode.INTERRUPTED)
#: The watcher looks five times a second; PostgreSQL's immediate shutdown takes a moment.
SOON_S = 10.0

SLOW_STEP = """
def upgrade() -> None:
    print("in the middle", flush=True)
    op.execute("SELECT pg_sleep(600) WHERE right(current_database(), 4) = 'live'")  # the control run comes first
"""
#: Ignores SIGTERM, and leaves a child of its own behind.
STUBBORN = """
    import signal
    import subprocess

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["sleep", "600"])
"""


def make_slow(notes: Project) -> None:
    """The old release, stubborn and out of git; a migration that does not end."""
    notes.replace("old/app.py", 'if __name__ == "__main__":\n', f'if __name__ == "__main__":{STUBBORN}')
    # `git:REF` is the same folder at another commit, so the releases take turns in one folder.
    release = notes.folder / "release"
    (notes.folder / "old").rename(release)
    commit_all(notes.folder, "the old release")
    for path in sorted((notes.folder / "new").rglob("*.py")):
        target = release / path.relative_to(notes.folder / "new")
        target.write_text(path.read_text())
    notes.add("release/migrations/versions/0002_add_pinned.py", SLOW_STEP)
    (notes.folder / "test_notes.py").rename(release / "test_notes.py")
    settings = (notes.folder / "rolldeploy.toml").read_text()
    settings = settings.replace('source = "old"', 'source = "git:main"').replace('source = "new"', 'source = "."')
    settings = settings.replace("start_timeout_s = 20", "start_timeout_s = 20\ngrace_s = 0.5")
    (release / "rolldeploy.toml").write_text(settings)


def is_in_the_middle(notes: Project) -> bool:
    logs = notes.temporary.glob("rolldeploy-*/rehearsals/*/logs/new-migrator-live.log")
    return any("in the middle" in log.read_text() for log in logs)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name)
def test_nothing_is_left_in_the_middle_of_a_walk(notes: Project, sent: signal.Signals) -> None:
    make_slow(notes)
    with notes.start("release") as process:
        notes.await_true(
            "the migration is in the middle", lambda: is_in_the_middle(notes) or process.poll() is not None
        )
        assert process.poll() is None, process.communicate()[0]
        resources = notes.resources()
        assert {ProcessGroup, PostgresCluster, Worktree} <= {type(resource) for resource in resources}
        assert len(worktrees(notes.folder)) == 2
        process.send_signal(sent)
        run = Run.finish(process)
    assert run.status == (INTERRUPTED if sent is signal.SIGINT else -sent)
    notes.await_true("all is gone", lambda: not any(map(is_there, resources)), SOON_S)
    notes.await_true("the worktree is gone", lambda: len(worktrees(notes.folder)) == 1, SOON_S)
    notes.assert_nothing_left()
    if sent is signal.SIGINT:
        run.assert_says("KeyboardInterrupt")
        assert "INTERNALERROR" not in run.text


def test_ctrl_c_ends_a_journey_that_never_does(notes: Project) -> None:
    notes.write(
        "test_notes.py",
        "import pathlib\nimport time\n\nfrom harness import journey\n\n\n@journey\ndef stuck(client):\n"
        "    pathlib.Path('begun').touch()\n    while True:\n        time.sleep(0.1)\n    yield\n",
    )
    with notes.start() as process:
        begun = notes.folder / "begun"
        notes.await_true("the journey is under way", lambda: begun.exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
        process.send_signal(signal.SIGINT)
        run = Run.finish(process)
    assert run.status == INTERRUPTED
    notes.assert_nothing_left()


def is_there(resource: object) -> bool:
    paths: list[Path] = []
    match resource:
        case ProcessGroup(pid=pid):
            return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        case PostgresCluster(folder=folder):
            paths = [folder]
        case Worktree(path=path):
            paths = [path]
        case _:
            pass
    return any(path.exists() for path in paths)
