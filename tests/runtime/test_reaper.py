"""Crashes for real: an owner is started, told to leave things behind, and killed; then nothing may be left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from harness.errors import HarnessError
from harness.runtime.reaper import (
    Container,
    Folder,
    Ledger,
    Network,
    ProcessGroup,
    Role,
    Session,
    Worker,
    Worktree,
    release,
    sweep_stale_sessions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = str(Path(__file__).resolve().parents[2])
DEADLINE_S = 15.0

# Leaves behind a process with a grandchild that ignores SIGTERM, a folder, a worktree and a database server; says what.
OWNER = """
import json, os, signal, subprocess, sys, tempfile, time
from pathlib import Path
from harness.runtime.reaper import *
from harness.runtime.postgres import acquire_server

ending, repository = sys.argv[1:]
# A shell's background job ignores SIGINT, and so do its children, unless they say otherwise.
signal.signal(signal.SIGINT, signal.SIG_DFL if ending == "dies of SIGINT" else signal.default_int_handler)
session = Session.create()
try:
    server = acquire_server("embedded", session=session)
    child = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait"], start_new_session=True,
                             stdout=subprocess.PIPE, text=True)
    session.record(ProcessGroup.of(child.pid))
    folder = Path(tempfile.mkdtemp())
    session.record(Folder(folder))
    tree = folder / "tree"
    session.record(Worktree(Path(repository), tree))
    subprocess.run(["git", "-C", repository, "worktree", "add", "--quiet", "--detach", str(tree)], check=True)
    clusters = [str(each.folder) for each in session.ledger.left() if type(each).__name__ == "PostgresCluster"]
    print(json.dumps({
        "pids": [child.pid, int(child.stdout.readline())],
        "watcher": int((session.directory / "watcher").read_text()),
        "folders": [str(session.directory), str(folder), *clusters],
        "port": server.port,
    }), flush=True)
    if ending != "ends":
        time.sleep(600)
except KeyboardInterrupt:
    pass
finally:
    session.release_all()
    child.wait()
    child.stdout.close()
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    where = tmp_path / "repository"
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "init", "--quiet", where], check=True)
    subprocess.run(["git", "-C", where, *identity, "commit", "--quiet", "--allow-empty", "-m", "first"], check=True)
    return where


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python programs as a shell starts its foreground job: in a process group of their own."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def read_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    line = process.stdout.readline()
    assert line, "the owner ended before it said anything"
    return json.loads(line)  # type: ignore[no-any-return]


