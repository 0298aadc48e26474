"""Programs that need no interpreter of their own: forked from one that has imported their libraries.

An interpreter with Alembic, or with a framework and a driver, costs the better part of a second of a processor, a fork
some milliseconds; and a rehearsal needs dozens. Nothing of a release is imported before the fork, see
``fork_server.py``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import ReleaseError
from harness.runtime.process import Processes, group_of, kill_group
from harness.runtime.waiting import await_true

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.process import Child
    from harness.runtime.reaper import Session
    from harness.runtime.workplace import Workplace

#: Libraries of macOS that a driver uses end a process that was forked and did not start a program (fork(2) there).
_MAY_FORK = sys.platform != "darwin"
#: Runs in the release's environment; never imported here.
_SERVER = Path(__file__).with_name("fork_server.py")
#: Imports take a second; on a machine that needs longer than this, a fork is not worth waiting for.
_ANSWER_TIMEOUT_S = 30.0
#: An interpreter that has nothing to do but end.
_GRACE_S = 2.0
#: A session of pytest needs one or two; where every rehearsal has an environment of its own, the eldest has to go.
_MOST_INTERPRETERS = 6
#: Status of a process of which nobody can tell any more how it ended.
_UNKNOWN = -signal.SIGKILL


class Forked:
    """A process that is the child of another one, as ``subprocess.Popen`` shows its own.

    Args:
        pid: Its process id, which is its group's too.
        parent: Knows how it ends.
    """

    def __init__(self, pid: int, parent: _Interpreter) -> None:
        self.pid = pid
        self._parent = parent
        self._status: int | None = None

    def poll(self) -> int | None:
        """Exit status, or None while it runs."""
        if self._status is None:
            self._status = self._parent.poll(self.pid)
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end.

        Raises:
            subprocess.TimeoutExpired: It goes on running.
        """
        await_true(lambda: self.poll() is not None, timeout_s=float("inf") if timeout is None else timeout)
        if self._status is None:
            raise subprocess.TimeoutExpired(str(_SERVER), timeout or 0.0)
        return self._status

    def terminate(self) -> None:
        """Sends it SIGTERM."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to it and its group."""
        kill_group(self.pid, runs=False)  # without its parent nobody keeps the number for it


class _Interpreter:
    """One interpreter that forks; whoever asks, one question is answered at a time.

    Args:
        python: Which one.
        preload: What it imports.
        env: Its environment.
        processes: Owns it.
        log: Gets what it says.
    """

    def __init__(
        self, python: str, preload: tuple[str, ...], env: Mapping[str, str], processes: Processes, log: Path
    ) -> None:
        self._lock = threading.Lock()
        self._channel, theirs = socket.socketpair()
        self._channel.settimeout(_ANSWER_TIMEOUT_S)
        with theirs:
            command = [python, str(_SERVER), str(theirs.fileno()), *preload]
            self._child = processes.start(command, cwd=Path("/"), env=env, log=log, pass_fds=(theirs.fileno(),))

    def fork(self, request: dict[str, Any], descriptors: list[int]) -> Forked | None:
        """A child, or None where it would not be what an interpreter of its own is.

        Raises:
            ReleaseError: It lacks a module.
        """
        answer = self._ask({"do": "fork", **request}, descriptors)
        for module, why in answer.get("missing", {}).items():
            raise ReleaseError(
                f"preload names '{module}', which cannot be imported in the release's environment: "
                f"{' '.join(why.split())}; it is for libraries alone, correct it in the settings"
            )
        return Forked(answer["pid"], self) if answer.get("pid") else None

    def poll(self, pid: int) -> int | None:
        """Exit status of a child, or None while it runs."""
        answer = self._ask({"do": "poll", "pid": pid}, [])
        status: int | None = answer.get("status", _UNKNOWN)
        return status

    def close(self) -> None:
        """Ends it; its children end with whoever talks to them."""
        self._channel.close()
        self._child.stop(_GRACE_S)

    def _ask(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """The answer; an empty one where it has ended, or does not answer."""
        text = b""
        with self._lock:
            try:
                socket.send_fds(self._channel, [b"?"], descriptors)
                self._channel.sendall(json.dumps(request).encode() + b"\n")
                while not text.endswith(b"\n"):
                    chunk = self._channel.recv(65_536)
                    if not chunk:
                        return {}
                    text += chunk
            except OSError:
                self._channel.close()  # a late answer would be taken for that to the next question
                return {}
        answer: dict[str, Any] = json.loads(text)
        return answer


class Forks:
    """The interpreters that fork, one for each environment without what is set late.

    Args:
        session: Told of them; they go away with it at the latest.
    """

    def __init__(self, session: Session) -> None:
        self._folder = session.directory / "forks"
        self._processes = Processes(session)
        self._interpreters: dict[object, _Interpreter] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def fork(
        self, words: list[str], place: Workplace, pass_fds: tuple[int, ...] = (), errors: Path | None = None
    ) -> Child | None:
        """What ``python WORDS`` would be.

        Args:
            words: ``-m`` and a module, or a script; and arguments.
            place: Which interpreter, where, with what environment, and what it is to have imported.
            pass_fds: File descriptors that it inherits, under the same numbers.
            errors: File that gets standard error instead of the place's log.

        Returns:
            None where it has to be started by an interpreter of its own.

        Raises:
            ReleaseError: A module that must be there cannot be imported.
            HarnessError: The rehearsal is being ended.
        """
        if not _MAY_FORK:
            return None
        late = {"PYTHONPATH", *place.own}
        early = {name: value for name, value in place.env.items() if name not in late}
        request = {
            "words": words,
            "numbers": pass_fds,
            "strict": place.strict,
            "cwd": str(place.root),
            "path": place.env.get("PYTHONPATH", ""),
            "env": {name: value for name, value in place.env.items() if name in late},
        }
        place.log.parent.mkdir(parents=True, exist_ok=True)
        with place.log.open("ab") as output, (errors or place.log).open("ab") as wrong:
            interpreter = self._interpreter(place.python, place.preload, early)
            forked = interpreter.fork(request, [*pass_fds, output.fileno(), wrong.fileno()])
        return None if forked is None else place.processes.adopt(forked, place.log, group_of(forked.pid))

    def close(self) -> None:
        """Ends them."""
        for interpreter in self._interpreters.values():
            interpreter.close()
        self._interpreters.clear()
        self._processes.close()

    def _interpreter(self, python: str, preload: tuple[str, ...], env: Mapping[str, str]) -> _Interpreter:
        key = (python, preload, frozenset(env.items()))
        with self._lock:
            found = self._interpreters.pop(key, None)
            if found is None:
                if len(self._interpreters) == _MOST_INTERPRETERS:  # the one that was not asked for the longest
                    self._interpreters.pop(next(iter(self._interpreters))).close()
                log = self._folder / f"{next(self._numbers)}.log"
                found = _Interpreter(python, preload, env, self._processes, log)
            self._interpreters[key] = found
            return found
