"""An interpreter that has imported some libraries, and becomes a program for each request that names one: it forks.

It is started as a script by the release's own interpreter, and nothing of ours is installed there. Before it forks it
imports libraries and nothing of any release, and its environment lacks the release's own variables and ``PYTHONPATH``;
the child gets those, and then everything as in an interpreter of its own. There is one thread alone.

A request is one byte with file descriptors, and a line of JSON; so is an answer, without descriptors. It ends with
whoever holds the other end of the socket.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import fcntl
import gc
import importlib
import importlib.machinery
import io
import json
import os
import runpy
import site
import socket
import sys
import threading
import types
from typing import Any

#: Looked for by every interpreter at its start, wherever they are.
_AT_START = {"sitecustomize", "usercustomize"}
#: Descriptors of ours are above this, out of the way of those whose number a child has to have.
_HIGH = 500
_MOST_DESCRIPTORS = 8


def main() -> None:
    """Answers requests until the socket is closed; a child goes on as the program that it was asked to be."""
    sys.path.pop(0)  # this script's own folder: its neighbours must not hide the application's modules
    given = int(sys.argv[1])
    missing = _preload(sys.argv[2:])
    channel = socket.socket(fileno=_move_up(given))
    words = _serve(channel, missing)
    channel.close()
    if words:
        try:
            _run(words)
        except SystemExit as error:
            _leave(error.code)
        _leave(None)


def _preload(names: list[str]) -> dict[str, str]:
    """Imports; returns what could not be, and why."""
    missing = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001  whatever a library raises; the parent decides whether it matters
            missing[name] = f"{type(error).__name__}: {error}"
    gc.freeze()  # else each child's first collection would copy all pages
    return missing


def _serve(channel: socket.socket, missing: dict[str, str]) -> list[str]:
    """Answers; returns in a child, with the words of its command, and at the end, with none."""
    while True:
        first, descriptors, _, _ = socket.recv_fds(channel, 1, _MOST_DESCRIPTORS)
        if not first:
            return []
        request = _read_line(channel)
        if request["do"] == "poll":
            answer: dict[str, Any] = {"status": _poll(request["pid"])}
        elif request["strict"] and missing:
            answer = {"pid": None, "missing": missing}
        elif _hides([*request["path"].split(os.pathsep), _first_folder(request)], request["cwd"]):
            answer = {"pid": None}
        elif os.fork() == 0:
            _become(request, descriptors, channel)
            return list(request["words"])
        else:
            answer = {}  # it answers itself, once it leads its own group
        for descriptor in descriptors:
            os.close(descriptor)
        if answer:
            _write_line(channel, answer)


def _read_line(channel: socket.socket) -> dict[str, Any]:
    text = b""
    while not text.endswith(b"\n"):
        chunk = channel.recv(65_536)
        if not chunk:
            raise EOFError
        text += chunk
    line: dict[str, Any] = json.loads(text)
    return line


def _write_line(channel: socket.socket, answer: dict[str, Any]) -> None:
    channel.sendall(json.dumps(answer).encode() + b"\n")


def _poll(pid: int) -> int | None:
    """Exit status as ``subprocess`` has it, or None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _hides(folders: list[str], cwd: str) -> bool:
    """Whether an interpreter that looks into these first would have imported something else than is imported here."""
    imported = {name.partition(".")[0] for name in sys.modules} | _AT_START
    suffixes = importlib.machinery.all_suffixes()
    for folder in folders:
        with contextlib.suppress(OSError):
            for entry in os.scandir(os.path.join(cwd, folder)):  # noqa: PTH118
                name, dot, suffix = entry.name.partition(".")
                # A folder without __init__.py hides nothing: projects keep their migrations in one called "alembic".
                package = os.path.join(entry.path, "__init__.py")  # noqa: PTH118
                if name in imported and (dot + suffix in suffixes or os.path.exists(package)):  # noqa: PTH110
                    return True
    return False


def _first_folder(request: dict[str, Any]) -> str:
    """What an interpreter puts before everything else: the working directory for ``-m``, or the script's folder."""
    if request["words"][0] == "-m":
        return str(request["cwd"])
    script = os.path.join(str(request["cwd"]), request["words"][0])  # noqa: PTH118
    return os.path.dirname(os.path.realpath(script))  # noqa: PTH120


def _become(request: dict[str, Any], descriptors: list[int], channel: socket.socket) -> None:
    """Makes of a fork what a new process would be, and says so."""
    os.setsid()
    *passed, output, errors = [_move_up(descriptor) for descriptor in descriptors]
    for number, descriptor in zip(request["numbers"], passed, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    sys.path[:0] = request["path"].split(os.pathsep)
    site.removeduppaths()  # as at an interpreter's start
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, _first_folder(request))
    importlib.invalidate_caches()
    _write_line(channel, {"pid": os.getpid()})


def _move_up(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    os.close(descriptor)
    return moved


def _run(words: list[str]) -> None:
    """What ``python WORDS`` does: ``-m MODULE`` or a script, with its arguments."""
    try:
        if words[0] == "-m":
            sys.argv[:] = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv[:] = words
            program = types.ModuleType("__main__")
            program.__dict__.update(__file__=words[0], __builtins__=builtins)
            sys.modules["__main__"] = program
            with io.open_code(os.path.abspath(words[0])) as file:  # noqa: PTH100
                code = compile(file.read(), words[0], "exec")
            exec(code, program.__dict__)  # noqa: S102  it is the release's own program
    except Exception as error:  # noqa: BLE001  told as every interpreter tells it, without the frames from here
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename in {__file__, "<frozen runpy>", runpy.__file__}:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        sys.exit(1)


def _leave(code: object) -> None:
    """Ends the process as an interpreter does, but for taking its modules apart.

    That would touch, and so copy, every page that is shared with the parent: 25 to 50 ms for a process that is to do no
    more. Threads are waited for and exit handlers called (``Py_FinalizeEx``); what a file still holds back is written,
    as it is when the file goes away with its module.
    """
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001  as the interpreter itself calls it
    atexit._run_exitfuncs()  # noqa: SLF001  as above
    for held in gc.get_objects():
        if issubclass(type(held), io.IOBase):
            with contextlib.suppress(Exception):  # closed, or not to be written to
                held.flush()
    os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    main()
