"""How replicas of one release are replaced by replicas of another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Sequence


class When(StrEnum):
    """When the deployment runs its migrations, by its settings."""

    BEFORE = "before"
    AT_BOOT = "at-boot"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When each step is run.

    Args:
        when: What the settings say of all steps.
        exceptions: Labels of those that are run on the other side of the code: after it, where ``when`` is ``before``.
        apart: Whether they are run when no old replica is left and no new one serves: by the strategy recreate.
    """

    when: When = When.BEFORE
    exceptions: tuple[str, ...] = ()
    apart: bool = False

    def of(self, step: str) -> When:
        """When one step is run."""
        if step not in self.exceptions:
            return self.when
        return When.BEFORE if self.when is When.AFTER else When.AFTER

    def split(self, steps: Sequence[str]) -> int:
        """How many of the steps come before the code; all of them where its start runs them."""
        return sum(self.of(step) is not When.AFTER for step in steps)


class Kind(StrEnum):
    """How the replicas of one release take the place of another's."""

    ROLLING = "rolling"
    """A few at a time, as a Kubernetes Deployment does by default."""
    RECREATE = "recreate"
    """All old ones stop before the first new one starts: nobody serves meanwhile."""
    BLUE_GREEN = "blue-green"
    """A whole new fleet is started beside the old one; all traffic is switched at once, and can be switched back."""
    CANARY = "canary"
    """A few new replicas serve beside all old ones for long; then the rest is replaced as in a rolling update."""


class Drain(StrEnum):
    """When a replica that is to stop gets no more traffic.

    On Kubernetes the signal and the removal from the endpoints are not ordered; a ``preStop`` hook that sleeps puts the
    removal first (Kubernetes, "Pod Lifecycle", "Termination of Pods").
    """

    BEFORE = "before"
    """Before it is told to stop."""
    AFTER = "after"
    """A little after it was told."""


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """How replicas are replaced, with the names and the rounding of a Kubernetes Deployment.

    Args:
        kind: In which way.
        replicas: How many replicas serve.
        max_surge: So many more than ``replicas`` may exist; a percentage rounds up.
        max_unavailable: So many fewer may be ready; a percentage rounds down.
        canary: So many new replicas serve first, where that is the way; a percentage rounds up.
        min_ready_s: Seconds for which a new replica has to stay ready before it counts.
        progress_deadline_s: Seconds in which a new replica has to become ready in the rollout; None leaves it to the
            release's ``start_timeout_s``.
        drain: Whether a replica that is to stop gets no more traffic before or after it is told to.
        time_scale: Factor for the probes' periods and ``min_ready_s``: 0.01 turns Kubernetes' 10 s into 0.1 s.
        ports: Where replicas may listen; below Linux' ephemeral range (from 32768), out of which outgoing
            connections are served.
    """

    kind: Kind = Kind.ROLLING
    replicas: int = 2
    max_surge: str = "25%"
    max_unavailable: str = "25%"
    canary: str = "1"
    min_ready_s: float = 0.0
    progress_deadline_s: float | None = None
    drain: Drain = Drain.BEFORE
    time_scale: float = 0.01
    ports: range = range(20_000, 30_000)


def resolve_count(value: str, replicas: int, *, up: bool) -> int:
    """Turns ``"25%"`` or ``"1"`` into a number of replicas.

    Raises:
        ValueError: It is neither.
    """
    if value.endswith("%"):
        share = float(value[:-1]) * replicas / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value)


@dataclass(frozen=True)
class Change:
    """One move of a rollout: a replica of the new release starts, or one of the old release stops."""

    start: bool
    index: int


def plan_rollout(strategy: Strategy) -> tuple[Change, ...]:
    """The order in which replicas come and go.

    As a Deployment does: never more than ``replicas + max_surge`` exist, never fewer than ``replicas -
    max_unavailable`` are ready; where both round to nothing, one may be unavailable (Kubernetes refuses such
    settings; a percentage that rounds both down to zero is resolved this way there too). Canaries are started first,
    and count as surge. Blue and green fleets exist side by side as a whole; one stopped first meets no follower.

    Returns:
        Starts and stops; indexes count from 1 within each release.
    """
    total = strategy.replicas
    starts = tuple(Change(start=True, index=index + 1) for index in range(total))
    stops = tuple(Change(start=False, index=index + 1) for index in range(total))
    match strategy.kind:
        case Kind.RECREATE:
            return stops + starts
        case Kind.BLUE_GREEN:
            return starts + stops
        case Kind.CANARY:
            first = min(total, max(1, resolve_count(strategy.canary, total, up=True)))
            return starts[:first] + _roll(strategy, new=first)
        case Kind.ROLLING:
            return _roll(strategy, new=0)
    assert_never(strategy.kind)


def _roll(strategy: Strategy, *, new: int) -> tuple[Change, ...]:
    """A rolling update that begins with so many new replicas beside all old ones."""
    total = strategy.replicas
    surge = resolve_count(strategy.max_surge, total, up=True)
    unavailable = resolve_count(strategy.max_unavailable, total, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    changes: list[Change] = []
    old = total
    while old or new < total:
        started = max(0, min(total + surge - old - new, total - new))
        changes.extend(Change(start=True, index=new + i + 1) for i in range(started))
        new += started
        stopped = min(old, old + new - (total - unavailable))
        changes.extend(Change(start=False, index=total - old + i + 1) for i in range(stopped))
        old -= stopped
    return tuple(changes)
