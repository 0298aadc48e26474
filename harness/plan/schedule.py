"""One explored rollout as data: who sends which request through whom, and what the deployment does in between.

A schedule says everything that is decided; what it came to is told by whoever plays it. Saved as JSON it is played
again after the harness has changed: an action keeps its name, and what is added later has a default.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  msgspec resolves the annotations
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from harness.errors import ScenarioError
from harness.plan.codec import from_builtins, to_builtins

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Version of the file's format; changes only where an old file would mean something else.
SCHEDULE_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Start:
    """A copy of a journey begins, and sends its first request.

    Args:
        copy: Number of the copy, from 1.
        journey: The journey's name.
        replica: Who answers.
        drawn: Which of the values that are drawn for the journey it gets.
        values: These values by parameter, where JSON can hold them; else they are drawn again.
        whole: Whether it goes on to its first ``yield``, through the same replica.
    """

    copy: int
    journey: str
    replica: str
    drawn: int = 0
    values: Mapping[str, Any] | None = None
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Resume:
    """A paused copy sends its next request; nothing happens where it came to its end.

    Args:
        copy: Which one.
        replica: Who answers.
        whole: Whether it goes on to its next ``yield``, through the same replica.
    """

    copy: int
    replica: str
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Migrate:
    """One step of the schema, or that step again where the migrator died in it."""

    step: str


@dataclass(frozen=True, kw_only=True)
class KillMigrator:
    """A step is begun, and its migrator killed before a commit, or behind a statement that commits alone.

    Args:
        step: Which one.
        point: Which of these places, from 1.
    """

    step: str
    point: int = 1


@dataclass(frozen=True, kw_only=True)
class StartReplica:
    """A replica of the new release is started beside those that serve."""

    replica: str


@dataclass(frozen=True, kw_only=True)
class StopReplica:
    """A replica of the old release is taken out, since there are enough others."""

    replica: str


@dataclass(frozen=True, kw_only=True)
class Crash:
    """A replica dies between two requests."""

    replica: str


@dataclass(frozen=True, kw_only=True)
class Restart:
    """A replica that died is started again, by another process."""

    replica: str


@dataclass(frozen=True, kw_only=True)
class RollForward:
    """All of the old release are stopped, all of the new one serve."""


@dataclass(frozen=True, kw_only=True)
class RollBack:
    """All of the new release are stopped, all of the old one serve; the schema stays."""


@dataclass(frozen=True, kw_only=True)
class RunTask:
    """A one-off task is run to its end."""

    task: str


Action: TypeAlias = (
    Start
    | Resume
    | Migrate
    | KillMigrator
    | StartReplica
    | StopReplica
    | Crash
    | Restart
    | RollForward
    | RollBack
    | RunTask
)
#: A request of a journey; all others are the deployment's.
REQUESTS = (Start, Resume)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What is played, in order.

    Args:
        rehearsal: Name of the rehearsal.
        actions: All of them; a message names one by its place, from 1.
        finding: What they came to when this was saved, in one line; or the empty string.
        journeys: The file of each journey that they name, relative to the settings.
        invariants: The file of each of the author's invariants.
    """

    rehearsal: str
    actions: tuple[Action, ...]
    finding: str = ""
    journeys: Mapping[str, str] = field(default_factory=dict)
    invariants: Mapping[str, str] = field(default_factory=dict)


def copies_of(actions: Sequence[Action]) -> int:
    """How many copies of journeys begin."""
    return sum(isinstance(action, Start) for action in actions)


def encode_schedule(schedule: Schedule) -> bytes:
    """A schedule as JSON."""
    head = {
        "format": SCHEDULE_FORMAT,
        "rehearsal": schedule.rehearsal,
        "finding": schedule.finding,
        "journeys": dict(schedule.journeys),
        "invariants": dict(schedule.invariants),
        "actions": [to_builtins(action) for action in schedule.actions],
    }
    return msgspec.json.format(msgspec.json.encode(head), indent=1) + b"\n"


def decode_schedule(text: bytes) -> Schedule:
    """The inverse of :func:`encode_schedule`.

    Raises:
        ScenarioError: It is none, or one of another format.
    """
    try:
        data = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _no_plan(str(error)) from None
    if "format" not in data:
        raise _no_plan("it has no format")
    if data["format"] != SCHEDULE_FORMAT:
        raise ScenarioError(
            f"this plan has format {data['format']}, and this release of the harness reads {SCHEDULE_FORMAT}: explore "
            "again"
        )
    actions = data.get("actions")
    if not isinstance(actions, list) or not all(isinstance(item, dict) for item in actions):
        raise _no_plan("it has no list of actions")
    if not actions:
        raise _no_plan("it has no actions")
    _refuse_unknown("the plan", data, {"format", *(one.name for one in fields(Schedule))})
    classes = cast("tuple[type[Action], ...]", Action.__args__)
    return Schedule(
        rehearsal=str(data.get("rehearsal", "")),
        finding=str(data.get("finding", "")),
        journeys=_texts(data.get("journeys")),
        invariants=_texts(data.get("invariants")),
        actions=tuple(_read_action(number, item, classes) for number, item in enumerate(actions, start=1)),
    )


def _read_action(number: int, item: dict[str, Any], classes: Sequence[type[Action]]) -> Action:
    action = from_builtins(item, classes)
    _refuse_unknown(f"action {number} of the plan", item, {"kind", *(one.name for one in fields(action))})
    if isinstance(action, KillMigrator) and action.point < 1:
        raise ScenarioError(
            f"action {number} of the plan kills the migrator at point {action.point}: they are counted from 1"
        )
    return action


def _refuse_unknown(what: str, data: Mapping[str, Any], known: set[str]) -> None:
    """Whatever is left out would make another rollout of it, which nobody asked for."""
    unknown = ", ".join(sorted(data.keys() - known))
    if unknown:
        raise ScenarioError(
            f"{what} has unknown keys: {unknown}; there are {', '.join(sorted(known))}, unless another release of the "
            "harness wrote it: explore again"
        )


def _no_plan(why: str) -> ScenarioError:
    return ScenarioError(f"this is not the plan of an exploration: {why}; give a file that --rolldeploy-explore wrote")


def _texts(value: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}
