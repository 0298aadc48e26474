"""One test session's folder: who owns it, what it has started, and the watcher that cleans up after a crash."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.errors import HarnessError
from harness.runtime.reaper.ledger import Ledger
from harness.runtime.reaper.release import release
from harness.runtime.reaper.resources import Worker, find_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.reaper.resources import Resource

PREFIX = "rolldeploy-"
# An xdist worker still writes its coverage data after its last test; one that needs longer than this hangs.
WORKER_GRACE_S = 5.0
# Between making its folder and writing who owns it a session needs milliseconds; after an hour it died there.
NAMELESS_AGE_S = 3600.0
# Another worker makes the folder meanwhile, which takes it milliseconds, and a sweep before it if somebody crashed.
JOIN_DEADLINE_S = 30.0
JOIN_POLL_S = 0.005


class Session:
    """The folder of one pytest session, shared by its xdist workers.

    Use `Session.create` in the process that owns the session and `Session.open` in its workers.

    Args:
        directory: the session's folder.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ledger = Ledger(directory / "ledger")
        self._watcher: int | None = None
        self._watched = False

    @classmethod
    def create(cls, owner_pid: int | None = None) -> Session:
        """Make a session's folder; what sessions that crashed left behind is released first.

        Args:
            owner_pid: the process whose end is the session's end; the calling one by default.
        """
        sweep_stale_sessions()
        return cls._furnish(Path(tempfile.mkdtemp(prefix=PREFIX)), os.getpid() if owner_pid is None else owner_pid)

    @classmethod
    def join(cls, path: str | os.PathLike[str], owner_pid: int) -> Session:
        """Join a session at a path that its owner has chosen; the first worker that needs it makes the folder.

        So a run that never rehearses anything never makes one.

        Args:
            path: the session's folder, in the system's folder for temporary files.
            owner_pid: the process whose end is the session's end.

        Raises:
            HarnessError: another worker has begun to make it and has not ended.
        """
        directory = Path(path)
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            deadline = time.monotonic() + JOIN_DEADLINE_S
            while read_owner(directory) is None and time.monotonic() < deadline:
                time.sleep(JOIN_POLL_S)
        else:
            sweep_stale_sessions()
            cls._furnish(directory, owner_pid)
        return cls.open(directory)

    @classmethod
    def _furnish(cls, directory: Path, owner_pid: int) -> Session:
        owner = Worker.of(owner_pid)
        session = cls(directory)
        session.ledger.create()
        draft = session.directory / "owner.tmp"
        draft.write_text(json.dumps({"pid": owner.pid, "create_time": owner.create_time}), encoding="utf-8")
        draft.rename(session.directory / "owner.json")
        return session

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Session:
        """Join a session that another process created.

        A worker goes down with its owner: once the owner is dead, nobody would clean up after the worker.

        Args:
            path: the session's folder.

        Raises:
            HarnessError: no session is there.
        """
        session = cls(Path(path))
        owner = read_owner(session.directory)
        if owner is None:
            raise HarnessError(f"no session in {path}; its owner has ended, so run pytest again")
        if os.getpid() != owner.pid:
            session.record(Worker.of(os.getpid()))
        return session

    def record(self, resource: Resource) -> None:
        """Put a resource into the net, before it comes into being or right after.

        Raises:
            HarnessError: the session has ended and its folder is gone.
        """
        self.ledger.record(resource)
        if not isinstance(resource, Worker):
            self.watch()

    def forget(self, resource: Resource) -> None:
        """Take out of the net what is gone.

        Raises:
            HarnessError: the session has ended and its folder is gone.
        """
        self.ledger.forget(resource)

    def release(self, resource: Resource) -> None:
        """End a resource and take it out of the net; one that is gone already is fine."""
        release(resource)
        self.forget(resource)

    def watch(self) -> None:
        """Start the watcher, unless some process of this session has done so."""
        if self._watched:
            return
        self._watched = True
        try:
            descriptor = os.open(self.directory / "watcher", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return
        self._watcher = _start_watcher(self.directory)
        os.write(descriptor, str(self._watcher).encode())
        os.close(descriptor)

    def release_all(self) -> list[str]:
        """Release what is left and remove the folder; called by the owner at the end, and harmless when repeated.

        Returns:
            One sentence for each resource that could not be released.
        """
        failures = release_directory(self.directory, worker_grace_s=WORKER_GRACE_S)
        if self._watcher is not None:
            # Our own child, not yet waited for, so the pid is still its own; there is nothing left to watch.
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._watcher, signal.SIGKILL)
                os.waitpid(self._watcher, 0)
            self._watcher = None
        return failures


def read_owner(directory: Path) -> Worker | None:
    """Read who owns a session's folder; None where nobody is named."""
    try:
        return Worker(**json.loads((directory / "owner.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def release_directory(directory: Path, *, worker_grace_s: float = 0.0, wait: bool = True) -> list[str]:
    """Release all that a session's ledger names, and remove the session's folder.

    Args:
        directory: the session's folder.
        worker_grace_s: how long, in seconds, workers may take to end by themselves.
        wait: wait for another process that is releasing the same folder, instead of leaving it to that one.

    Returns:
        One sentence for each resource that could not be released.
    """
    failures = []
    with _only_one(directory, wait=wait) as chosen:
        if not chosen:
            return []
        for resource in Ledger(directory / "ledger").left():
            try:
                if isinstance(resource, Worker):
                    _await_end(resource, worker_grace_s)
                release(resource)
            except Exception as error:  # noqa: BLE001 - one resource that resists must not save the others
                failures.append(f"{resource} could not be released: {error}")
        shutil.rmtree(directory, ignore_errors=True)
    return failures


def sweep_stale_sessions() -> list[str]:
    """Release what is left of sessions whose owner and watcher both died.

    Returns:
        One sentence for each resource that could not be released.
    """
    failures = []
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            status = directory.lstat()
            # The temporary folder is open to all: a ledger that somebody else planted would have us delete anything.
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
                continue
            owner = read_owner(directory)
            nameless = owner is None and (directory / "ledger").exists() and _age_s(status) > NAMELESS_AGE_S
            dead = owner is not None and find_process(owner.pid, owner.create_time) is None
            # A watcher that lives knows better: a clock that was set makes owners look like somebody else.
            if (dead or nameless) and not _has_watcher(directory):
                failures += release_directory(directory, wait=False)
    return failures


def hold_watch(directory: Path) -> int:
    """Tell sweeps that a watcher is at work, for as long as the returned file descriptor is open."""
    descriptor = os.open(directory / "watcher", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _has_watcher(directory: Path) -> bool:
    try:
        descriptor = os.open(directory / "watcher", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _age_s(status: os.stat_result) -> float:
    return time.time() - status.st_mtime


@contextlib.contextmanager
def _only_one(directory: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock on a session's release; says whether this process is the one to do it."""
    try:
        descriptor = os.open(directory / "release.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:
        yield False  # released already
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield directory.exists()
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _await_end(worker: Worker, grace_s: float) -> None:
    process = find_process(worker.pid, worker.create_time)
    if process is not None and grace_s:
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(grace_s)


def _start_watcher(directory: Path) -> int:
    """Start the watcher in a session of its own, so that neither Ctrl-C nor the terminal's end reaches it.

    `posix_spawn` and not `Popen`: the watcher may outlive the worker that happened to start it, and `Popen` warns then.
    """
    root = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "harness.runtime.reaper", str(directory)],
            {**os.environ, "PYTHONPATH": path},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setsid=True,
        )
    except OSError as error:
        raise HarnessError(f"the watcher that cleans up after a crash does not start: {error}") from error