def await_true(what: str, probe: Callable[[], bool]) -> float:
    start = time.monotonic()
    while not probe():
        assert time.monotonic() - start < DEADLINE_S, f"not within {DEADLINE_S} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - start


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def assert_nothing_left(left: dict[str, Any], repository: Path) -> None:
    for pid in [*left["pids"], left["watcher"]]:
        await_true(f"process {pid} is gone", lambda pid=pid: not alive(pid))  # type: ignore[misc]
    for folder in left["folders"]:
        await_true(f"{folder} is gone", lambda folder=folder: not Path(folder).exists())  # type: ignore[misc]
    port = f"-p {left['port']}"
    assert not [each.pid for each in psutil.process_iter(["cmdline"]) if port in " ".join(each.info["cmdline"] or [])]
    listed = subprocess.run(["git", "-C", repository, "worktree", "list"], capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 1, listed.stdout


@pytest.mark.parametrize(
    ("ending", "sent"),
    [
        ("is killed", signal.SIGKILL),
        ("dies of SIGINT", signal.SIGINT),
        ("cleans up on Ctrl-C", signal.SIGINT),
        ("ends", None),
    ],
)
def test_nothing_is_left(
    ending: str, sent: signal.Signals | None, repository: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    owner = start_python(OWNER, ending, repository)
    left = read_line(owner)
    if sent is not None:
        assert all(Path(folder).exists() for folder in left["folders"])
        assert all(alive(pid) for pid in left["pids"])
        os.killpg(owner.pid, sent)
    owner.wait(DEADLINE_S)
    assert_nothing_left(left, repository)


def test_a_dead_owner_counts_as_dead_while_nobody_has_waited_for_it(
    repository: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    owner = start_python(OWNER, "is killed", repository)
    left = read_line(owner)
    owner.kill()
    assert_nothing_left(left, repository)
    assert psutil.Process(owner.pid).status() == psutil.STATUS_ZOMBIE


def test_the_next_session_cleans_up_where_the_watcher_died_too(
    repository: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    owner = start_python(OWNER, "is killed", repository)
    left = read_line(owner)
    os.kill(left["watcher"], signal.SIGKILL)
    owner.kill()
    owner.wait()
    await_true("the watcher is dead", lambda: not alive(left["watcher"]))
    assert all(Path(folder).exists() for folder in left["folders"])
    Session.create().release_all()
    assert_nothing_left(left, repository)


def test_a_session_whose_watcher_lives_is_left_to_it(
    start_python: Callable[..., subprocess.Popen[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = start_python(
        "import json, time; from harness.runtime.reaper import *;"
        "session = Session.create(); session.watch();"
        "print(json.dumps({'directory': str(session.directory)}), flush=True); time.sleep(600)"
    )
    directory = Path(read_line(owner)["directory"])
    pid = int((directory / "watcher").read_text())

    def holds() -> bool:
        return any(each.path == str(directory / "watcher") for each in psutil.Process(pid).open_files())

    await_true("the watcher is at work", holds)
    named = json.loads((directory / "owner.json").read_text())
    (directory / "owner.json").write_text(json.dumps({**named, "create_time": named["create_time"] - 3600}))
    sweep_stale_sessions()
    assert directory.exists()
    owner.kill()
    await_true("the watcher knew the owner", lambda: not directory.exists())


def test_a_worker_goes_down_with_its_owner(start_python: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    owner = start_python(
        "import json, time; from harness.runtime.reaper import *; from pathlib import Path;"
        "session = Session.create(); session.watch();"
        "print(json.dumps({'directory': str(session.directory)}), flush=True); time.sleep(600)"
    )
    directory = read_line(owner)["directory"]
    worker = start_python(
        "import sys, time; from harness.runtime.reaper import *; from pathlib import Path;"
        "session = Session.open(sys.argv[1]); session.record(Folder(Path(sys.argv[2])));"
        "print('{}', flush=True); time.sleep(600)",
        directory,
        tmp_path / "folder",
    )
    (tmp_path / "folder").mkdir()
    read_line(worker)
    owner.kill()
    owner.wait()
    await_true("the worker is gone", lambda: worker.poll() is not None)
    await_true("its folder is gone", lambda: not (tmp_path / "folder").exists())
    await_true("the session is gone", lambda: not Path(directory).exists())


def test_a_session_that_records_nothing_starts_nothing() -> None:
    session = Session.create()
    before = psutil.Process().children()
    assert sorted(each.name for each in session.directory.iterdir()) == ["ledger", "owner.json"]
    assert session.directory.stat().st_mode & 0o777 == 0o700
    assert session.release_all() == []
    assert psutil.Process().children() == before
    assert not session.directory.exists()
    assert session.release_all() == []


def test_one_watcher_serves_all_processes_of_a_session(reaper_session: Session, tmp_path: Path) -> None:
    reaper_session.record(Folder(tmp_path / "a"))
    pid = int((reaper_session.directory / "watcher").read_text())
    Session.open(reaper_session.directory).record(Folder(tmp_path / "b"))
    assert int((reaper_session.directory / "watcher").read_text()) == pid
    assert alive(pid)


def test_the_watcher_ends_when_the_folder_goes_away(tmp_path: Path) -> None:
    session = Session.create()
    session.record(Folder(tmp_path / "a"))
    pid = int((session.directory / "watcher").read_text())
    await_true("the watcher runs our code", lambda: "harness.runtime.reaper" in psutil.Process(pid).cmdline())
    for each in session.directory.iterdir():
        each.unlink()
    session.directory.rmdir()
    await_true("the watcher is gone", lambda: not alive(pid))
    session.release_all()


def test_a_process_that_got_the_pid_of_a_dead_one_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        for kind in (ProcessGroup, Worker):
            release(kind(stranger.pid, psutil.Process(stranger.pid).create_time() - 60))
        assert stranger.poll() is None
        release(ProcessGroup.of(stranger.pid))
        assert stranger.wait() == -signal.SIGKILL


def test_a_group_outlives_its_leader_but_not_its_release() -> None:
    with subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo $!"], start_new_session=True, stdout=subprocess.PIPE, text=True
    ) as leader:
        group = ProcessGroup.of(leader.pid)
        assert leader.stdout
        orphan = int(leader.stdout.readline())
        leader.wait()
        assert alive(orphan)
        release(group)
        assert not alive(orphan)


def test_our_own_process_group_is_refused() -> None:
    with pytest.raises(HarnessError, match="does not lead a group of its own"):
        release(ProcessGroup(os.getpgrp(), 0.0))


def test_a_folder_without_write_permission_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").touch()
    (folder / "inner").chmod(0o500)
    folder.chmod(0o500)
    release(Folder(folder))
    assert not folder.exists()
    release(Folder(folder))


def test_a_worktree_goes_away_with_what_git_knows_of_it(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    subprocess.run(["git", "-C", repository, "worktree", "add", "--quiet", "--detach", tree], check=True)
    (tree / "untracked").touch()
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as inside a hook
    for _ in range(2):
        release(Worktree(repository, tree))
        assert not tree.exists()
        assert not (repository / ".git" / "worktrees").exists()


def test_what_is_left_comes_in_the_order_of_release(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.create()
    folder, inner, group, role = Folder(tmp_path), Folder(tmp_path / "x"), ProcessGroup(1, 2.5), Role("url", "r")
    for resource in (role, folder, group, inner):
        ledger.record(resource)
    assert ledger.left() == [group, role, inner, folder]
    ledger.forget(folder)
    ledger.forget(Folder(Path("/never/recorded")))
    assert ledger.left() == [group, role, inner]
    assert ledger.path.stat().st_mode & 0o777 == 0o600


def test_a_line_cut_short_by_a_death_spoils_no_other(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.create()
    ledger.record(Folder(Path("/a")))
    with ledger.path.open("a") as file:
        file.write('\n+{"kind": "Folder", "pa')
    ledger.record(Folder(Path("/b")))
    assert ledger.left() == [Folder(Path("/b")), Folder(Path("/a"))]


def test_processes_and_threads_share_a_ledger(
    tmp_path: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.create()
    program = (
        "import sys; from harness.runtime.reaper import *; from pathlib import Path;"
        "from concurrent.futures import ThreadPoolExecutor as Pool; ledger = Ledger(Path(sys.argv[1]));"
        "list(Pool(4).map(lambda i: ledger.record(Folder(Path(sys.argv[2], str(i)))), range(200)))"
    )
    writers = [start_python(program, ledger.path, name) for name in ("a", "b")]
    assert [writer.wait(DEADLINE_S) for writer in writers] == [0, 0]
    assert {str(each.path) for each in ledger.left() if isinstance(each, Folder)} == {
        f"{name}/{number}" for name in "ab" for number in range(200)
    }


def test_recording_after_the_end_is_an_error_that_says_so() -> None:
    session = Session.create()
    session.release_all()
    with pytest.raises(HarnessError, match="is gone while the session still runs"):
        session.record(Folder(Path("/a")))
    with pytest.raises(HarnessError, match="its owner has ended"):
        Session.open(session.directory)


def test_one_resource_that_resists_does_not_save_the_others(tmp_path: Path) -> None:
    session = Session.create()
    session.record(Folder(tmp_path / "folder"))
    (tmp_path / "folder").mkdir()
    session.record(Role("postgresql://postgres:secret@127.0.0.1:1/postgres", "r"))
    [failure] = session.release_all()
    assert "'r'" in failure
    assert "secret" not in failure
    assert not (tmp_path / "folder").exists()


def test_a_planted_ledger_is_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    temporary = tmp_path / "temporary"
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    planted = temporary / "rolldeploy-planted"
    planted.mkdir(parents=True, mode=0o755)
    (planted / "owner.json").write_text('{"pid": 999999999, "create_time": 0}')
    ledger = Ledger(planted / "ledger")
    ledger.create()
    ledger.record(Folder(victim))
    sweep_stale_sessions()
    assert victim.exists()
    planted.chmod(0o700)  # now it could be ours
    sweep_stale_sessions()
    assert not victim.exists()
    assert not planted.exists()


@pytest.mark.container
def test_a_container_goes_away_even_if_only_its_name_was_known(container_image: str, reaper_session: Session) -> None:
    name = reaper_session.directory.name
    reaper_session.record(Container(name))
    subprocess.run(
        ["docker", "run", "--detach", "--name", name, "--entrypoint", "sleep", container_image, "600"],
        check=True,
        capture_output=True,
    )
    reaper_session.release(Container(name))
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"name={name}"], capture_output=True, check=True
    )
    assert listed.stdout == b""
    release(Container(name))


@pytest.mark.container
def test_a_network_goes_away_whoever_is_on_it(container_image: str, reaper_session: Session) -> None:
    name = reaper_session.directory.name
    left: list[Network | Container] = [Network(name), Container(name)]
    for resource in left:
        reaper_session.record(resource)
    made = ["network", "create", name]
    sleeper = ["run", "--detach", "--name", name, "--network", name, "--entrypoint", "sleep", container_image, "600"]
    for command in (made, sleeper):
        subprocess.run(["docker", *command], check=True, capture_output=True)
    for resource in left:
        reaper_session.release(resource)
    listed = subprocess.run(
        ["docker", "network", "ls", "--quiet", "--filter", f"name={name}"], capture_output=True, check=True
    )
    assert listed.stdout == b""
    release(Network(name))
