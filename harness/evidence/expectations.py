"""What a test item makes of an outcome: passed, failed, failed as expected, or not to be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import SettingsError
from harness.evidence.checks import CHECKS
from harness.evidence.identity import AFTERMATH, has_silent_failure
from harness.evidence.outcome import OLD_HALF
from harness.model.cell import BASE, BOOT_ACTORS, ROLLOUT, Actor, Cell, Status
from harness.model.events import Attempted, MigrationFailed, ReplicaFailed
from harness.model.finding import Weight
from harness.model.rollout import When

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.evidence.checks import CheckKey
    from harness.evidence.outcome import Outcome
    from harness.model.finding import Judgement
    from harness.model.revision import Revision
    from harness.model.rollout import Schedule
    from harness.model.settings import Expected
    from harness.plan.steps import Plan

_ALWAYS = frozenset({Actor.CONTROL, Actor.NEW_CONTROL, Actor.OLD, Actor.MIXED, Actor.NEW, Actor.ROLL_BACK})
_BEFORE = _ALWAYS | {Actor.OLD_WARM, Actor.OLD_COLD, *BOOT_ACTORS}
_AFTER = _ALWAYS | {Actor.NEW_AHEAD, Actor.NEW_WARM}

#: Any step, in ``[expect."*"]``.
ANY_STEP = "*"


class Result(StrEnum):
    """What a test runner shows."""

    PASSED = "passed"
    FAILED = "failed"
    XFAILED = "xfailed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class ItemResult:
    """One journey in one cell, as a test item.

    Args:
        result: What is shown.
        reason: One sentence, or the empty string.
    """

    result: Result
    reason: str = ""


def is_promised(actor: Actor, when: When, *, apart: bool = False) -> bool:
    """Whether the deployment, as it is configured, relies on a cell: what nobody relies on may fail.

    Steps that run before the code must leave the old release working; steps that run after it must not be missed by
    the new one. Where steps are run when nobody serves, neither release meets the other's schema, but for a roll back.
    """
    if apart:
        return actor in _ALWAYS
    return actor in (_AFTER if when is When.AFTER else _BEFORE)


def check_expectations(
    expected: tuple[Expected, ...],
    revisions: tuple[Revision, ...],
    cells: tuple[Cell, ...],
    checks: tuple[CheckKey, ...],
    file: str,
) -> None:
    """Refuses an expectation of a cell that does not exist: it could be neither met nor missed.

    Args:
        expected: What the settings expect.
        revisions: The steps.
        cells: Every cell of the rehearsal.
        checks: Every step at which a check asks.
        file: Name of the settings file.

    Raises:
        SettingsError: There is no such step, or nobody is asked there.
    """
    ids = {revision.label: revision.id for revision in revisions}
    known = {*ids.values(), *ids, BASE, ROLLOUT, ANY_STEP}
    for item in expected:
        if item.step not in known:
            steps = ", ".join([BASE, *ids, ROLLOUT])
            raise SettingsError(f"{file}, [{item.heading}]: no such step; there are {steps} and *")
        places = [(cell.step, cell.actor.value) for cell in cells] + list(checks)
        if not any(who == item.actor and _is_step(item, step, ids) for step, who in places):
            asked = ", ".join(dict.fromkeys(who for step, who in places if _is_step(item, step, ids)))
            raise SettingsError(f"{file}, [{item.heading}]: {item.actor} is not asked there; there are {asked}")


def judge_items(
    plan: Plan,
    outcomes: Mapping[tuple[Cell, str], Outcome],
    expected: tuple[Expected, ...],
    schedule: Schedule,
    *,
    complete: bool,
    all_met: bool = False,
) -> dict[tuple[Cell, str], ItemResult]:
    """Turns outcomes into test results.

    Args:
        plan: Cells, journeys and steps.
        outcomes: One for each cell and journey.
        expected: What the settings expect to fail; an expectation that is not met fails its cell.
        schedule: When each step is run.
        complete: Whether all journeys took part; a part of them need not meet an expectation, or each step.
        all_met: Whether a step fails that no journey meets.
    """
    ids = dict(zip(plan.labels, plan.revisions, strict=True))
    results = {key: _judge_item(outcome, expected, ids, schedule) for key, outcome in outcomes.items()}
    results.update(_judge_heirs(outcomes, expected, ids, schedule))
    _tell_once(outcomes, results)
    if not complete:
        return results
    for key in _unmet(plan, outcomes, schedule) if all_met else ():
        if not _is_expected(outcomes[key], expected, ids):
            reason = f'{results[key].reason}; [journeys] untested = "fail": write a journey that does, or expect it'
            results[key] = ItemResult(result=Result.FAILED, reason=reason)
    for item in expected:
        cells = [cell for cell in plan.cells if cell.actor == item.actor and _is_step(item, cell.step, ids)]
        keys = [(cell, journey) for cell in cells for journey in plan.journeys]
        if any(_meets(item, outcomes[key], ids) for key in keys):
            continue
        unmet = [key for key in keys if not _is_expected(outcomes[key], expected, ids)]
        otherwise = [key for key in unmet if _is_meant(item, outcomes[key], ids)]
        for key in otherwise:
            results[key] = ItemResult(result=Result.FAILED, reason=f"{outcomes[key].reason}; {_describe_other(item)}")
        for key in () if otherwise else unmet:
            if results[key].result in {Result.PASSED, Result.XFAILED}:
                results[key] = ItemResult(result=Result.FAILED, reason=_describe_missed(item))
    return results


def judge_check_items(
    plan: Plan,
    judgements: Mapping[CheckKey, Judgement],
    expected: tuple[Expected, ...],
    schedule: Schedule,
    *,
    complete: bool,
) -> dict[CheckKey, ItemResult]:
    """Turns what the checks say into test results.

    Args:
        plan: Its steps.
        judgements: One for each check and step.
        expected: What the settings expect to fail; an expectation that is not met fails its item.
        schedule: When each step is run.
        complete: Whether all journeys took part; a part of them need not meet an expectation.
    """
    ids = dict(zip(plan.labels, plan.revisions, strict=True))
    results = {key: _judge_check_item(key, judgement, expected, schedule, ids) for key, judgement in judgements.items()}
    for item in expected if complete else ():
        keys = [(step, name) for step, name in judgements if name == item.actor and _is_step(item, step, ids)]
        if keys and not any(results[key] == ItemResult(result=Result.XFAILED, reason=item.reason) for key in keys):
            for key in keys:
                if results[key].result is Result.PASSED:
                    results[key] = ItemResult(result=Result.FAILED, reason=_describe_missed(item))
    return results


def _judge_check_item(
    key: CheckKey, judgement: Judgement, expected: tuple[Expected, ...], schedule: Schedule, ids: Mapping[str, str]
) -> ItemResult:
    step, name = key
    when = schedule.of(step)
    failures = [finding for finding in judgement.findings if finding.weight is Weight.FAIL]
    if judgement.status is Status.PASS:
        return ItemResult(result=Result.PASSED)
    if judgement.status is not Status.FAIL:
        return ItemResult(result=Result.SKIPPED, reason=f"{judgement.status}: {judgement.reason}")
    for item in expected:
        told = all(_allows(item, finding.sqlstates) for finding in failures)
        if item.actor == name and _is_step(item, step, ids) and told:
            return ItemResult(result=Result.XFAILED, reason=item.reason)
    if not is_relied_on(name, when, apart=schedule.apart):
        return ItemResult(result=Result.XFAILED, reason=f'not relied on with when = "{when}"')
    return ItemResult(result=Result.FAILED, reason=failures[0].headline)


def is_relied_on(check: str, when: When, *, apart: bool = False) -> bool:
    """Whether the deployment, as it is configured, relies on what a check asks.

    Args:
        check: Its name.
        when: When the settings run the migrations.
        apart: Whether nobody serves meanwhile.
    """
    return not ((apart or when is When.AFTER) and any(known.old_alone for known in CHECKS if known.name == check))


def _tell_once(outcomes: Mapping[tuple[Cell, str], Outcome], results: dict[tuple[Cell, str], ItemResult]) -> None:
    """Where a replica did not start or a migration failed, no journey ran: one item fails for all of them."""
    told: dict[Cell, str] = {}
    for (cell, journey), outcome in outcomes.items():
        if results[cell, journey].result is not Result.FAILED or isinstance(outcome.evidence[0], Attempted):
            continue
        if cell in told:
            reason = f"{outcome.reason}: see {told[cell]} in this cell"
            results[cell, journey] = ItemResult(result=Result.XFAILED, reason=reason)
        told.setdefault(cell, journey)


def sqlstates(outcome: Outcome) -> tuple[str, ...]:
    """PostgreSQL's codes among the evidence, each once, in order."""
    codes: list[str] = []
    for item in outcome.evidence:
        match item:
            case Attempted(sql=sql) | ReplicaFailed(sql=sql):
                codes.extend(error.sqlstate for error in sql)
            case MigrationFailed(sqlstate=code):
                codes.append(code)
    return tuple(dict.fromkeys(filter(None, codes)))


