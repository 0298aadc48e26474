"""Steps that look on: what replicas do by themselves, and whether PostgreSQL would still take what they send."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.cell import Cell  # noqa: TC001  msgspec resolves the annotations


@dataclass(frozen=True, kw_only=True)
class LeaveAlone:
    """From here on nobody asks these replicas, until :class:`AwaitBackground` has told what they do by themselves.

    Args:
        replicas: Whom.
        cell: What it counts for.
    """

    replicas: tuple[str, ...]
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class AwaitBackground:
    """Waits until replicas have been left alone for long enough, and tells what they did meanwhile.

    Args:
        replicas: Whom.
        duration_s: Seconds, counted from their :class:`LeaveAlone`.
        cell: What it counts for.
    """

    replicas: tuple[str, ...]
    duration_s: float
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class PlanStatements:
    """Has every known statement of the old release planned on a schema; none is executed.

    Args:
        database: Where.
        label: The step that led here; None on the old release's own schema, where it has to come first.
    """

    database: str
    label: str | None = None
