"""Which findings fail nothing for now: because a waiver accepts them, or because they were there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.identity import AFTERMATH
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
        parts: Ids of all that a journey shows there; none for what is one thing.
        silent: Whether the journey failed in a way, too, in which PostgreSQL refused nothing.
    """

    id: str
    step: frozenset[str]
    status: Status
    sqlstates: tuple[str, ...] = ()
    actor: str = ""
    journey: str = ""
    check: str = ""
    parts: tuple[str, ...] = ()
    silent: bool = False


def is_accepted_by(problem: Problem, waiver: Waiver) -> bool:
    """Whether a waiver, expired or not, is meant for a finding, or for one of the SQLSTATEs that it shows.

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
    """What becomes of a finding: waivers that hold count first, then those that have expired, then the baseline.

    Waivers that name SQLSTATEs accept a finding where they name all that it shows, several of them together if need be:
    another error beside the one that somebody has decided on is not accepted. Nor is a failure without any SQLSTATE:
    who accepts that names none.

    Args:
        problem: The finding, which fails without them.
        waivers: All waivers, if there are any.
        baseline: What was there before, if that was asked for.
    """
    meant = [waiver for waiver in waivers.entries if is_accepted_by(problem, waiver)] if waivers is not None else []
    file = waivers.file if waivers is not None else ""
    holding = _covering(problem, [waiver for waiver in meant if not waiver.expired])
    if holding:
        text = "; ".join(f"waived by {w.owner} {w.end}: {w.why} ({file}, [[waiver]] {w.number})" for w in holding)
        return Acceptance(ruling=Ruling.WAIVED, text=text, entry=holding[0].number)
    expired = next((waiver for waiver in _covering(problem, meant) if waiver.expired), None)
    if expired is not None:
        text = (
            f"the waiver of {expired.owner} expired {expired.expired}: {expired.why} "
            f"({file}, [[waiver]] {expired.number})"
        )
        return Acceptance(ruling=Ruling.EXPIRED, text=text, entry=expired.number)
    if baseline is not None and baseline.covers(problem.parts or (problem.id,), problem.status):
        return Acceptance(ruling=Ruling.KNOWN, text=f"known: {baseline.file} has it")
    return None


def _covering(problem: Problem, meant: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """Those waivers that accept all of a finding together, the first ones that do; none where something is left."""
    if problem.silent:
        return next(((waiver,) for waiver in meant if not waiver.sqlstate), ())
    left = set(problem.sqlstates) - {AFTERMATH} or set(problem.sqlstates)
    taken: list[Waiver] = []
    for waiver in meant:
        if not waiver.sqlstate:
            return (*taken, waiver)
        if waiver.sqlstate in left:
            taken.append(waiver)
            left.discard(waiver.sqlstate)
        if not left:
            return tuple(taken)
    return ()
