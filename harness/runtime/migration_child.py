"""Runs inside a release's own environment, by its own interpreter: answers what one kind of migrations is asked.

It is started as a script, or forked by ``fork_server.py``, and needs nothing there but what the kind itself needs; the
harness is not installed in that environment. Requests and answers are lines of JSON on two pipes of their own,
inherited or named, so that whatever the application prints goes to the log.

A kind is a file beside this one, with a function ``answer(request, options)`` whose result is sent back, and one
``rest()`` that is called behind each request.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from typing import Any

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
    for line in requests:
        request = json.loads(line)
        try:
            answer = kind.answer(request, options)
        except BaseException as error:  # noqa: BLE001  SystemExit too: command lines of frameworks raise it
            traceback.print_exc()
            answer = {"error": _describe(error)}
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            kind.rest()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


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
