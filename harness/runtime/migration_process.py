"""The parent's side of ``migration_child.py``: a process in a release's environment that is asked about migrations."""

from __future__ import annotations

import json
import os
import select
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.runtime.waiting import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.process import Child
    from harness.runtime.workplace import Workplace

#: A migration of a rehearsal's few rows takes milliseconds; ten minutes is a hang, not patience.
MIGRATION_TIMEOUT_S = 600.0
#: Runs in the release's environment; never imported here.
_CHILD = Path(__file__).with_name("migration_child.py")
#: What is said of a child that ended without an answer.
_ENDED = "ProcessEnded"
#: An interpreter that has nothing to do but end.
_GRACE_S = 2.0


class Refusal(Exception):  # noqa: N818  it is caught by whoever asked, and told in his words
    """What was asked went wrong in the child.

    Args:
        sentence: Type and message, in one line.
        sqlstate: PostgreSQL's code, or the empty string.
        log: Last lines of the child's log.
        killed: Whether the child was killed meanwhile, by itself or by somebody else.
    """

    def __init__(self, sentence: str, sqlstate: str, log: tuple[str, ...], *, killed: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.sqlstate = sqlstate
        self.log = log
        self.killed = killed


class MigrationProcess:
    """A child that answers one request after the other.

    Args:
        place: Where it runs.
        kind: File name of the kind, beside this one.
        options: What the kind wants to know; they show on a command line, and may hold no secret.
    """

    def __init__(self, place: Workplace, kind: str, options: Mapping[str, Any]) -> None:
        self._log = place.log
        request_read, self._request_write = os.pipe()
        self._answer_read, answer_write = os.pipe()
        whole = {**options, "kind": str(_CHILD.with_name(kind)), "requests": request_read, "answers": answer_write}
        try:
            self._child: Child = place.start(
                [place.python, str(_CHILD), json.dumps(whole)], (request_read, answer_write)
            )
        finally:
            os.close(request_read)
            os.close(answer_write)
        self._pending = b""

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request.

        Raises:
            Refusal: It went wrong.
            HarnessError: There is no answer for too long.
        """
        answer = self._ask(request)
        error = answer.get("error")
        if error is None:
            return answer
        sentence = " ".join(f"{error['type']}: {error['message']}".split())
        killed = error["type"] == _ENDED and self._child.status == -signal.SIGKILL
        raise Refusal(sentence, error["sqlstate"], self._child.tail(), killed=killed)

    def close(self) -> None:
        """Ends it."""
        os.close(self._request_write)
        os.close(self._answer_read)
        self._child.stop(_GRACE_S)

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            os.write(self._request_write, json.dumps(dict(request)).encode() + b"\n")
        except BrokenPipeError:
            return self._died()
        deadline = now() + MIGRATION_TIMEOUT_S
        while b"\n" not in self._pending:
            ready, _, _ = select.select([self._answer_read], [], [], max(0.0, deadline - now()))
            if not ready:
                raise HarnessError(
                    f"the migrator did not answer to '{request['do']}' within {MIGRATION_TIMEOUT_S:.0f} s; "
                    f"its log is {self._log}"
                )
            chunk = os.read(self._answer_read, 65_536)
            if not chunk:
                return self._died()
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _died(self) -> dict[str, Any]:
        """The child ended without an answer: a library is missing, or a migration ended the interpreter."""
        self._child.popen.wait(_GRACE_S)
        last = self._child.tail(1)
        message = f"the process ended with status {self._child.status}" + (f": {last[0]}" if last else "")
        return {"error": {"type": _ENDED, "message": message, "sqlstate": ""}}


def ask_once(place: Workplace, kind: str, options: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a child that lives for one request; see :class:`MigrationProcess`.

    Raises:
        Refusal: It went wrong.
        HarnessError: There is no answer for too long.
    """
    process = MigrationProcess(place, kind, options)
    try:
        return process.ask(request)
    finally:
        process.close()
