"""Puts runs of parts of one rehearsal together: each had some of its journeys, on a machine of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ScenarioError
from harness.evidence.blame import split_of
from harness.evidence.chain import judge_chain
from harness.evidence.checks import breaks_old, judge_checks
from harness.evidence.coverage import cover
from harness.evidence.expectations import judge_check_items, judge_items
from harness.evidence.identity import identify_finding
from harness.evidence.outcomes import doubt, judge_undoubted
from harness.evidence.verdicts import judge
from harness.model.cell import SEVERITY, Status
from harness.model.events import Asked, SchemaChanged, Started
from harness.model.finding import Judgement, Weight
from harness.model.release import NEVER_STARTED
from harness.plan.frame import frame_of
from harness.report.acceptance import accept
from harness.report.document import build_document, record_coverage
from harness.report.judging import look_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.evidence.checks import CheckKey
    from harness.evidence.outcome import Outcome
    from harness.evidence.timeline import Timeline
    from harness.evidence.verdicts import Answer
    from harness.model.cell import Cell
    from harness.model.events import Event
    from harness.model.finding import Finding
    from harness.report.document import Document, StepRecord
    from harness.report.recording import Recording
    from harness.report.records import StateRecord, TaskRecord

#: From worst to best where several shards tell of one and the same thing. What one of them saw counts where another one
#: had nothing to show it by; where a walk never came to it, the whole one would not have come there either.
_SEVERITY = (Status.FAIL, Status.TRANSIENT, Status.INCONCLUSIVE, Status.SKIPPED, Status.PASS, Status.UNTESTED)


@dataclass(frozen=True, kw_only=True)
class Shard:
    """What one machine did.

    Args:
        place: Where it lies, as a user knows it.
        recording: Its plans, and what happened.
        digests: Names of its plans.
    """

    place: str
    recording: Recording
    digests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """All of them together.

    Args:
        document: The report.
        repeated: Journeys that several shards had.
    """

    document: Document
    repeated: tuple[str, ...]


def merge_shards(shards: Sequence[Shard], wanted: Iterable[str] = ()) -> Merged:
    """Judges the shards of a plan as one rehearsal.

    Each was started on a database of its own, so that journeys of different shards never met one another.

    Args:
        shards: At least one, each of which came to its end.
        wanted: Names of further journeys that the whole has, those of a shard that was stopped, say.

    Raises:
        ScenarioError: They are shards of different plans, or of no whole one.
    """
    for shard in shards[1:]:
        _refuse_other(shards[0], shard)
    timelines = [look_back(shard.recording.plans, shard.recording.events) for shard in shards]
    if next(timelines[0].of(Asked)).runs_already:
        raise ScenarioError(f"{shards[0].place} is no shard: {NEVER_STARTED}; run all journeys of it together")
    if next(timelines[0].of(Asked)).walk_alone:
        raise ScenarioError(
            f"{shards[0].place} holds the walk alone, for no test of anything else was selected; choose shards by the "
            "names of journeys"
        )
    asked = next(timelines[0].of(Asked))
    journeys = tuple(dict.fromkeys(name for timeline in timelines for name in timeline.plan.journeys))
    named = (name for timeline in timelines for name in next(timeline.of(Asked)).journeys_left_out)
    left_out = tuple(dict.fromkeys(name for name in (*named, *wanted) if name not in journeys))
    plan = replace(timelines[0].plan, journeys=journeys)
    events = tuple(_together(timelines))
    covered = cover(events)
    owners, seen = _choose(timelines)
    outcomes = doubt(plan, seen, events)
    judgements = _merge_judgements([judge_checks(timeline) for timeline in timelines])
    splits = {split_of(timeline.plan) for timeline in timelines}
    answer = judge(plan, outcomes, asked.schedule, breaks_old(judgements))
    answer = answer if len(splits) == 1 else _doubt_order(answer)
    chain = judge_chain(plan, events, asked.chain, outcomes, answer) if asked.chain else None
    results = judge_items(plan, outcomes, asked.expected, asked.schedule, complete=not left_out, all_met=asked.all_met)
    check_results = judge_check_items(plan, judgements, asked.expected, asked.schedule, complete=not left_out)
    documents = [
        build_document(
            plan=timeline.plan,
            digests=shard.digests,
            revisions=asked.revisions,
            events=timeline.events,
            outcomes={key: outcome for key, outcome in outcomes.items() if key[1] in timeline.plan.journeys},
            results=results,
            judgements=judgements,
            check_results=check_results,
            answer=answer,
            schedule=asked.schedule,
            split=next(iter(splits)) if len(splits) == 1 else None,
            journeys_left_out=left_out,
            chain=chain,
        )
        for shard, timeline in zip(shards, timelines, strict=True)
    ]
    document = _combine(documents, owners, journeys)
    steps = tuple(
        msgspec.structs.replace(step, coverage=record_coverage(covered.get(step.label))) for step in document.steps
    )
    document = accept(msgspec.structs.replace(document, steps=steps), asked.waivers, asked.baseline)
    had = Counter(name for timeline in timelines for name in timeline.plan.journeys)
    return Merged(
        document=document,
        repeated=tuple(name for name in journeys if had[name] > 1),
    )


def _refuse_other(first: Shard, other: Shard) -> None:
    """Says in which respect a shard is of another plan."""
    begun, begun_other = (next(e for e in s.recording.events if isinstance(e, Started)) for s in (first, other))
    asked, asked_other = (next(e for e in s.recording.events if isinstance(e, Asked)) for s in (first, other))
    walk, walk_other = first.recording.plans[0], other.recording.plans[0]
    differs = ""
    if begun.name != begun_other.name:
        differs = f"it is of {begun_other.name}, and the other one of {begun.name}"
    elif (begun.old, begun.new) != (begun_other.old, begun_other.new):
        differs = (
            f"its releases are {begun_other.old} and {begun_other.new}, there they are {begun.old} and {begun.new}"
        )
    elif others := _other_code(begun, begun_other):
        differs = (
            f"its code of the {' and the '.join(others)} release is another one (files that git ignores do not count)"
        )
    elif walk.labels != walk_other.labels:
        differs = f"its steps are {', '.join(walk_other.labels)}, there they are {', '.join(walk.labels)}"
    elif replace(asked, journeys_left_out=()) != replace(asked_other, journeys_left_out=()):
        differs = "what the settings or waivers expect, or when the steps are run, is not the same"
    elif any(map(_differ, first.recording.plans[::2], other.recording.plans[::2])):
        differs = "the settings for replicas, traffic, seed or disturbances are not the same"
    if differs:
        raise ScenarioError(
            f"{other.place} is no shard of the plan of {first.place}: {differs}; run all shards from one commit, with "
            "one file of settings"
        )


def _other_code(begun: Started, other: Started) -> list[str]:
    """Names of releases whose code is not the same, as far as both shards know what it was."""
    known = dict(other.code)
    return [name for name, code in begun.code if known.get(name, code) != code]


def _differ(*plans: object) -> bool:
    one, other = map(frame_of, plans)  # type: ignore[arg-type]
    return one != other


def _together(timelines: Iterable[Timeline]) -> Iterator[Event]:
    """What happened in all shards, where each step changed the schema once, and wrote what it wrote in any of them."""
    changed: dict[str, SchemaChanged] = {}
    for timeline in timelines:
        for event in timeline.events:
            if not isinstance(event, SchemaChanged):
                yield event
                continue
            known = changed.get(event.label, event)
            written = dict(known.written)
            written.update({table: max(rows, written.get(table, 0)) for table, rows in event.written})
            counts = [one.writes for one in (known, event) if one.writes is not None]
            changed[event.label] = replace(
                known, written=tuple(sorted(written.items())), writes=max(counts, default=None)
            )
    yield from changed.values()


def _choose(
    timelines: Sequence[Timeline],
) -> tuple[dict[tuple[Cell, str], int], dict[tuple[Cell, str], Outcome]]:
    """Which shard tells of each journey in each cell, and what: the one where it went worst, if there are several."""
    owners: dict[tuple[Cell, str], int] = {}
    chosen: dict[tuple[Cell, str], Outcome] = {}
    for index, timeline in enumerate(timelines):
        for key, outcome in judge_undoubted(timeline.plan, timeline.events).items():
            if key not in chosen or _rank(outcome.status) < _rank(chosen[key].status):
                owners[key], chosen[key] = index, outcome
    return owners, chosen


def _rank(status: Status) -> int:
    return _SEVERITY.index(status)


def _merge_judgements(found: Sequence[Mapping[CheckKey, Judgement]]) -> dict[CheckKey, Judgement]:
    """The worst of what a check says, with the findings of all shards; one that two shards have is told once."""
    merged = {}
    for key in found[0]:
        all_ = [judgements[key] for judgements in found]
        worst = min(all_, key=lambda judgement: _rank(judgement.status))
        kept: list[Finding] = []
        for judgement in all_:
            known = {identify_finding(*key, finding) for finding in kept}
            kept.extend(finding for finding in judgement.findings if identify_finding(*key, finding) not in known)
        kept.sort(key=lambda finding: finding.weight is not Weight.FAIL)
        merged[key] = Judgement(status=worst.status, reason=worst.reason, findings=tuple(kept))
    return merged


def _doubt_order(answer: Answer) -> Answer:
    """Each shard rehearses the order that its own journeys allow: where they are not one, none was rehearsed by all."""
    if not answer.splits:
        return answer
    advice = (
        "no order is proven: the shards rehearsed the rollout in different orders; rehearse all journeys in one run"
    )
    return replace(answer, splits=(), advice=advice)


def _combine(
    documents: Sequence[Document], owners: Mapping[tuple[Cell, str], int], journeys: tuple[str, ...]
) -> Document:
    """One document out of one for each shard, all of which were judged together."""
    first = documents[0]
    mine = {(cell.step, cell.actor, journey): index for (cell, journey), index in owners.items()}
    outcomes = [
        outcome
        for index, document in enumerate(documents)
        for outcome in document.outcomes
        if mine[outcome.step, outcome.actor, outcome.journey] == index
    ]
    order = {(step, actor): place for place, (step, actor) in enumerate((o.step, o.actor) for o in first.outcomes)}
    outcomes.sort(key=lambda outcome: (order[outcome.step, outcome.actor], journeys.index(outcome.journey)))
    counts = [document.counts for document in documents]
    fields = type(first.counts).__struct_fields__
    return msgspec.structs.replace(
        first,
        plans=_once(name for document in documents for name in document.plans),
        postgres=" and ".join(_once(document.postgres for document in documents)),
        passed_over=_once(text for document in documents for text in document.passed_over),
        reduced=_once(text for document in documents for text in document.reduced),
        journeys=journeys,
        steps=tuple(map(_combine_steps, zip(*(document.steps for document in documents), strict=True))),
        base=_worst(document.base for document in documents),
        rollout=_worst(document.rollout for document in documents),
        outcomes=tuple(outcomes),
        availability=tuple(_combine_states(s for document in documents for s in document.availability)),
        tasks=tuple(_combine_tasks(task for document in documents for task in document.tasks)),
        counts=type(first.counts)(**{name: round(sum(getattr(c, name) for c in counts), 3) for name in fields}),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _worst(cells: Iterable[Mapping[str, Status]]) -> dict[str, Status]:
    """Of each actor the worst of all; what is untested of one shard is shown, since its journeys are."""
    found: dict[str, list[Status]] = {}
    for one in cells:
        for actor, status in one.items():
            found.setdefault(actor, []).append(status)
    return {actor: min(statuses, key=SEVERITY.index) for actor, statuses in found.items()}


def _combine_steps(steps: Sequence[StepRecord]) -> StepRecord:
    """What a step did is the same in all shards, but for the rows that it found."""
    changes = _once(text for step in steps for text in step.changes)
    statements = max((step.statements for step in steps), key=len)
    cells = _worst(step.cells for step in steps)
    return msgspec.structs.replace(steps[0], cells=cells, changes=changes, statements=statements)


def _combine_states(states: Iterable[StateRecord]) -> Iterator[StateRecord]:
    """The requests of all shards in each state, one shard after the other."""
    found: dict[str, list[StateRecord]] = {}
    for state in states:
        found.setdefault(state.state, []).append(state)
    for name, ones in found.items():
        yield type(ones[0])(
            state=name,
            requests=sum(one.requests for one in ones),
            lost=sum(one.lost for one in ones),
            unserved=sum(one.unserved for one in ones),
            errors=sum(one.errors for one in ones),
            slowest_ms=max(one.slowest_ms for one in ones),
            duration_s=round(sum(one.duration_s for one in ones), 3),
        )


def _combine_tasks(tasks: Iterable[TaskRecord]) -> Iterator[TaskRecord]:
    """Of each task the run that took longest, with the requests of all shards beside it."""
    found: dict[tuple[str, str], list[TaskRecord]] = {}
    for task in tasks:
        found.setdefault((task.task, task.point), []).append(task)
    for ones in found.values():
        beside = [one.beside_s for one in ones if one.beside_s is not None]
        yield msgspec.structs.replace(
            max(ones, key=lambda one: one.alone_s),
            beside_s=max(beside, default=None),
            requests=sum(one.requests for one in ones),
            lost=sum(one.lost for one in ones),
            slowest_ms=max(one.slowest_ms for one in ones),
        )
