"""Where a journey's next requests go, and what they came to."""

from __future__ import annotations

import contextlib
import math
import shlex
import threading
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from harness.errors import HarnessError
from harness.model.exchange import RUN, SQL, Exchange
from harness.runtime.waiting import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from subprocess import CompletedProcess

    from harness.traffic.held import Sample

#: Of a body, so much is kept as evidence.
_BODY_LENGTH = 2_000
#: Longer than any secret.
_MARGIN = 4_000
#: Of a statement or a command line, so much names it.
_NAME_LENGTH = 200

T = TypeVar("T")


class Inside(Protocol):
    """Reaches past HTTP, by the name of a replica."""

    def sql(
        self, name: str, statement: str, parameters: Sequence[object] | Mapping[str, object]
    ) -> list[dict[str, Any]]:
        """Runs one statement as the replica's role."""

    def run(self, name: str, command: str | list[str]) -> CompletedProcess[str]:
        """Runs a command in the replica's environment."""


class Halted(Exception):  # noqa: N818  not an error
    """No more requests are sent: whoever asks for one is to come to an end."""


class SegmentTooLongError(BaseException):
    """A journey does not come to its next ``yield``; no error that one who asks again and again would catch."""


class Route:
    """Where the next requests go, and what they came to.

    Args:
        redact: Takes secrets out of bodies.
        halted: Set where no more requests are to be sent.
        keep: Gets every request with a body that was answered well.
        turn: Held by whoever runs a journey's code; let go while an answer is awaited.
        inside: Reaches past HTTP.
    """

    def __init__(
        self,
        redact: Callable[[str], str],
        halted: threading.Event,
        keep: Callable[[Sample], None] = lambda _: None,
        turn: threading.Lock | None = None,
        inside: Inside | None = None,
    ) -> None:
        self._inside = inside
        self.redact = redact
        self._halted = halted
        self.keep = keep
        self._turn = turn
        self._thread: int | None = None
        self.replica = ""
        self.host = ""
        self.port = 0
        self.exchanges: list[Exchange] = []
        self.reads: dict[str, dict[str, str]] = {}
        self.began = now()
        self._within_s = math.inf
        self._segment_began = now()

    def point_to(self, replica: str, host: str, port: int) -> None:
        """Sends what follows to a replica."""
        self.replica, self.host, self.port = replica, host, port

    def begin(self) -> None:
        """Counts time from now on: an attempt begins, in this thread."""
        self._thread = threading.get_ident()
        self.began = now()

    def begin_segment(self, within_s: float) -> None:
        """Lets requests out for so many seconds."""
        self._within_s, self._segment_began = within_s, now()

    def take(self) -> tuple[Exchange, ...]:
        """The exchanges since the last call."""
        taken, self.exchanges = tuple(self.exchanges), []
        return taken

    @contextlib.contextmanager
    def awaiting(self) -> Iterator[None]:
        """While an answer is awaited, another journey may run; a thread that a journey starts has no turn to give."""
        if self._turn is None or self._thread != threading.get_ident():
            yield
            return
        self._turn.release()
        try:
            yield
        finally:
            self._turn.acquire()

    def sql(self, statement: str, parameters: Sequence[object] | Mapping[str, object]) -> list[dict[str, Any]]:
        """Runs a statement, and keeps it as evidence."""
        return self._reach(
            SQL,
            " ".join(statement.split()),
            lambda inside: inside.sql(self.replica, statement, parameters),
            lambda rows: (0, repr(rows) if rows else ""),
            repr(parameters) if parameters else "",
        )

    def run(self, command: str | list[str]) -> CompletedProcess[str]:
        """Runs a command, and keeps it as evidence."""
        return self._reach(
            RUN,
            command if isinstance(command, str) else shlex.join(command),
            lambda inside: inside.run(self.replica, command),
            lambda done: (done.returncode, "\n".join(filter(None, [done.stdout.strip(), done.stderr.strip()]))),
        )

    def _reach(
        self,
        method: str,
        what: str,
        do: Callable[[Inside], T],
        tell: Callable[[T], tuple[int, str]],
        values: str = "",
    ) -> T:
        self.go_on()
        if self._inside is None:
            raise HarnessError("this client reaches replicas over HTTP alone")
        began, name = now(), self.redact(what)[:_NAME_LENGTH]
        try:
            with self.awaiting():
                done = do(self._inside)
        except Exception as error:
            refused = 1 if getattr(error, "sqlstate", None) else None
            self.note(method, name, values.encode(), began=began, status=refused, body=describe(error))
            raise
        status, answer = tell(done)
        self.note(method, name, values.encode(), began=began, status=status, body=answer.encode())
        return done

    def go_on(self) -> None:
        """Raises :class:`Halted` where no more requests are to be sent, or that the segment takes too long."""
        if self._halted.is_set():
            raise Halted
        if now() - self._segment_began > self._within_s:
            raise SegmentTooLongError(
                f"the journey goes on asking, and had not come to its next yield after {self._within_s:g} s: what it "
                "waits for does not come, or takes longer than segment_timeout_s under [journeys] allows"
            )

    def note(self, method: str, path: str, sent: bytes, *, began: float, status: int | None, body: bytes) -> None:
        """Keeps an exchange as evidence."""
        self.exchanges.append(
            Exchange(
                replica=self.replica,
                method=method,
                path=path,
                request=self._text(sent),
                status=status,
                response=self._text(body),
                duration_s=round(now() - began, 6),
                at_s=round(began - self.began, 6),
            )
        )

    def _text(self, body: bytes) -> str:
        # Cut after secrets are out: half of one across the cut would not be known for what it is.
        text = self.redact(body[: _BODY_LENGTH + _MARGIN].decode("utf-8", "backslashreplace"))
        return text if len(text) <= _BODY_LENGTH else f"{text[:_BODY_LENGTH]}... ({len(body)} bytes)"


def describe(error: Exception) -> bytes:
    """What is kept of an error in the place of an answer."""
    return f"{type(error).__name__}: {error}".encode()
