"""How replicas of one release are replaced by replicas of another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class When(StrEnum):
    """When the deployment runs its migrations, by its settings."""

    BEFORE = "before"
    AT_BOOT = "at-boot"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A rolling update, with the names and the rounding of a Kubernetes Deployment.

    Args:
        replicas: How many replicas serve.
        max_surge: So many more than ``replicas`` may exist; a percentage rounds up.
        max_unavailable: So many fewer may be ready; a percentage rounds down.
        time_scale: Factor for the probes' periods: 0.01 turns Kubernetes' 10 s into 0.1 s.
        ports: Where replicas may listen; below Linux' ephemeral range (from 32768), out of which outgoing
            connections are served.
    """

    replicas: int = 2
    max_surge: str = "25%"
    max_unavailable: str = "25%"
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
    settings; a percentage that rounds both down to zero is resolved this way there too).

    Returns:
        Starts and stops; indexes count from 1 within each release.
    """
    total = strategy.replicas
    surge = resolve_count(strategy.max_surge, total, up=True)
    unavailable = resolve_count(strategy.max_unavailable, total, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    changes: list[Change] = []
    old, new = total, 0
    while old or new < total:
        started = min(total + surge - old - new, total - new)
        changes.extend(Change(start=True, index=new + i + 1) for i in range(started))
        new += started
        stopped = min(old, old + new - (total - unavailable))
        changes.extend(Change(start=False, index=total - old + i + 1) for i in range(stopped))
        old -= stopped
    return tuple(changes)
