"""Looks through a document once it is judged, for findings that fail nothing for now, and says so of each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.acceptance import Problem, is_accepted_by, rule
from harness.evidence.expectations import Result
from harness.evidence.identity import failed_silently, identify_finding, identify_outcome
from harness.model.cell import Status
from harness.model.finding import Weight
from harness.model.waiver import Acceptance, Baseline, Known, Ruling
from harness.report.records import BaselineRecord, WaiverRecord, WaiversRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence.identity import Identity
    from harness.model.finding import Finding
    from harness.model.waiver import Waivers
    from harness.report.document import CheckRecord, Document, OutcomeRecord

_FAILING = frozenset({Status.FAIL, Status.TRANSIENT})


def accept(document: Document, waivers: Waivers | None, baseline: Baseline | None) -> Document:
    """Gives each finding its id, and leaves those that are accepted out of what fails; none of them becomes a pass.

    Args:
        document: As it is without waivers and baseline.
        waivers: Findings that are accepted, if anybody looked for any.
        baseline: Findings that were there before, if that was asked for.
    """
    look = _Look(document, waivers, baseline)
    outcomes = tuple(map(look.at_outcome, document.outcomes))
    checks = tuple(map(look.at_check, document.checks))
    return msgspec.structs.replace(
        document,
        outcomes=outcomes,
        checks=checks,
        waivers=look.record_waivers(),
        baseline=look.record_baseline(),
    )


def take_baseline(documents: Sequence[Document], name: str, file: str) -> Baseline:
    """What is known of a rehearsal by earlier reports.

    Args:
        documents: The reports.
        name: Of the rehearsal.
        file: Where they are, as the user named it.
    """
    mine = [document for document in documents if document.name == name]
    known = dict.fromkeys(known for document in mine for known in list_findings(document))
    return Baseline(file=file, found=bool(mine), known=tuple(known))


def list_findings(document: Document) -> Iterator[Known]:
    """Everything that fails an item, or would but for a waiver or a baseline.

    What the settings expect, nobody relies on or another step causes is none of it: it was never looked at as something
    that fails.

    Args:
        document: The report.
    """
    for outcome in document.outcomes:
        if is_shown_by(outcome) or outcome.acceptance is not None:
            yield from (Known(part, outcome.status) for part in identify(outcome).parts)
    for check in document.checks:
        for finding in check.findings:
            if fails(check, finding) or finding.acceptance is not None:
                yield Known(identify_finding(check.step, check.check, finding).id, Status.FAIL)


def _list_shown(document: Document) -> Iterator[str]:
    """Ids of everything that went wrong, whether it fails an item or not."""
    for outcome in document.outcomes:
        if outcome.status in _FAILING:
            yield from identify(outcome).parts
    for check in document.checks:
        yield from (identify_finding(check.step, check.check, finding).id for finding in check.findings)


def identify(outcome: OutcomeRecord) -> Identity:
    """What makes a failure the same one in another report.

    Args:
        outcome: The journey that failed, as a report has it.
    """
    return identify_outcome(outcome.step, outcome.actor, outcome.journey, outcome.signatures)


class _Look:
    """One look through a document."""

    def __init__(self, document: Document, waivers: Waivers | None, baseline: Baseline | None) -> None:
        self._document = document
        self._waivers = waivers
        self._baseline = baseline
        self._ids = {step.label: step.revision for step in document.steps}
        self._matched: Counter[int] = Counter()

    def at_outcome(self, outcome: OutcomeRecord) -> OutcomeRecord:
        """One journey in one cell."""
        if outcome.status not in _FAILING:
            return outcome
        identity = identify(outcome)
        found = msgspec.structs.replace(outcome, finding=identity.id)
        if not is_shown_by(outcome):
            return found
        said = self._rule(
            Problem(
                id=found.finding,
                step=self._names(outcome.step),
                status=outcome.status,
                sqlstates=outcome.sqlstates,
                actor=outcome.actor,
                journey=outcome.journey,
                parts=identity.parts,
                silent=failed_silently(outcome.journey, outcome.signatures),
            )
        )
        if said is None:
            return found
        result = Result.XFAILED if said.holds else Result.FAILED
        return msgspec.structs.replace(found, acceptance=said, result=result, result_reason=said.text)

    def at_check(self, check: CheckRecord) -> CheckRecord:
        """What one check says of one step: its item fails where one of its findings does."""
        fails = check.status is Status.FAIL and check.result is Result.FAILED
        findings = tuple(self._at_finding(check, finding, fails=fails) for finding in check.findings)
        found = msgspec.structs.replace(check, findings=findings)
        said = [finding.acceptance for finding in findings if finding.weight is Weight.FAIL]
        if not fails or not any(said):
            return found
        if all(one is not None and one.holds for one in said):
            reason = "; ".join(dict.fromkeys(one.text for one in said if one is not None))
            return msgspec.structs.replace(found, result=Result.XFAILED, result_reason=reason)
        failing = next(f for f in findings if f.weight is Weight.FAIL and not is_accepted(f.acceptance))
        reason = failing.acceptance.text if failing.acceptance is not None else failing.headline
        return msgspec.structs.replace(found, result_reason=reason)

    def _at_finding(self, check: CheckRecord, finding: Finding, *, fails: bool) -> Finding:
        named = replace(finding, id=identify_finding(check.step, check.check, finding).id)
        if not fails or finding.weight is not Weight.FAIL:
            return named
        problem = Problem(
            id=named.id,
            step=self._names(check.step),
            status=Status.FAIL,
            sqlstates=finding.sqlstates,
            check=check.check,
        )
        return replace(named, acceptance=self._rule(problem))

    def _names(self, step: str) -> frozenset[str]:
        return frozenset({step, self._ids.get(step, step)})

    def _rule(self, problem: Problem) -> Acceptance | None:
        for waiver in self._waivers.entries if self._waivers is not None else ():
            self._matched[waiver.number] += is_accepted_by(problem, waiver)
        return rule(problem, self._waivers, self._baseline)

    def record_waivers(self) -> WaiversRecord | None:
        """What came of each waiver."""
        if self._waivers is None:
            return None
        entries = tuple(WaiverRecord(waiver, self._matched[waiver.number]) for waiver in self._waivers.entries)
        return WaiversRecord(self._waivers.file, self._waivers.rehearsals, entries)

    def record_baseline(self) -> BaselineRecord | None:
        """What came of the findings that were there before; a part of the journeys cannot tell whether one is gone."""
        if self._baseline is None:
            return None
        before = {known.id for known in self._baseline.known}
        gone = len(before - set(_list_shown(self._document)))
        told = gone if self._baseline.found and self._document.is_whole else None
        return BaselineRecord(self._baseline.file, self._baseline.found, len(before), told)


def is_shown_by(outcome: OutcomeRecord) -> bool:
    """Whether an item fails because of what it found, and not because it missed what the settings expect.

    Args:
        outcome: One journey in one cell, whose item fails in the second case for another reason than its own.
    """
    fails = outcome.status in _FAILING and outcome.result is Result.FAILED
    return fails and outcome.result_reason == outcome.reason


def fails(check: CheckRecord, finding: Finding) -> bool:
    """Whether a finding of a check fails its item.

    Args:
        check: What the check says of a step.
        finding: One of its findings.
    """
    shown = check.status is Status.FAIL and check.result is Result.FAILED
    return shown and finding.weight is Weight.FAIL and not is_accepted(finding.acceptance)


def is_accepted(said: Acceptance | None) -> bool:
    """Whether a finding fails nothing because somebody said so, or because it was there before.

    Args:
        said: Of the finding.
    """
    return said is not None and said.holds


def count_accepted(document: Document) -> Counter[Ruling]:
    """How many findings there are of each ruling, each counted once, wherever it shows.

    Args:
        document: The report.
    """
    said = [(outcome.finding, outcome.acceptance) for outcome in document.outcomes]
    said += [(finding.id, finding.acceptance) for check in document.checks for finding in check.findings]
    rulings = {id_: acceptance.ruling for id_, acceptance in said if acceptance is not None}
    return Counter(rulings.values())


def count_expected(document: Document) -> int:
    """How many findings there are at what is relied on that the settings expect, each counted once.

    Args:
        document: The report.
    """
    found = {
        outcome.finding
        for outcome in document.outcomes
        if outcome.promised and outcome.result is Result.XFAILED and outcome.finding
        if outcome.inherited_from is None and not is_accepted(outcome.acceptance)
    }
    for check in document.checks:
        if check.promised and check.result is Result.XFAILED:
            weighed = (one for one in check.findings if one.weight is Weight.FAIL)
            found |= {finding.id for finding in weighed if not is_accepted(finding.acceptance)}
    return len(found)
