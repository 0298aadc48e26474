"""What a replica's probes answered while every table was locked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One probe.

    Args:
        kind: ``liveness`` or ``readiness``.
        asked: What it asks, e.g. ``GET /livez``.
        problem: What came instead of success; the empty string where it succeeded.
        waited_for: Tables for which the replica was seen waiting meanwhile.
    """

    kind: str
    asked: str
    problem: str
    waited_for: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Probed:
    """All tables were locked in ACCESS EXCLUSIVE mode, as most forms of ``ALTER TABLE`` lock theirs.

    Args:
        number: Step of the plan.
        replica: Who was asked.
        answers: One for each probe that the settings have.
        reason: Why nobody was asked, in one sentence; or the empty string.
    """

    number: int
    replica: str
    answers: tuple[Answer, ...] = ()
    reason: str = ""
