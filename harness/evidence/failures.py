"""Journeys that fail beside a migration, or a task: what comes of it, and what of chance.

Which moment traffic meets is chance. So a failure counts where each look shows it, where the journey fails at no other
time, and where all of its failures would hardly have fallen beside the migration by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from harness.evidence.outcome import path_without_ids, without_numbers
from harness.model.availability import Served
from harness.model.cell import Cell, Status
from harness.model.finding import Finding, Weight
from harness.model.locks import TrafficRan
from harness.model.task import TaskTried

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.evidence.timeline import Timeline
    from harness.model.exchange import Met, TrafficFailure

#: Journey, and the request with its status, or the journey's own line.
Signature: TypeAlias = tuple[str, str]

#: How likely it may be that failures which come at any time all fall beside what is judged.
_LIKELIHOOD = 0.01
#: ``deadlock_detected`` depends on the moment, and ``feature_not_supported`` is how a cached plan fails once (manual,
#: "PostgreSQL Error Codes").
_PASSING = frozenset({"40P01", "0A000"})
_LIVES = frozenset({Status.PASS, Status.UNTESTED})
#: Of what the journey says, so much is told.
_LENGTH = 160


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What traffic met while nothing was run beside it.

    Args:
        requests: How many were sent.
        journeys: Those that failed.
    """

    requests: int
    journeys: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Failures that are the same one.

    Args:
        first: The first of them.
        times: How many there were, in all looks.
        looks: How many looks were taken.
        certain: Whether it is no chance.
    """

    first: TrafficFailure
    times: int
    looks: int
    certain: bool


def signature(failure: TrafficFailure) -> Signature:
    """What makes two failures the same one; see :func:`harness.evidence.outcome.signature`.

    Args:
        failure: One of them.
    """
    if failure.silent:
        return failure.journey, failure.where or without_numbers(failure.text)
    return failure.journey, f"{_name(failure)} {failure.status}"


def is_answered_badly(failure: TrafficFailure) -> bool:
    """Whether an answer came that says itself that something is wrong.

    While replicas are replaced, answers get lost, and what was sent is sent once more (:class:`harness.traffic.held`):
    journeys that count then count too few or too many.

    Args:
        failure: A journey that failed.
    """
    return not failure.silent and failure.status is not None


def broken_in(timeline: Timeline, cells: Collection[Cell]) -> frozenset[str]:
    """Journeys that fail in the walk or the rollout, if only in passing, or of which nobody knows whether they would.

    Args:
        timeline: What happened.
        cells: Where.
    """
    return frozenset(
        journey
        for (cell, journey), outcome in timeline.outcomes.items()
        if cell in cells and outcome.status not in _LIVES
    )


def elsewhere(timeline: Timeline) -> Elsewhere:
    """What traffic met before migrations and tasks, and while replicas were replaced.

    Args:
        timeline: What happened.
    """
    met = [event.met for event in timeline.of(TrafficRan) if event.met is not None]
    met += [one for event in timeline.of(TaskTried) for one in event.met]
    served = tuple(timeline.of(Served))
    failed = [failure for one in met for failure in one.failed_before]
    failed += [failure for state in served for failure in state.failures if is_answered_badly(failure)]
    return Elsewhere(
        requests=sum(one.before for one in met) + sum(state.requests for state in served),
        journeys=frozenset(failure.journey for failure in failed),
    )


def group_failures(looks: Sequence[Met], other: Elsewhere, told: frozenset[str] = frozenset()) -> Iterator[Group]:
    """What failed beside it, and at no other time.

    What a journey alone complains of may come of the number of rows, which grows with that of requests: as many of them
    have to go well before.

    Args:
        looks: What traffic met in each look.
        other: What it met at other times.
        told: Journeys whose failures are told elsewhere.
    """
    alike: dict[Signature, list[list[TrafficFailure]]] = {}
    for index, met in enumerate(looks):
        for failure in met.failed_beside:
            if failure.journey not in other.journeys | told:
                alike.setdefault(signature(failure), [[] for _ in looks])[index].append(failure)
    beside = sum(met.beside for met in looks)
    for parts in alike.values():
        failures = [failure for part in parts for failure in part]
        compared = not failures[0].silent or max(met.beside for met in looks) <= looks[-1].before
        chance = (beside / max(beside + other.requests, 1)) ** len(failures)
        passing = any(_PASSING & set(failure.sqlstates) for failure in failures)
        yield Group(
            first=failures[0],
            times=len(failures),
            looks=len(looks),
            certain=len(looks) > 1 and all(parts) and compared and chance <= _LIKELIHOOD and not passing,
        )


def say_failure(group: Group, what: str, remedy: str) -> Finding:
    """Such failures as a finding: a note, where they may be chance.

    Args:
        group: The failures.
        what: While what is run, in words.
        remedy: What to do instead.
    """
    failure = group.first
    came = (failure.source or failure.text) if failure.silent else say_answer(failure)
    codes = f" ({', '.join(failure.sqlstates)})" if failure.sqlstates else ""
    where = (f"{failure.where}: {failure.text}"[:_LENGTH],) if failure.where else ()
    seen = f"{group.times} times in {group.looks} looks" if group.looks > 1 else f"{group.times} times"
    return Finding(
        headline=f"{failure.journey} fails while {what}: {came[:_LENGTH]}{codes}",
        weight=Weight.FAIL if group.certain else Weight.NOTE,
        details=(f"{failure.replica} was asked; {seen}, and never while nothing was run", *where),
        remedy=remedy if group.certain else "",
        sqlstates=failure.sqlstates,
    )


def say_answer(failure: TrafficFailure) -> str:
    """What came of the request that failed, without the identifiers of rows.

    Args:
        failure: A journey that failed.
    """
    return f"{_name(failure)} " + (f"answered {failure.status}" if failure.status is not None else "got no answer")


def _name(failure: TrafficFailure) -> str:
    """Method and path, without the identifiers of rows."""
    method, _, path = failure.line.partition(" ")
    return f"{method} {path_without_ids(path)}"
