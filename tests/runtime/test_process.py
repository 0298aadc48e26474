"""Child processes: they end as they should, and everything that they started ends with them."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from processes import pid_of

from harness.errors import HarnessError, ReleaseError
from harness.runtime.process import LOG_LINES, Processes, release_environment, tail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.runtime.process import Child
    from harness.runtime.reaper import Session

#: Short, and long enough for a signal's handler.
GRACE_S = 5.0
START = "import os, signal, subprocess, sys, time\n"
WAIT = "print('up', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def processes(reaper_session: Session) -> Iterator[Processes]:
    owned = Processes(reaper_session)
    yield owned
    owned.close()


@pytest.fixture
def start(processes: Processes, tmp_path: Path) -> Callable[[str], Child]:
    """Start a program, and wait until it says so."""

    def started(program: str) -> Child:
        child = processes.start(
            [sys.executable, "-c", START + program], cwd=tmp_path, env=dict(os.environ), log=tmp_path / "logs" / "a.log"
        )
        deadline = time.monotonic() + 10
        while "up" not in child.tail() and child.status is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return child

    return started


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_sigterm_is_honoured(start: Callable[[str], Child]) -> None:
    child = start(
        "def bye(*_):\n    print('goodbye', flush=True)\n    sys.exit(7)\nsignal.signal(signal.SIGTERM, bye)\n" + WAIT
    )
    assert child.stop(GRACE_S) is False
    assert child.status == 7
    assert child.tail(1) == ("goodbye",)


def test_sigkill_comes_after_the_grace_period(start: Callable[[str], Child]) -> None:
    child = start("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAIT)
    began = time.monotonic()
    assert child.stop(0.3) is True
    assert 0.3 <= time.monotonic() - began < GRACE_S
    assert child.status == -signal.SIGKILL


@pytest.mark.parametrize("leader_obeys", [True, False])
def test_grandchildren_die_too(start: Callable[[str], Child], leader_obeys: bool) -> None:
    obey = "" if leader_obeys else "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    child = start("print(subprocess.Popen(['sleep', '600']).pid, flush=True)\n" + obey + WAIT)
    grandchild = int(child.tail()[0])
    assert is_alive(grandchild)
    child.stop(0.3)
    deadline = time.monotonic() + GRACE_S
    while is_alive(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_grandchildren_of_one_that_ended_by_itself_die_too(start: Callable[[str], Child]) -> None:
    child = start("print(subprocess.Popen(['sleep', '600']).pid, flush=True)\nprint('up', flush=True)\nsys.exit(3)\n")
    child.popen.wait(10)
    grandchild = int(child.tail()[0])
    assert is_alive(grandchild)
    assert child.stop(0.0) is False
    assert child.status == 3
    deadline = time.monotonic() + GRACE_S
    while is_alive(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stopping_twice_is_harmless(start: Callable[[str], Child]) -> None:
    child = start(WAIT)
    assert child.stop(GRACE_S) is False
    assert child.stop(GRACE_S) is False


def test_it_leads_a_group_and_reads_nothing(start: Callable[[str], Child]) -> None:
    child = start("print(repr(sys.stdin.read()), flush=True)\n" + WAIT)
    assert os.getpgid(pid_of(child)) == pid_of(child)
    assert child.tail() == ("''", "up")


def test_what_it_has_started_in_other_groups_is_killed_with_it(start: Callable[[str], Child]) -> None:
    """As ``timeout`` does, for what it runs."""
    below = "import time; time.sleep(600)"
    child = start(
        f"one = subprocess.Popen(['timeout', '300', sys.executable, '-c', {below!r}])\n"
        "time.sleep(0.3)\nprint(one.pid, flush=True)\n" + WAIT
    )
    one = psutil.Process(int(child.tail()[0]))
    others = [one.pid, *(process.pid for process in one.children())]
    assert len(others) == 2
    assert all(os.getpgid(pid) != pid_of(child) for pid in others)
    child.kill()
    child.stop(0.0)
    deadline = time.monotonic() + GRACE_S
    while any(map(is_alive, others)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_session_knows_what_runs(start: Callable[[str], Child], reaper_session: Session) -> None:
    child = start(WAIT)
    assert [getattr(resource, "pid", None) for resource in reaper_session.ledger.left()] == [pid_of(child)]
    child.stop(GRACE_S)
    assert reaper_session.ledger.left() == []


def test_nothing_starts_any_more_once_all_are_killed(start: Callable[[str], Child], processes: Processes) -> None:
    child = start(WAIT)
    processes.kill_all()
    assert child.popen.wait(GRACE_S) == -signal.SIGKILL
    with pytest.raises(HarnessError, match="is being ended"):
        start(WAIT)


def test_a_command_that_does_not_exist(processes: Processes, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no command 'gunicorm' .* looked in /nowhere/bin first; set python ="):
        processes.start("gunicorm a:b", cwd=tmp_path, env={"PATH": "/nowhere/bin"}, log=tmp_path / "a.log")


@pytest.mark.parametrize("command", ["", "serve 'unfinished"])
def test_a_command_line_that_is_none(processes: Processes, tmp_path: Path, command: str) -> None:
    with pytest.raises(ReleaseError):
        processes.start(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "a.log")


def test_logs_are_appended_and_their_ends_shown(processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    for word in ("first", "second"):
        child = processes.start(f"echo {word}", cwd=tmp_path, env=dict(os.environ), log=log)
        child.popen.wait(10)
        child.stop(0.0)
    assert tail(log) == ("first", "second")
    log.write_text("\n\n".join(f"line {number}" for number in range(100)) + "\n" + "x" * 100_000)
    assert tail(log)[:-1] == ()  # the last line alone is longer than what is read
    log.write_bytes(b"caf\xe9\n" + b"\n".join(b"line %d" % number for number in range(100)))
    assert tail(log) == tuple(f"line {number}" for number in range(100 - LOG_LINES, 100))
    assert tail(tmp_path / "none") == ()


def test_a_release_finds_its_own_code_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    monkeypatch.setenv("ROLLDEPLOY_POSTGRES_URL", "postgresql://u:secret@h/d")
    env = release_environment(tmp_path, "/venv/bin/python", {"NOTES": "1"})
    assert env["PYTHONPATH"].split(os.pathsep) == [str(tmp_path), str(tmp_path / "src"), "/elsewhere"]
    assert env["PATH"].split(os.pathsep)[0] == "/venv/bin"
    assert env["NOTES"] == "1"
    assert not {"PYTEST_ADDOPTS", "ROLLDEPLOY_POSTGRES_URL"} & set(env)
    assert release_environment(tmp_path, sys.executable, {"PATH": "/own"})["PATH"] == "/own"


def test_the_home_is_another_one_and_tools_find_again_what_they_keep_in_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, home = tmp_path / "user", tmp_path / "home"
    (user / ".cache" / "uv").mkdir(parents=True)
    (user / ".npm").mkdir()
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user / ".config"))
    monkeypatch.setenv("npm_config_cache", "/elsewhere")
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    env = release_environment(tmp_path, sys.executable, {}, home)
    assert env["HOME"] == str(home)
    assert env["UV_CACHE_DIR"] == str(user / ".cache" / "uv")
    assert env["npm_config_cache"] == "/elsewhere", "what is said stays said"
    assert "PIP_CACHE_DIR" not in env, "there is none"
    assert "XDG_CONFIG_HOME" not in env


def test_a_home_among_the_releases_own_variables_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    env = release_environment(tmp_path, sys.executable, {"HOME": "/own"}, tmp_path)
    assert (env["HOME"], env["XDG_CONFIG_HOME"]) == ("/own", "/config")
