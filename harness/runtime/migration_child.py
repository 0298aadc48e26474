"""Runs inside a release's own environment, by its own interpreter: answers what one kind of migrations is asked.

It is started as a script, or forked by ``fork_server.py``, and needs nothing there but what the kind itself needs; the
harness is not installed in that environment. Requests and answers are lines of JSON on two pipes of their own,
inherited or named, so that whatever the application prints goes to the log.

A kind is a file beside this one, with a function ``answer(request, options)`` whose result is sent back, and one
``rest()`` that is called behind each request; it may have one ``place(error)`` that tells which migration failed. Where
it has ``learn()`` and ``warm(learned, options)`` too, each request is answered by a fork, so that what one migration
leaves in the interpreter is not there for the next, as behind a command line; the process itself imports what the forks
would else import again and again.
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
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
    for line in requests:
        request = json.loads(line)
        answer = partial(_answer, kind, request, options, answers)
        if learn is None:
            answer()
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
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        os.kill(os.getpid(), -code)
    if code:
        os._exit(code if code > 0 else 128 - code)  # the first process of a container does not die by its own signal
    names: list[str] = json.loads(learned) if learned.endswith(b"]") else []
    return names


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
