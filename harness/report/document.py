"""The one document that every report is a view of: ``rolldeploy.json``, with a published JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from harness.errors import ScenarioError
from harness.evidence.causes import tell_changes
from harness.evidence.checks import CHECKS
from harness.evidence.coverage import cover
from harness.evidence.expectations import Result, is_promised, is_relied_on, sqlstates
from harness.evidence.identity import sign
from harness.evidence.scope import attempts_by_place, describe_scope
from harness.evidence.story import Story, tell
from harness.evidence.verdicts import Half, cell_status
from harness.model.availability import Served
from harness.model.cell import BASE, ROLLOUT, Actor, Cell, Status, Verdict
from harness.model.events import Asked, Attempted, Ended, Migrated, ReplicaReady, SchemaChanged, Started
from harness.model.finding import Finding  # noqa: TC001  msgspec resolves the annotations
from harness.model.locks import TrafficRan
from harness.model.release import NO_COLD
from harness.model.rollout import Schedule, When  # noqa: TC001  msgspec resolves the annotations
from harness.model.settings import ReadFrom  # noqa: TC001  as above
from harness.model.task import TaskTried
from harness.model.waiver import Acceptance  # noqa: TC001  as above
from harness.report.chain import ChainRecord, record_chain
from harness.report.records import BaselineRecord, CountRecord, StateRecord, TaskRecord, WaiversRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.evidence.chain import ChainAnswer
    from harness.evidence.checks import CheckKey
    from harness.evidence.coverage import Coverage
    from harness.evidence.expectations import ItemResult
    from harness.evidence.outcome import Outcome
    from harness.evidence.verdicts import Answer
    from harness.model.events import Event
    from harness.model.finding import Judgement
    from harness.model.revision import Revision
    from harness.plan.steps import Plan

R = TypeVar("R", bound=msgspec.Struct)

#: Version of the document's format; changes with it.
REPORT_FORMAT = 3
#: Name of the file in a report's folder.
REPORT_NAME = "rolldeploy.json"


class OutcomeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One journey in one cell."""

    step: str
    actor: Actor
    journey: str
    status: Status
    reason: str
    inherited_from: str | None
    promised: bool
    result: Result
    result_reason: str
    sqlstates: tuple[str, ...]
    scope: str
    story: Story | None
    finding: str = ""
    acceptance: Acceptance | None = None
    signatures: tuple[str, ...] = ()


class CheckRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one check says of one step, or of the deploy as a whole."""

    step: str
    check: str
    title: str
    status: Status
    reason: str
    promised: bool
    result: Result
    result_reason: str
    findings: tuple[Finding, ...]


class CoverageRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of what a step did to things that were there before the old release's statements met."""

    touched: int
    changes: int
    untouched: str


class StepRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step and its verdict."""

    number: int
    revision: str
    label: str
    file: str
    when: When
    verdict: Verdict
    agrees: bool | None
    old: Half
    new: Half
    note: str
    coverage: CoverageRecord | None
    cells: dict[str, Status]
    changes: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()


class AnswerRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer for the release as a whole."""

    splits: tuple[int, ...]
    rehearsed_split: int | None
    advice: str
    horizon: str | None
    can_roll_back: bool | None
    no_restart_from: str | None


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole rehearsal."""

    format: int
    name: str
    plans: tuple[str, ...]
    postgres: str
    passed_over: tuple[str, ...]
    reduced: tuple[str, ...]
    old: str
    new: str
    when: When
    journeys: tuple[str, ...]
    journeys_left_out: tuple[str, ...]
    steps: tuple[StepRecord, ...]
    base: dict[str, Status]
    rollout: dict[str, Status]
    answer: AnswerRecord | None
    outcomes: tuple[OutcomeRecord, ...]
    checks: tuple[CheckRecord, ...]
    availability: tuple[StateRecord, ...]
    tasks: tuple[TaskRecord, ...]
    counts: CountRecord
    error: str
    chain: ChainRecord | None = None
    read_from: ReadFrom | None = None
    waivers: WaiversRecord | None = None
    baseline: BaselineRecord | None = None
    compared: str = ""
    walk_alone: bool = False
    runs_already: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all journeys took part, in all that there is: a part cannot tell what is not there."""
        return not self.journeys_left_out and not self.walk_alone


