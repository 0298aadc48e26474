"""Runs inside a release's own environment, by its own interpreter: answers what one kind of migrations is asked.

It is started as a script, or forked by ``fork_server.py``, and needs nothing there but what the kind itself needs; the
harness is not installed in that environment. Requests and answers are lines of JSON on two pipes of their own,
inherited or named, so that whatever the application prints goes to the log.

A kind is a file beside this one, with a function ``answer(request, options)`` whose result is sent back, and one
``rest()`` that is called behind each request; it may have one ``place(error)`` that tells which migration failed. Where
it has ``learn()`` and ``warm(learned, options)`` too, each request is answered by a fork, so that what one migration
leaves in the interpreter is not there for the next, as behind a command line; the process itself imports what the forks
would else import again and again. Where it has ``stop_at(stand)`` too, a request that says ``again`` is answered by a
fork that stops before it asks a database anything, and goes on from there by a fork of its own, for this request and
for each further one for the same revision.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.util
import json
import os
import select
import signal
import socket
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

#: How often a parent looks whether its fork is still there.
_LOOK_S = 0.05
#: Forks that have stopped, which are mostly shared memory; the eldest has to go.
_MOST_STOPPED = 12
#: So many came to no place where they might stop; the first of them may only have written what it compiled.
_MOST_MISSED = 3
#: Audit events (Python's library reference, "Audit events table") of what reaches beyond a process; reading is none.
_TOUCHES = (
    "ctypes.dlopen",
    "fcntl.",
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "shutil.",
    "socket.bind",
    "socket.connect",
    "socket.sendto",
    "sqlite3.connect",
    "subprocess.",
    "tempfile.",
    "urllib.",
)
#: Where drivers of PostgreSQL connect: those that do it in C.
_CONNECTS = (("psycopg", ""), ("psycopg", "Connection"), ("psycopg", "AsyncConnection"), ("psycopg2", ""))

if __name__ == "__main__":
    sys.path.pop(0)  # this script's own folder: its neighbours must not hide the application's modules


def main(options: dict[str, Any]) -> None:
    """Answers requests until the descriptor is closed.

    Args:
        options: The file of the kind, the two pipes by descriptor or by path, and what the kind wants to know.
    """
    requests = open(options["requests"], encoding="utf-8")  # noqa: PTH123, SIM115  until the end of the process
    answers = open(options["answers"], "w", encoding="utf-8")  # noqa: PTH123, SIM115  as above
    kind = _load(options["kind"])
    learn = getattr(kind, "learn", None)
    stopped = _Stopped()
    for line in requests:
        request = json.loads(line)
        answer = partial(_answer, kind, request, options, answers)
        if learn is None:
            answer()
        elif learn is list and request.get("again"):
            if stopped.ask(request, answer, kind.stop_at):
                error = {"type": "ProcessEnded", "message": "it was killed", "sqlstate": "", "killed": True}
                answers.write(json.dumps({"error": error}) + "\n")
                answers.flush()
        elif learned := _fork(answer, learn if request["do"] == "upgrade" else list):
            kind.warm(learned, options)
            learn = list  # what one migration has imported, the others do: it is looked for once


def _answer(kind: Any, request: dict[str, Any], options: dict[str, Any], answers: TextIO) -> None:
    try:
        answer = kind.answer(request, options)
    except BaseException as error:  # noqa: BLE001  SystemExit too: command lines of frameworks raise it
        traceback.print_exc()
        place = getattr(kind, "place", None)
        answer = {"error": {**_describe(error), "place": place(error) if place else ""}}
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        kind.rest()
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _fork(act: Callable[[], None], learn: Callable[[], list[str]]) -> list[str]:
    """Acts in a fork, and ends as it does if that is not well; returns what it has learned."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            act()
            os.write(writing, json.dumps(learn()).encode())
        except BaseException:  # noqa: BLE001  nothing may go on as if it were the parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    learned = b""
    ended = 0
    while True:  # what the migration has started may hold the pipe open
        if select.select([reading], [], [], 0 if ended else _LOOK_S)[0]:
            chunk = os.read(reading, 65_536)
            learned += chunk
            if not chunk:
                break
        elif ended:
            break
        else:
            ended, status = os.waitpid(child, os.WNOHANG)
    os.close(reading)
    if not ended:
        _, status = os.waitpid(child, 0)
    _end_as(os.waitstatus_to_exitcode(status))
    names: list[str] = json.loads(learned) if learned.endswith(b"]") else []
    return names


def _end_as(code: int) -> None:
    """Ends as a fork did, if that is not well."""
    if code < 0:
        os.kill(os.getpid(), -code)
    if code:
        os._exit(code if code > 0 else 128 - code)  # the first process of a container does not die by its own signal