def _judge_item(
    outcome: Outcome, expected: tuple[Expected, ...], ids: Mapping[str, str], schedule: Schedule
) -> ItemResult:
    when = schedule.of(outcome.cell.step)
    match outcome.status:
        case Status.PASS:
            return ItemResult(result=Result.PASSED)
        case Status.UNTESTED | Status.INCONCLUSIVE | Status.SKIPPED:
            return ItemResult(result=Result.SKIPPED, reason=f"{outcome.status}: {outcome.reason}")
        case Status.FAIL | Status.TRANSIENT:
            for item in expected:
                if _meets(item, outcome, ids):
                    return ItemResult(result=Result.XFAILED, reason=item.reason)
            if outcome.inherited_from:
                return ItemResult(result=Result.XFAILED, reason=f"inherited from {outcome.inherited_from}")
            if not is_promised(outcome.cell.actor, when, apart=schedule.apart):
                return ItemResult(result=Result.XFAILED, reason=f'not relied on with when = "{when}"')
            return ItemResult(result=Result.FAILED, reason=outcome.reason)


def _judge_heirs(
    outcomes: Mapping[tuple[Cell, str], Outcome],
    expected: tuple[Expected, ...],
    ids: Mapping[str, str],
    schedule: Schedule,
) -> Iterator[tuple[tuple[Cell, str], ItemResult]]:
    """Old replicas that fail by the doing of a step at which only the others were expected to.

    That a fresh replica fails may be accepted where nothing is scaled out; that those fail which serve is news then,
    whichever step did it.
    """
    for (cell, journey), outcome in outcomes.items():
        if cell.actor not in OLD_HALF or outcome.inherited_from is None or _is_expected(outcome, expected, ids):
            continue
        if any(isinstance(item, MigrationFailed) for item in outcome.evidence):
            continue  # it is told of one cell alone, for whoever serves
        if not is_promised(cell.actor, schedule.of(cell.step), apart=schedule.apart):
            continue
        origins = [outcomes.get((Cell(outcome.inherited_from, actor), journey)) for actor in OLD_HALF]
        guilty = {o.cell.actor: o for o in origins if o is not None and o.own_failure}
        if guilty and cell.actor not in guilty and all(_is_expected(o, expected, ids) for o in guilty.values()):
            whose = f"by the doing of {outcome.inherited_from}, where it is expected of {' and '.join(guilty)} alone"
            yield (cell, journey), ItemResult(result=Result.FAILED, reason=f"{outcome.reason}; {whose}")