def build_document(
    *,
    plan: Plan,
    digests: tuple[str, ...],
    revisions: tuple[Revision, ...],
    events: tuple[Event, ...],
    outcomes: Mapping[tuple[Cell, str], Outcome],
    results: Mapping[tuple[Cell, str], ItemResult],
    judgements: Mapping[CheckKey, Judgement],
    check_results: Mapping[CheckKey, ItemResult],
    answer: Answer,
    schedule: Schedule,
    split: int | None,
    journeys_left_out: tuple[str, ...],
    chain: ChainAnswer | None = None,
) -> Document:
    """Puts everything that was judged into one document.

    Args:
        plan: Cells, steps and journeys.
        digests: Names of the plans that were run.
        revisions: The steps of the schema.
        events: What happened.
        outcomes: One for each cell and journey.
        results: The same as test results.
        judgements: What each check says of each step.
        check_results: The same as test results.
        answer: Verdicts and order.
        schedule: When each step is run.
        split: How many steps ran before the code in the rollout that was rehearsed; None where there was none.
        journeys_left_out: Names of the journeys of the scenario that took no part.
        chain: From which release on each step is safe; None where there is no chain.
    """
    started = next(event for event in events if isinstance(event, Started))
    ended = [event for event in events if isinstance(event, Ended)]
    verdicts = {verdict.label: verdict for verdict in answer.steps}

    def status(step: str, actor: Actor) -> Status:
        return cell_status(outcomes[Cell(step, actor), journey] for journey in plan.journeys)

    covered, attempts = cover(events), attempts_by_place(events)
    changed = {event.label: event for event in events if isinstance(event, SchemaChanged)}
    steps = []
    for number, revision in enumerate(revisions, start=1):
        verdict = verdicts[revision.label]
        actors = [cell.actor for cell in plan.cells if cell.step == revision.label]
        steps.append(
            StepRecord(
                number=number,
                revision=revision.id,
                label=revision.label,
                file=revision.path,
                when=schedule.of(revision.label),
                verdict=verdict.verdict,
                agrees=verdict.agrees,
                old=verdict.old,
                new=verdict.new,
                note=verdict.note,
                coverage=record_coverage(covered.get(revision.label)),
                cells={actor.value: status(revision.label, actor) for actor in actors},
                changes=tell_changes(changed[revision.label]) if revision.label in changed else (),
                statements=changed[revision.label].statements if revision.label in changed else (),
            )
        )
    return Document(
        format=REPORT_FORMAT,
        name=started.name,
        plans=digests,
        postgres=started.postgres,
        passed_over=started.passed_over,
        reduced=(*started.reduced, *(NO_COLD for event in events if isinstance(event, Asked) and event.runs_already)),
        read_from=started.read_from,
        compared=started.compared,
        old=started.old,
        new=started.new,
        when=schedule.when,
        journeys=plan.journeys,
        journeys_left_out=journeys_left_out,
        walk_alone=any(event.walk_alone for event in events if isinstance(event, Asked)),
        runs_already=any(event.runs_already for event in events if isinstance(event, Asked)),
        steps=tuple(steps),
        base={cell.actor.value: status(BASE, cell.actor) for cell in plan.cells if cell.step == BASE},
        rollout={cell.actor.value: status(ROLLOUT, cell.actor) for cell in plan.cells if cell.step == ROLLOUT},
        answer=AnswerRecord(
            splits=answer.splits,
            rehearsed_split=split,
            advice=answer.advice,
            horizon=answer.horizon,
            can_roll_back=answer.can_roll_back,
            no_restart_from=answer.no_restart_from,
        ),
        outcomes=tuple(
            OutcomeRecord(
                step=cell.step,
                actor=cell.actor,
                journey=journey,
                status=outcome.status,
                reason=outcome.reason,
                inherited_from=outcome.inherited_from,
                promised=is_promised(cell.actor, schedule.of(cell.step), apart=schedule.apart),
                result=results[cell, journey].result,
                result_reason=results[cell, journey].reason,
                sqlstates=sqlstates(outcome),
                scope=describe_scope(outcome, plan, outcomes, attempts.get((cell, journey), ())),
                story=story,
                signatures=sign(outcome, story),
            )
            for (cell, journey), outcome in outcomes.items()
            for story in (tell(outcome, plan, events),)
        ),
        checks=tuple(
            CheckRecord(
                step=step,
                check=name,
                title=next(check.title for check in CHECKS if check.name == name),
                status=judgement.status,
                reason=judgement.reason,
                promised=is_relied_on(name, schedule.of(step), apart=schedule.apart),
                result=check_results[step, name].result,
                result_reason=check_results[step, name].reason,
                findings=judgement.findings,
            )
            for (step, name), judgement in judgements.items()
        ),
        availability=tuple(_copied(StateRecord, event) for event in events if isinstance(event, Served)),
        tasks=tuple(_copied(TaskRecord, event) for event in events if isinstance(event, TaskTried)),
        counts=CountRecord(
            replicas=sum(isinstance(event, ReplicaReady) for event in events),
            requests=sum(map(_count_requests, events)),
            migrations=sum(isinstance(event, Migrated) for event in events),
            duration_s=ended[-1].duration_s if ended else 0.0,
        ),
        error=ended[-1].error if ended else "",
        chain=record_chain(chain, plan, events) if chain is not None else None,
    )


def _count_requests(event: Event) -> int:
    """How many requests it tells of: of journeys, or of traffic beside a step, as the timeline shows them."""
    match event:
        case Attempted(exchanges=exchanges):
            return len(exchanges)
        case Served(requests=requests) | TrafficRan(requests=requests):
            return requests
        case _:
            return 0


def _copied(record: type[R], event: Event) -> R:
    """A record of what an event says under the same names."""
    return record(**{name: getattr(event, name) for name in record.__struct_fields__})


def record_coverage(coverage: Coverage | None) -> CoverageRecord | None:
    """The coverage of a step in the form of the report."""
    if coverage is None:
        return None
    untouched = "" if coverage.untested else coverage.describe_untouched()
    return CoverageRecord(touched=coverage.touched, changes=len(coverage.met), untouched=untouched)


def encode_document(document: Document) -> bytes:
    """The document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def read_document(path: Path) -> Document:
    """Reads a document.

    Raises:
        ScenarioError: There is none, or it cannot be read.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ScenarioError(f"cannot read {path}: {error.strerror}") from None
    try:
        version = msgspec.json.decode(text, type=dict[str, Any]).get("format")
        if version is None:
            raise ScenarioError(f"{path} is no report: it has no format")
        if version != REPORT_FORMAT:
            raise ScenarioError(f"{path} has format {version}, and this release of the harness reads {REPORT_FORMAT}")
        return msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ScenarioError(f"{path} is no report: {error}") from None
