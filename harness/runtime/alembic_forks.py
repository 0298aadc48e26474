"""An interpreter that has imported Alembic, and becomes a child for each release that asks for one: it forks.

It is started as a script by the release's own interpreter and needs nothing but Alembic there. Before it forks it
imports Alembic and a driver and nothing of any release, and its environment lacks the release's own variables and
``PYTHONPATH``; the child gets those, and then everything as in an interpreter of its own. There is one thread alone.

A request is one byte with file descriptors, and a line of JSON; so is an answer, without descriptors. It ends with
whoever holds the other end of the socket.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.machinery
import importlib.util
import json
import os
import site
import socket
import sys
from typing import Any

#: Costs an interpreter as much as a third of Alembic; where it is not there, it is not needed.
_DRIVER = "psycopg"
#: Looked for by every interpreter at its start, wherever they are.
_AT_START = {"sitecustomize", "usercustomize"}


def main() -> None:
    """Answers requests until the socket is closed; a child goes on as one that was started for it."""
    sys.path.pop(0)  # this script's own folder: its neighbours must not hide the application's modules
    child = _preload(__file__.replace("alembic_forks", "alembic_child"))
    channel = socket.socket(fileno=int(sys.argv[1]))
    job = _serve(channel, fits=child is not None)
    channel.close()
    if child is not None and job is not None:
        child.main(job)


def _preload(script: str) -> Any:
    """The child's script as a module, with what it imports; None where there is no Alembic."""
    spec = importlib.util.spec_from_file_location("alembic_child", script)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception:  # noqa: BLE001  an interpreter of its own tells why, in the release's log
        return None
    with contextlib.suppress(Exception):
        importlib.import_module(_DRIVER)
    gc.freeze()  # else each child's first collection would copy all pages
    return module


def _serve(channel: socket.socket, *, fits: bool) -> dict[str, Any] | None:
    """Answers; returns in a child, with what it is to do, and at the end, with nothing."""
    while True:
        first, descriptors, _, _ = socket.recv_fds(channel, 1, 3)
        if not first:
            return None
        request = _read_line(channel)
        if request["do"] == "poll":
            answer: dict[str, Any] = {"status": _poll(request["pid"])}
        elif not fits or _hides(request["path"], request["cwd"]):
            answer = {"pid": None}
        elif os.fork() == 0:
            return _become(request, descriptors, channel)
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


def _hides(path: str, cwd: str) -> bool:
    """Whether an interpreter with this ``PYTHONPATH`` would have imported something else than is imported here."""
    imported = {name.partition(".")[0] for name in sys.modules} | _AT_START
    suffixes = importlib.machinery.all_suffixes()
    for folder in path.split(os.pathsep):
        with contextlib.suppress(OSError):
            for entry in os.scandir(os.path.join(cwd, folder)):  # noqa: PTH118
                name, dot, suffix = entry.name.partition(".")
                # A folder without __init__.py hides nothing: projects keep their migrations in one called "alembic".
                package = os.path.join(entry.path, "__init__.py")  # noqa: PTH118
                if name in imported and (dot + suffix in suffixes or os.path.exists(package)):  # noqa: PTH110
                    return True
    return False


def _become(request: dict[str, Any], descriptors: list[int], channel: socket.socket) -> dict[str, Any]:
    """Makes of a fork what a new process would be, and says so."""
    requests, answers, log = descriptors
    os.setsid()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    sys.argv[1:] = []
    sys.path[:0] = request["path"].split(os.pathsep)
    site.removeduppaths()  # as at an interpreter's start
    importlib.invalidate_caches()
    _write_line(channel, {"pid": os.getpid()})
    return {**request["options"], "requests": requests, "answers": answers}


if __name__ == "__main__":
    main()