def _is_expected(outcome: Outcome, expected: tuple[Expected, ...], ids: Mapping[str, str]) -> bool:
    return any(_meets(item, outcome, ids) for item in expected)


def _unmet(plan: Plan, outcomes: Mapping[tuple[Cell, str], Outcome], schedule: Schedule) -> Iterator[tuple[Cell, str]]:
    """Of each step at which no journey shows anything of the release that has to live with it, its first item."""
    for label in () if schedule.apart else plan.labels:
        actor = Actor.NEW_AHEAD if schedule.of(label) is When.AFTER else Actor.OLD_WARM
        keys = [(Cell(label, actor), journey) for journey in plan.journeys]
        if keys and all(outcomes[key].status is Status.UNTESTED for key in keys):
            yield keys[0]


def _meets(item: Expected, outcome: Outcome, ids: Mapping[str, str]) -> bool:
    codes = () if has_silent_failure(outcome) else sqlstates(outcome)
    return _is_meant(item, outcome, ids) and _allows(item, codes)


def _is_meant(item: Expected, outcome: Outcome, ids: Mapping[str, str]) -> bool:
    """Whether a failure is the one that is expected, but for its SQLSTATEs."""
    failed = outcome.status in {Status.FAIL, Status.TRANSIENT} and item.status is None
    return (
        (failed or item.status is outcome.status)
        and outcome.cell.actor == item.actor
        and _is_step(item, outcome.cell.step, ids)
    )


def _allows(item: Expected, codes: Sequence[str]) -> bool:
    """Whether a failure with these SQLSTATEs is what is expected: another error beside the expected one is not."""
    return not item.sqlstates or (bool(codes) and set(codes) - {AFTERMATH} <= set(item.sqlstates))


def _is_step(item: Expected, step: str, ids: Mapping[str, str]) -> bool:
    return item.step == ANY_STEP or item.step in {step, ids.get(step)}


def _describe_other(item: Expected) -> str:
    codes = " and ".join(item.sqlstates)
    return f"[{item.heading}] {item.actor} excuses {codes}, and nothing beside it: look why, or leave sqlstate out"


def _describe_missed(item: Expected) -> str:
    missed = "is not untested" if item.status is Status.UNTESTED else "did not fail"
    return (
        f'[{item.heading}] {item.actor} {missed} as expected ("{item.reason}"): '
        "take the expectation out of the settings, or look why"
    )
