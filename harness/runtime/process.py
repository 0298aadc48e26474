"""Child processes: a group of their own, a log file of their own, a promised end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import psutil

from harness.errors import HarnessError
from harness.runtime.programs import find_program
from harness.runtime.reaper import ProcessGroup
from harness.runtime.waiting import await_true

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.runtime.reaper import Resource, Session

#: Lines of a log that a failure shows: enough for a traceback's end and the sentence below it.
LOG_LINES = 12
#: A line longer than this says nothing more to a reader.
_LINE_LENGTH = 300
#: What programs colour their lines with (ECMA-48, SGR).
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
#: Read from the end of a log file.
_TAIL_BYTES = 32_768
#: After SIGKILL the kernel needs no longer than this.
_KILL_TIMEOUT_S = 10.0
#: Variables that would carry the test run's own settings into an application.
_PRIVATE = ("PYTEST_", "COV_CORE_", "ROLLDEPLOY_")
#: Lead back to the user's own home (XDG Base Directory Specification).
_XDG = frozenset({"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"})
#: What tools keep in the user's home, and by which variable each finds it elsewhere: caches, interpreters and packages,
#: without which it would download them for each replica, and git's settings. No application keeps anything there.
_TOOLS = {
    "CARGO_HOME": ".cargo",
    "COREPACK_HOME": ".cache/node/corepack",
    "GEM_SPEC_CACHE": ".gem/specs",
    "GIT_CONFIG_GLOBAL": ".gitconfig",
    "NVM_DIR": ".nvm",
    "PIP_CACHE_DIR": ".cache/pip",
    "POETRY_CACHE_DIR": ".cache/pypoetry",
    "PYENV_ROOT": ".pyenv",
    "PYTHONUSERBASE": ".local",
    "RUSTUP_HOME": ".rustup",
    "UV_CACHE_DIR": ".cache/uv",
    "UV_PYTHON_INSTALL_DIR": ".local/share/uv/python",
    "WORKON_HOME": ".local/share/virtualenvs",
    "npm_config_cache": ".npm",
}


class Handle(Protocol):
    """What runs and ends, as ``subprocess.Popen`` shows it: a process with a group of its own, or a container."""

    def poll(self) -> int | None:
        """Exit status, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end; raises ``subprocess.TimeoutExpired``."""

    def terminate(self) -> None:
        """Sends it SIGTERM."""

    def kill(self) -> None:
        """SIGKILL to it and whatever it has started, without waiting; harmless when repeated."""


class _Leader(subprocess.Popen[bytes]):
    """A process that leads a group of its own."""

    def kill(self) -> None:
        """SIGKILL to the whole group, and to what it has started in others while it runs."""
        kill_group(self.pid, runs=self.poll() is None)


class Child:
    """A running child process.

    Args:
        popen: What was started.
        log: Where its output goes.
        gone: Called once it has been stopped.
    """

    def __init__(self, popen: Handle, log: Path, gone: Callable[[Child], None]) -> None:
        self.popen = popen
        self.log = log
        self._gone = gone
        self._told = False

    @property
    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self.popen.poll()

    def tell_to_stop(self) -> None:
        """SIGTERM to the process, once."""
        if not self._told and self.status is None:
            self._told = True
            self.popen.terminate()

    def stop(self, grace_s: float) -> bool:
        """SIGTERM to the process, and SIGKILL to its whole group when the grace period is over.

        As in a container, the main process gets the signal and everything else dies with it.

        Returns:
            Whether it had to be killed.
        """
        killed = False
        if self.status is None:
            self.tell_to_stop()
            killed = not await_true(lambda: self.status is not None, timeout_s=grace_s)
        self.popen.kill()
        self.popen.wait(_KILL_TIMEOUT_S)
        self._gone(self)
        return killed

    def kill(self) -> None:
        """SIGKILL to its whole group, without waiting."""
        self.popen.kill()

    def tail(self, lines: int = LOG_LINES, begin: int = 0) -> tuple[str, ...]:
        """The last lines of its log, from a byte on."""
        return tail(self.log, lines, begin)


class Processes:
    """Owns every child process of a rehearsal.

    Args:
        session: Told of each of them, in case that nobody is left to stop it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._lock = threading.Lock()
        self._children: dict[Child, Resource] = {}
        self._closed = False

    def start(
        self,
        command: str | list[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        pass_fds: tuple[int, ...] = (),
        errors: Path | None = None,
    ) -> Child:
        """Starts a command without a shell.

        Args:
            command: A command line, split as a shell would, or its words.
            cwd: Working directory.
            env: The whole environment; its ``PATH`` is searched for the command.
            log: File that gets standard output and error, appended.
            pass_fds: File descriptors that it inherits.
            errors: File that gets standard error instead.

        Raises:
            ReleaseError: There is no such command.
            HarnessError: The rehearsal is being ended.
        """
        words = find_program(command, env)
        log.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, log.open("ab") as output, (errors or log).open("ab") as errors_output:
            if self._closed:
                raise HarnessError("the rehearsal is being ended: nothing is started any more")
            popen = _Leader(
                words,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors_output,
                start_new_session=True,
                pass_fds=pass_fds,
            )
            return self._own(popen, log, group_of(popen.pid))

    def adopt(self, process: Handle, log: Path, resource: Resource) -> Child:
        """Takes what somebody else has started.

        Args:
            process: What runs.
            log: Where its output goes.
            resource: What is to be ended where nobody is left to stop it.

        Raises:
            HarnessError: The rehearsal is being ended.
        """
        with self._lock:
            child = self._own(process, log, resource)
            if self._closed:
                child.kill()
                raise HarnessError("the rehearsal is being ended: nothing is started any more")
        return child

    def _own(self, process: Handle, log: Path, resource: Resource) -> Child:
        child = Child(process, log, self._forget)
        self._children[child] = resource
        self.session.record(resource)
        return child

    def kill_all(self) -> None:
        """Ends everything at once and lets nothing more start; whoever waits for a child sees it end."""
        with self._lock:
            self._closed = True
            for child in self._children:
                child.kill()

    def close(self) -> None:
        """Stops what is left."""
        self.kill_all()
        for child in list(self._children):
            child.stop(0.0)

    def _forget(self, child: Child) -> None:
        with self._lock:
            resource = self._children.pop(child, None)
        if resource is not None:
            self.session.forget(resource)


def group_of(pid: int) -> ProcessGroup:
    """The group that a process leads, which may have ended already."""
    try:
        return ProcessGroup(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return ProcessGroup(pid, 0.0)


def kill_group(pid: int, *, runs: bool) -> None:
    """SIGKILL to a process and all others of the group that it leads; harmless where they are gone.

    Args:
        pid: The leader's.
        runs: Whether it has not ended, so that the number is its own, and what it has started can be found in whatever
            group that is: ``timeout`` makes one.
    """
    started: list[psutil.Process] = []
    if runs:
        with contextlib.suppress(psutil.Error):
            started = psutil.Process(pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for process in started:
        with contextlib.suppress(psutil.Error):
            process.kill()


def release_environment(
    root: Path, python: str | None, own: Mapping[str, str], home: Path | None = None
) -> dict[str, str]:
    """The environment of a release's processes.

    Its code comes first on ``PYTHONPATH``: where the application is also installed (``pip install -e .``), the old
    release would otherwise import the new one's code, and every verdict would be about the wrong release.

    Args:
        root: The release's source.
        python: Its interpreter; None is the one that runs this.
        own: Its own variables, filled in.
        home: Its home; None leaves it that of the user, as a ``HOME`` among its own variables does.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_PRIVATE)}
    if home is not None and "HOME" not in own:
        inherited = _move_home(inherited, home)
    interpreter = Path(python or sys.executable)
    paths = [str(root)] + ([str(root / "src")] if (root / "src").is_dir() else [])
    return {
        **inherited,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join([*paths, *filter(None, [inherited.get("PYTHONPATH")])]),
        "PATH": os.pathsep.join([str(interpreter.parent), inherited.get("PATH", os.defpath)]),
        **own,
    }


def _move_home(env: Mapping[str, str], home: Path) -> dict[str, str]:
    """An environment with another home, in which tools find again what they keep in the user's."""
    kept = {variable: Path.home() / below for variable, below in _TOOLS.items()}
    found = {variable: str(path) for variable, path in kept.items() if path.exists()}
    inherited = {key: value for key, value in env.items() if key not in _XDG}
    return {**found, **inherited, "HOME": str(home)}


def tail(path: Path, lines: int = LOG_LINES, begin: int = 0) -> tuple[str, ...]:
    """The last lines of a file, from a byte on, blank ones left out; nothing where there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(begin, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    kept = [line.rstrip()[:_LINE_LENGTH] for line in _COLOUR.sub("", text).splitlines() if line.strip()]
    return tuple(kept[-lines:])
