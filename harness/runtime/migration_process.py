"""The parent's side of ``migration_child.py``: a process in a release's environment that is asked about migrations."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.runtime.line import Line
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
#: From the end of a process until its status is known; that of a container the engine has to tell.
_DEATH_S = 10.0
#: How often it is looked whether the child is still there.
_LOOK_S = 0.5


class Refusal(Exception):  # noqa: N818  it is caught by whoever asked, and told in his words
    """What was asked went wrong in the child.

    Args:
        sentence: Type and message, in one line.
        sqlstate: PostgreSQL's code, or the empty string.
        log: Last lines of the child's log.
        place: Which migration it was, and where in its file, as far as the child knows.
        killed: Whether the child, or a fork of it, was killed meanwhile, by itself or by somebody else.
    """

    def __init__(self, sentence: str, sqlstate: str, log: tuple[str, ...], place: str = "", *, killed: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.sqlstate = sqlstate
        self.log = log
        self.place = place
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
        self._line = Line(place.processes.session.directory if place.image is not None else None)
        try:
            self._child = _start_child(place, kind, options, self._line)
        except BaseException:
            self._line.close()
            raise
        self._line.hand_over()
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
        killed = bool(error.get("killed")) or (error["type"] == _ENDED and self._child.status == -signal.SIGKILL)
        raise Refusal(sentence, error["sqlstate"], self._child.tail(), error.get("place", ""), killed=killed)

    @property
    def runs(self) -> bool:
        """Whether it can be asked more: it may be a fork of it that was killed."""
        return self._child.status is None

    def kill(self) -> None:
        """SIGKILL; whoever waits for an answer is refused."""
        self._child.kill()

    def close(self) -> None:
        """Ends it."""
        self._line.close()
        self._child.stop(_GRACE_S)

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            os.write(self._line.write, json.dumps(dict(request)).encode() + b"\n")
        except BrokenPipeError:
            return self._died()
        deadline = now() + MIGRATION_TIMEOUT_S
        while b"\n" not in self._pending:
            if self._is_readable(_LOOK_S):
                chunk = os.read(self._line.read, 65_536)
                if not chunk:
                    return self._died()
                self._pending += chunk
            elif self._child.status is not None and not self._is_readable(0.0):
                return self._died()  # it never came to open its end of a named pipe
            elif now() > deadline:
                raise HarnessError(
                    f"the migrator did not answer to '{request['do']}' within {MIGRATION_TIMEOUT_S:.0f} s; "
                    f"its log is {self._log}"
                )
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _is_readable(self, timeout_s: float) -> bool:
        return bool(select.select([self._line.read], [], [], timeout_s)[0])

    def _died(self) -> dict[str, Any]:
        """The child ended without an answer: a library is missing, or a migration ended the interpreter."""
        self._child.popen.wait(_DEATH_S)
        last = self._child.tail(1)
        message = f"the process ended with status {self._child.status}" + (f": {last[0]}" if last else "")
        return {"error": {"type": _ENDED, "message": message, "sqlstate": ""}}


def _start_child(place: Workplace, kind: str, options: Mapping[str, Any], line: Line) -> Child:
    script = _CHILD
    if line.folder is not None:  # a container has nothing of ours but what is mounted
        script = Path(shutil.copy(_CHILD, line.folder))
        shutil.copy(_CHILD.with_name(kind), line.folder)
        place = replace(place, mounts=(*place.mounts, line.folder))
    requests, answers = line.theirs
    whole = {**options, "kind": str(script.with_name(kind)), "requests": requests, "answers": answers}
    return place.start([place.python, str(script), json.dumps(whole)], line.inherited)
