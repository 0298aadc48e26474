"""Findings: judged problems with their evidence, beside what the journeys show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.cell import Status
from harness.model.waiver import Acceptance  # noqa: TC001  msgspec resolves the annotations


class Weight(StrEnum):
    """What a finding asks of its reader."""

    FAIL = "fail"
    """A user would have noticed it, or is bound to once the table has grown: the test item fails."""
    NOTE = "note"
    """Worth knowing; it fails nothing."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One judged problem.

    Args:
        headline: What happened, in one sentence.
        weight: Whether it fails its item.
        details: What proves it, a line each.
        remedy: What to do instead, in one sentence, or the empty string.
        sqlstates: PostgreSQL's codes among the evidence.
        id: What it is called in reports and waivers; the empty string until a report is made.
        acceptance: What waivers and baseline say of it, once a report is made.
    """

    headline: str
    weight: Weight = Weight.FAIL
    details: tuple[str, ...] = ()
    remedy: str = ""
    sqlstates: tuple[str, ...] = ()
    id: str = ""
    acceptance: Acceptance | None = None


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What one check says of one step.

    Args:
        status: ``pass``, ``fail``, ``untested`` or ``skipped``.
        reason: One sentence where it is neither ``pass`` nor ``fail``, or the empty string.
        findings: All problems, notes among them.
    """

    status: Status
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def judged(findings: tuple[Finding, ...]) -> Judgement:
    """The judgement of a check that saw what it looks at."""
    failed = any(finding.weight is Weight.FAIL for finding in findings)
    return Judgement(status=Status.FAIL if failed else Status.PASS, findings=findings)