class _Stopped:
    """Forks that have stopped where all that they did is done for the next request too, by their revision."""

    def __init__(self) -> None:
        self._forks: dict[str, tuple[int, socket.socket]] = {}
        self._missed = 0

    def ask(self, request: dict[str, Any], answer: Callable[[], None], stop_at: Callable[..., None]) -> bool:
        """Has one go on, or a new one act; says whether it was killed as it was asked to be.

        In any other case that is not well this process ends as the fork did.
        """
        key = request["revision"]
        fork = self._forks.pop(key, None)
        if fork is None:
            fork = self._begin(request, answer, stop_at)
        else:
            fork[1].sendall(json.dumps(request).encode() + b"\n")
        code, waits = _wait(*fork)
        if waits:
            if len(self._forks) == _MOST_STOPPED:
                self._let_go(self._forks.pop(next(iter(self._forks))))
            self._forks[key] = fork
        else:
            fork[1].close()
            self._missed += 1
        if code == -signal.SIGKILL and request["kill_at"]:
            return True
        _end_as(code)
        return False

    def _begin(
        self, request: dict[str, Any], answer: Callable[[], None], stop_at: Callable[..., None]
    ) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair()
        child = os.fork()
        if child:
            theirs.close()
            return child, ours
        try:
            for channel in (ours, *(other for _, other in self._forks.values())):
                channel.close()  # else nobody would see that this process has ended
            if self._missed < _MOST_MISSED:
                stop_at(partial(_stand, theirs, request, _Untouched()))
            answer()
        except BaseException:  # noqa: BLE001  nothing may go on as if it were the parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _let_go(self, fork: tuple[int, socket.socket]) -> None:
        fork[1].close()
        os.waitpid(fork[0], 0)


class _Untouched:
    """Sees whether this process touches anything but its own memory, from now on."""

    def __init__(self) -> None:
        self._looks = True
        self._touched = False
        self._before = _belongings()
        self._wrapped: list[tuple[Any, str, Any]] = []
        for name, holder in _CONNECTS:
            module = sys.modules.get(name)
            owner = getattr(module, holder, None) if holder else module
            if owner is not None:
                self._wrap(owner)  # the C library that these drivers connect by tells nobody
        sys.addaudithook(self._hear)

    def end(self) -> bool:
        """Looks no more; says whether nothing was touched."""
        self._looks = False
        for owner, name, before in self._wrapped:
            setattr(owner, name, before)
        return not self._touched and bool(self._before) and _belongings() == self._before

    def _wrap(self, owner: Any) -> None:
        before, connect = vars(owner)["connect"], owner.connect

        @functools.wraps(connect)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self._touched |= self._looks
            return connect(*args, **kwargs)

        self._wrapped.append((owner, "connect", before))
        owner.connect = staticmethod(wrapper) if isinstance(owner, type) else wrapper

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        if self._looks and (_writes(arguments) if name == "open" else name.startswith(_TOUCHES)):
            self._touched = True


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether a file is opened to be written (the audit event ``open``: path, mode and flags)."""
    flags = arguments[2]
    return not isinstance(flags, int) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _belongings() -> set[str]:
    """Its threads, and all that it has open; of a process that cannot tell, nothing."""
    found = set()
    with contextlib.suppress(OSError):
        found = {f"thread {thread.name}" for thread in Path("/proc/self/task").iterdir()}
        for descriptor in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):  # the folder that is read for it
                found.add(f"{descriptor} {descriptor.readlink()}")
    return found


def _stand(channel: socket.socket, request: dict[str, Any], untouched: _Untouched) -> None:
    """Returns in a fork for each request, which goes on with it; the process itself ends with whoever asks it.

    Where anything but memory was touched on the way here, it is just this request that goes on.
    """
    if not untouched.end():
        return
    gc.freeze()  # else each fork's first collection would copy all pages
    try:
        with channel, channel.makefile("r", encoding="utf-8") as lines:
            while True:
                child = os.fork()
                if child == 0:
                    return
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                channel.sendall(str(code).encode())
                line = lines.readline()
                if not line:
                    os._exit(0)
                request.clear()
                request.update(json.loads(line))
    except OSError:
        os._exit(1)


def _wait(child: int, channel: socket.socket) -> tuple[int, bool]:
    """How a request came out, and whether the fork waits for another one."""
    ended = 0
    while not ended:  # what the migration has started may hold the channel open
        if select.select([channel], [], [], _LOOK_S)[0]:
            told = channel.recv(16)
            if told:
                return int(told), True
            break
        ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), False


def _load(path: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"rolldeploy_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _describe(error: BaseException) -> dict[str, Any]:
    """Type, message and SQLSTATE, looked for along the chain of causes."""
    sqlstate = ""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen and not sqlstate:
        seen.add(id(cause))
        for holder in (cause, getattr(cause, "orig", None)):
            code = getattr(holder, "sqlstate", None) or getattr(holder, "pgcode", None)
            if isinstance(code, str):
                sqlstate = code
        cause = cause.__cause__ or cause.__context__
    original = getattr(error, "orig", None) or error
    return {"type": type(original).__name__, "message": str(original).strip(), "sqlstate": sqlstate}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
