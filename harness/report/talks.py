"""What was asked and answered in each step of the plan: all of it where it failed, and as much as there is room for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.model.availability import Served
from harness.model.events import Attempted, MigrationFailed, ReplicaFailed
from harness.model.locks import LocksSeen, TrafficRan
from harness.report.anchors import of_attempt, of_request, of_wait
from harness.report.marks import describe_wait

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.events import Event
    from harness.model.exchange import Exchange
    from harness.model.observed import SqlError

#: Characters of all that is shown, so that a page stays below 5 MB with its markup, its timeline and its findings: of
#: attempts that failed, of those that passed, of both without their bodies where there is no room for these, and of
#: requests and waits under traffic.
_ROOM_BAD, _ROOM_GOOD, _ROOM_BARE, _ROOM_TRAFFIC = 800_000, 1_500_000, 900_000, 400_000
#: What the markup around an attempt, and around one line of it, costs.
_FRAME, _LINE_FRAME = 220, 60
#: Of a body, so much is shown where the attempt failed, and where it passed.
_BODY_BAD, _BODY_GOOD = 2_000, 120
_PATH = 200
_LOG_LINES = 30


@dataclass(frozen=True, kw_only=True)
class Line:
    """One exchange.

    Args:
        text: Who was asked for what.
        answer: Status, and how long it took.
        request: Its body.
        response: The response's body.
        bad: Whether it says itself that it failed.
    """

    text: str
    answer: str
    request: str
    response: str
    bad: bool


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One attempt.

    Args:
        anchor: Its name within the page.
        title: Journey, copy and replicas.
        bad: Whether it failed.
        failure: Why it failed, in words; or the empty string.
        lines: Its exchanges.
        sql: What PostgreSQL refused meanwhile.
        log: Last lines of the application's log.
    """

    anchor: str
    title: str
    bad: bool
    failure: str
    lines: tuple[Line, ...]
    sql: tuple[SqlError, ...]
    log: tuple[str, ...]

    @property
    def size(self) -> int:
        """Characters, markup among them."""
        texts = [self.title, self.failure, *self.log]
        texts += [text for one in self.lines for text in (one.text, one.request, one.response)]
        texts += [text for error in self.sql for text in (error.message, error.statement)]
        return _FRAME + _LINE_FRAME * (len(self.lines) + len(self.sql)) + sum(map(_written, texts))


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line that says all, with a name to link to."""

    anchor: str
    text: str
    bad: bool = False


@dataclass(kw_only=True)
class Scene:
    """What happened in one step of the plan, beside what was planned.

    Args:
        number: Of the step.
        talks: Attempts, in order.
        traffic: Requests of the traffic in the background.
        waits: Who waited for a lock.
        troubles: Replicas and migrations that failed, with the last lines of their logs.
        left_out: How many attempts, requests and waits there was no room for.
        bare: How many attempts are shown without their bodies and logs.
        requests: How many requests there were in all.
        bad: How many attempts and requests failed.
    """

    number: int
    talks: list[Talk] = field(default_factory=list)
    traffic: list[Told] = field(default_factory=list)
    waits: list[Told] = field(default_factory=list)
    troubles: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    left_out: int = 0
    bare: int = 0
    requests: int = 0
    bad: int = 0


class _Room:
    """How many characters there are left."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> bool:
        """Whether there was room for so many."""
        if size > self._left:
            return False
        self._left -= size
        return True


def tell_scenes(events: Iterable[Event]) -> dict[int, Scene]:  # noqa: C901  one case for each kind of event
    """Everything that was asked and answered, by the step of the plan.

    Args:
        events: What happened, in order.
    """
    good, bad, bare, traffic = _Room(_ROOM_GOOD), _Room(_ROOM_BAD), _Room(_ROOM_BARE), _Room(_ROOM_TRAFFIC)
    scenes: dict[int, Scene] = {}

    def scene(number: int) -> Scene:
        return scenes.setdefault(number, Scene(number=number))

    for event in events:
        match event:
            case Attempted():
                here = scene(event.number)
                here.requests += len(event.exchanges)
                here.bad += event.failure is not None
                talk = _talk(event)
                if (bad if talk.bad else good).take(talk.size):
                    here.talks.append(talk)
                elif bare.take((short := _without_bodies(talk)).size):
                    here.talks.append(short)
                    here.bare += 1
                else:
                    here.left_out += 1
            case Served() | TrafficRan():
                _tell_traffic(scene(event.number), event, traffic)
            case LocksSeen(waits=waits):
                for index, wait in enumerate(waits):
                    told = Told(anchor=of_wait(event, index), text=describe_wait(wait), bad=not wait.granted)
                    _put(scene(event.number), scene(event.number).waits, told, traffic)
            case ReplicaFailed(replica=name, reason=reason, log=log):
                scene(event.number).troubles.append((f"{name}: {reason}", log[-_LOG_LINES:]))
            case MigrationFailed(error=error, log=log):
                scene(event.number).troubles.append((f"the migration failed: {error}", log[-_LOG_LINES:]))
            case _:
                pass
    return scenes


def _tell_traffic(scene: Scene, event: Served | TrafficRan, room: _Room) -> None:
    scene.requests += event.requests
    for index, request in enumerate(event.sent):
        bad = request.status is None or request.status >= 500  # noqa: PLR2004  RFC 9110, section 15.6
        scene.bad += bad
        answer = "no answer" if request.status is None else str(request.status)
        text = f"{request.replica}  {request.line} \u2192 {answer}, {request.duration_s * 1000:.0f} ms"
        _put(scene, scene.traffic, Told(anchor=of_request(event, index), text=text, bad=bad), room)


def _put(scene: Scene, where: list[Told], told: Told, room: _Room) -> None:
    if room.take(len(told.text) + _LINE_FRAME):
        where.append(told)
    else:
        scene.left_out += 1


def _talk(attempt: Attempted) -> Talk:
    failure = attempt.failure
    bad = failure is not None
    through = ", ".join(dict.fromkeys(attempt.replicas))
    came = "started here" if attempt.origin == "fresh" else f"from {attempt.origin}"
    at = f" at {failure.where}: {failure.source}" if failure is not None and failure.where else ""
    return Talk(
        anchor=of_attempt(attempt),
        title=f"{attempt.journey}, pass {attempt.round}, copy {attempt.copy} {came}, through {through}"
        + (f", with {attempt.data}" if attempt.data else ""),
        bad=bad,
        failure=f"{failure.kind}{at}\n{failure.text}" if failure is not None else "",
        lines=tuple(_line(exchange, _BODY_BAD if bad else _BODY_GOOD) for exchange in attempt.exchanges),
        sql=attempt.sql,
        log=attempt.log[-_LOG_LINES:],
    )


def _line(exchange: Exchange, room: int) -> Line:
    answer = "no answer" if exchange.status is None else str(exchange.status)
    return Line(
        text=f"{exchange.replica}  {exchange.method} {_cut(exchange.path, max(room, _PATH))}",
        answer=f"{answer}, {exchange.duration_s * 1000:.0f} ms",
        request=_cut(exchange.request, room),
        response=_cut(exchange.response, room),
        bad=exchange.is_bad,
    )


def _without_bodies(talk: Talk) -> Talk:
    return replace(talk, lines=tuple(replace(line, request="", response="") for line in talk.lines), log=())


def _written(text: str) -> int:
    """Characters that a text has in the page: five more for each that is escaped, at most."""
    return len(text) + 4 * sum(text.count(letter) for letter in "<>&\"'")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}\u2026 ({len(text) - length} characters more)"
