"""What a journey asked of an application, and what it got."""

from __future__ import annotations

from dataclasses import dataclass

#: Where other exchanges have an HTTP method: a journey's own statement, and a command in a replica's environment.
SQL, RUN = "SQL", "RUN"
#: Methods that ask for nothing to be stored (RFC 9110, section 9.2.1); what a statement stores, PostgreSQL says itself.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", SQL})
#: From this status on the answer says itself that it was not done, or that the server failed (RFC 9110, section 15).
_BAD_REQUEST, _SERVER_ERROR = 400, 500


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its response; or one statement, or one command.

    Args:
        replica: Who answered.
        method: HTTP method, ``SQL`` or ``RUN``.
        path: Path and query, or the statement, or the command.
        request: The request's body, or the statement's values, shortened, secrets taken out.
        status: HTTP status; a command's exit status; of a statement 0, or 1 if it was refused; None where none came.
        response: The response's body, the rows or the output, shortened, secrets taken out; or the transport's error.
        duration_s: Seconds from sending to the last byte.
        at_s: Seconds from the beginning of the attempt to sending.
    """

    replica: str
    method: str
    path: str
    request: str = ""
    status: int | None = None
    response: str = ""
    duration_s: float = 0.0
    at_s: float = 0.0

    @property
    def is_bad(self) -> bool:
        """Whether it says itself that the application failed, or says nothing at all."""
        if self.status is None:
            return True
        return self.status != 0 if self.method in {SQL, RUN} else self.status >= _SERVER_ERROR

    @property
    def acknowledges(self) -> bool:
        """Whether it says that something was stored."""
        return self.method not in _SAFE and not self.is_bad and (self.status or 0) < _BAD_REQUEST

    @property
    def answer(self) -> str:
        """Who answered what to what, in one sentence."""
        match self.method:
            case "SQL":
                came = {None: f"gave no answer ({self.response}) to", 0: "answered"}.get(self.status, "refused")
                return f"PostgreSQL {came} the journey's own statement, in the database of {self.replica}: {self.path}"
            case "RUN":
                came = f"did not end ({self.response})" if self.status is None else f"ended with status {self.status}"
                return f"{self.replica}: '{self.path}' {came}"
            case _:
                came = f"gave no answer ({self.response})" if self.status is None else f"answered {self.status}"
                return f"{self.replica} {came} to {self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class TrafficRequest:
    """One request of the traffic in the background, of which no body is kept.

    Args:
        replica: Who was to answer.
        line: Method and path, secrets taken out.
        status: Of the response; None where none came.
        at: When it was sent, in seconds since the epoch.
        duration_s: Seconds until the response was there, or was given up.
    """

    replica: str
    line: str
    status: int | None
    at: float
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class TrafficFailure:
    """A journey of the traffic in the background failed.

    Args:
        replica: Who was asked.
        journey: Its name.
        line: Method and path of the request that went wrong, secrets taken out; where the journey alone complains, of
            its last one; the empty string where it sent none.
        status: Of the response; None where none came.
        text: What the journey said, in one line.
        where: ``file:line`` in the journey, or the empty string.
        source: The journey's line there, stripped.
        sqlstates: What PostgreSQL refused the replica while the request was under way.
        at: When it was sent, in seconds since the epoch.
        duration_s: Seconds until the response was there, or was given up.
        silent: Whether the journey alone complains, and no answer says that something is wrong.
    """

    replica: str
    journey: str
    line: str
    status: int | None
    text: str
    where: str = ""
    source: str = ""
    sqlstates: tuple[str, ...] = ()
    at: float = 0.0
    duration_s: float = 0.0
    silent: bool = False


@dataclass(frozen=True, kw_only=True)
class Met:
    """What traffic met before, and what it met beside something that was run, and shortly behind it.

    Args:
        before: How many requests had ended when it began.
        beside: How many ended later.
        failed_before: Journeys that failed before.
        failed_beside: Journeys that failed later.
    """

    before: int
    beside: int
    failed_before: tuple[TrafficFailure, ...] = ()
    failed_beside: tuple[TrafficFailure, ...] = ()
