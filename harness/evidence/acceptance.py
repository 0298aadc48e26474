"""Which findings fail nothing for now: because a waiver accepts them, or because they were there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.model.waiver import Acceptance, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.cell import Status
    from harness.model.waiver import Baseline, Waiver, Waivers


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding, as waivers look at it.

    Args:
        id: As reports show it.
        step: What the step may be called: its label and its id, or ``base`` or ``rollout``.
        status: ``fail`` or ``transient``.
        sqlstates: PostgreSQL's codes among the evidence.
        actor: Who was driven; the empty string for a check.
        journey: Which one failed; the empty string for a check.
        check: Which one found it; the empty string for a journey.
    """

    id: str
    step: frozenset[str]
    status: Status
    sqlstates: tuple[str, ...] = ()
    actor: str = ""
    journey: str = ""
    check: str = ""


def is_accepted_by(problem: Problem, waiver: Waiver) -> bool:
    """Whether a waiver, expired or not, is meant for a finding.

    Args:
        problem: The finding.
        waiver: The waiver, whose empty keys say nothing.
    """
    return (
        (not waiver.step or waiver.step in problem.step)
        and waiver.actor in {"", problem.actor}
        and waiver.journey in {"", problem.journey}
        and waiver.check in {"", problem.check}
        and waiver.finding in {"", problem.id}
        and waiver.status in {"", problem.status}
        and (not waiver.sqlstate or waiver.sqlstate in problem.sqlstates)
    )


def rule(problem: Problem, waivers: Waivers | None, baseline: Baseline | None) -> Acceptance | None:
    """What becomes of a finding: a waiver that holds counts first, then one that has expired, then the baseline.

    Args:
        problem: The finding, which fails without them.
        waivers: All waivers, if there are any.
        baseline: What was there before, if that was asked for.
    """
    meant = [waiver for waiver in waivers.entries if is_accepted_by(problem, waiver)] if waivers is not None else []
    file = waivers.file if waivers is not None else ""
    holding = _first(waiver for waiver in meant if not waiver.expired)
    if holding is not None:
        text = f"waived by {holding.owner} {holding.end}: {holding.why} ({file}, [[waiver]] {holding.number})"
        return Acceptance(ruling=Ruling.WAIVED, text=text, entry=holding.number)
    expired = _first(meant)
    if expired is not None:
        text = (
            f"the waiver of {expired.owner} expired {expired.expired}: {expired.why} "
            f"({file}, [[waiver]] {expired.number})"
        )
        return Acceptance(ruling=Ruling.EXPIRED, text=text, entry=expired.number)
    if baseline is not None and baseline.covers(problem.id, problem.status):
        return Acceptance(ruling=Ruling.KNOWN, text=f"known: {baseline.file} has it")
    return None


def _first(waivers: Iterable[Waiver]) -> Waiver | None:
    return next(iter(waivers), None)
