"""The matrix and a failing item, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.expectations import Result
from harness.model.cell import BASE, ROLLOUT, STEP_ACTORS, Actor, Status, Verdict
from harness.model.finding import Weight
from harness.report.chain import render_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.document import CheckRecord, Document, OutcomeRecord, StepRecord, TaskRecord

#: A line with its colour, by the names of pytest's terminal writer.
Line = tuple[str, str]

_LABEL_LENGTH = 40
#: Of the statements that PostgreSQL refused during one attempt, so many are shown.
_MOST_ERRORS = 3
#: Room for the longest usual word of a cell.
_WIDTH = 14
_LEGEND = {
    "fail": "nobody relies on it with these settings, and it tells what the verdict is made of",
    "(fail)": "broken by another step already",
    "x-fail": "expected by the settings",
    "x-transient": "expected by the settings; it recovered without help",
}


def render_matrix(document: Document) -> list[Line]:
    """The answer and the matrix behind it.

    Args:
        document: The report.

    Returns:
        Lines and their colours.
    """
    return list(_lines(document))


def _lines(document: Document) -> Iterator[Line]:
    yield f"old         {document.old}", ""
    yield f"new         {document.new}", ""
    if document.chain is not None:
        *earlier, old, new = document.chain.releases
        yield f"chain       {', '.join([*earlier, f'{old} (old)', f'{new} (new)'])}", ""
    yield f"PostgreSQL  {document.postgres}", ""
    for sentence in document.passed_over:
        yield f"            not taken: {sentence}", ""
    for sentence in document.reduced:
        yield f"            reduced: {sentence}", "yellow"
    if document.read_from is not None:
        yield f"settings    from {document.read_from.what}", ""
        yield from ((f"            not understood: {line}", "yellow") for line in document.read_from.open)
    counts = document.counts
    left_out = f" ({document.journeys_left_out} left out)" if document.journeys_left_out else ""
    line = (
        f"plan        {' and '.join(document.plans)}: {_count(len(document.journeys), 'journey')}{left_out}, "
        f"{_count(counts.replicas, 'replica')}, {_count(counts.requests, 'request')}, "
        f"{_count(counts.migrations, 'migration')} "
        f"in {counts.duration_s:.1f} s"
    )
    yield line, ""
    covered = [step.coverage for step in document.steps if step.coverage is not None]
    if any(coverage.changes for coverage in covered):
        touched, changes = sum(c.touched for c in covered), sum(c.changes for c in covered)
        yield f"touched     {touched} of {changes} changes of what was there, by statements of the old release", ""
    yield "", ""
    yield from _table(document)
    if document.chain is not None:
        yield "", ""
        yield from render_chain(document.chain)
    found = list(_checks(document))
    if found:
        yield "", ""
    yield from found
    yield "", ""
    yield from _conclusion(document)


def _table(document: Document) -> Iterator[Line]:
    columns = [actor for actor in STEP_ACTORS if any(actor in step.cells for step in document.steps)]
    width = max([len("step"), *(min(len(step.label), _LABEL_LENGTH) for step in document.steps)])
    number = len(str(len(document.steps)))
    header = f"{'':>{number}} {'step':<{width}}  " + "  ".join(f"{actor:<{_WIDTH}}" for actor in columns) + "  verdict"
    yield header, "bold"
    if any(status is not Status.PASS for status in document.base.values()):
        base = "   ".join(f"{actor} {_word(document, BASE, actor, s)}" for actor, s in document.base.items())
        yield f"{'':>{number}} {BASE:<{width}}  {base}", "red"
    for step in document.steps:
        cells = "  ".join(f"{_cell(document, step, actor):<{_WIDTH}}" for actor in columns)
        disagrees = f"   not {step.when}!" if step.agrees is False else ""
        yield (
            f"{step.number:>{number}} {step.label[:_LABEL_LENGTH]:<{width}}  {cells}  {step.verdict}{disagrees}",
            _colour(document, step),
        )
    rollout = "   ".join(f"{actor} {_word(document, ROLLOUT, actor, s)}" for actor, s in document.rollout.items())
    yield f"{'':>{number}} {ROLLOUT:<{width}}  {rollout}", ""
    shown = {_cell(document, step, actor) for step in document.steps for actor in columns}
    footnotes = [f"{word:<11} {meaning}" for word, meaning in _LEGEND.items() if word in shown]
    footnotes += [f"step {step.number:<6} {step.note}" for step in document.steps if step.note]
    footnotes += [f"step {step.number:<6} not touched: {text}" for step in document.steps if (text := _untouched(step))]
    if footnotes:
        yield "", ""
    yield from ((line, "") for line in footnotes)


def _untouched(step: StepRecord) -> str:
    return step.coverage.untouched if step.coverage is not None else ""


def _cell(document: Document, step: StepRecord, actor: Actor) -> str:
    return _word(document, step.label, actor, step.cells[actor]) if actor in step.cells else "-"


def _word(document: Document, step: str, actor: str, status: Status) -> str:
    """The status of a cell: in capitals where it is what the deployment trips over."""
    if status not in {Status.FAIL, Status.TRANSIENT}:
        return status.value
    failed = [o for o in document.outcomes if (o.step, o.actor) == (step, actor) and o.status is status]
    if any(outcome.result is Result.FAILED for outcome in failed):
        return status.value.upper()
    if all(outcome.inherited_from for outcome in failed):
        return f"({status})"
    return f"x-{status}" if any(outcome.promised for outcome in failed) else status.value


def _colour(document: Document, step: StepRecord) -> str:
    if any(o.result is Result.FAILED for o in document.outcomes if o.step == step.label):
        return "red"
    doubtful = step.verdict is Verdict.UNTESTED or step.agrees is False
    return "yellow" if doubtful else "green"


def _conclusion(document: Document) -> Iterator[Line]:
    answer = document.answer
    if document.error:
        yield f"stopped     {document.error}", "red"
    if answer is None:
        return
    failing = [f"{c.check}[{c.step}]" for c in document.checks if c.result is Result.FAILED]
    yield f"deploy      {answer.advice}", "green" if answer.splits and not failing else "red"
    if answer.splits and failing:
        yield f"            but not before these are cleared: {', '.join(failing)}", "red"
    yield from _availability(document)
    yield from ((_say_task(task), "") for task in document.tasks)
    if answer.horizon is not None:
        whole = document.steps and answer.horizon == document.steps[-1].label
        back = "from every step" if whole else f"up to {answer.horizon}, not behind it"
        if answer.horizon == BASE:
            back = "on its own schema alone, not behind the first step"
        yield f"roll back   the old release works {back}", "green" if whole else "yellow"
    if answer.can_roll_back is False:
        yield "            but not on what the new release wrote in the rollout, see rollout-roll-back", "yellow"
    if answer.no_restart_from is not None:
        story = next(
            (o.story for o in document.outcomes if (o.step, o.actor) == (answer.no_restart_from, Actor.OLD_BOOT)), None
        )
        why = f": {story.headline}" if story else ""
        yield f"restart     old replicas cannot restart from {answer.no_restart_from} on{why}", "yellow"
        bypass = [s.cells.get(Actor.OLD_BYPASS.value) for s in document.steps]
        if bypass and all(status is Status.PASS for status in bypass):
            yield "            but they can from every step with the variables of bypass set, see old-bypass", "green"


def _availability(document: Document) -> Iterator[Line]:
    """To the request, while replicas were replaced; a request that found nobody is one that was not answered."""
    states = [(state, state.requests + state.unserved, state.lost + state.unserved) for state in document.availability]
    asked, missing = sum(asked for _, asked, _ in states), sum(missing for _, _, missing in states)
    if not asked:
        return
    yield (
        f"available   {asked - missing} of {asked} requests answered while replicas were replaced",
        ("yellow" if missing else "green"),
    )
    for state, sent, lost in states:
        if lost:
            yield f"            {sent - lost} of {sent} while {state.state}, {state.duration_s:.1f} s", "yellow"


def _say_task(task: TaskRecord) -> str:
    """When it is run, how long it takes, what it does."""
    beside = f", {task.beside_s:.1f} s beside {_count(task.requests, 'request')}" if task.beside_s is not None else ""
    rows = ", ".join(f"{_count(count, 'row')} of {table}" for table, count in task.written)
    wrote = f"; it wrote {rows or 'nothing'}"
    printed = f", and printed: {_one_line(task.output[-1])}" if task.output else ""
    return f"task        {task.task}, {task.point}: {task.alone_s:.1f} s alone{beside}{wrote}{printed}"


def render_findings(check: CheckRecord, replay: str = "") -> list[Line]:
    """One failing check, so that its cause is seen in ten seconds.

    Args:
        check: What failed.
        replay: The command that runs it again.
    """
    return list(_finding_lines(check, replay))


def _finding_lines(check: CheckRecord, replay: str) -> Iterator[Line]:
    if not check.findings:
        yield f"{check.step}, {check.check}: {check.result_reason}", "red"
    for finding in sorted(check.findings, key=lambda finding: finding.weight):
        note = "note: " if finding.weight is Weight.NOTE else ""
        yield f"{check.step}, {check.check}: {note}{finding.headline}", "" if note else "red"
        yield from ((f"  {_one_line(text)}", "") for text in finding.details)
        if finding.remedy:
            yield f"  instead    {finding.remedy}", ""
    yield f"  page       docs/checks/{check.check}.md", ""
    if replay:
        yield f"  replay     {replay}", ""


def _checks(document: Document) -> Iterator[Line]:
    """What the checks found, a line each; and which of them saw nothing at a step."""
    for check in document.checks:
        for finding in check.findings:
            fails = finding.weight is Weight.FAIL
            word = "note" if not fails else "FAIL" if check.result is Result.FAILED else "x-fail"
            colour = "red" if word == "FAIL" else "yellow"
            yield f"{word:<11} {check.step}, {check.check}: {finding.headline}", colour
    blind = [c for c in document.checks if c.status in {Status.UNTESTED, Status.SKIPPED}]
    for reason in dict.fromkeys(check.reason for check in blind):
        names = ", ".join(dict.fromkeys(check.check for check in blind if check.reason == reason))
        yield f"{'unseen':<11} {names}: {reason}", "yellow"


def render_story(outcome: OutcomeRecord, replay: str = "") -> list[Line]:
    """One failing item, so that its cause is seen in ten seconds.

    Args:
        outcome: What failed.
        replay: The command that runs it again.
    """
    return list(_story_lines(outcome, replay))


def _story_lines(outcome: OutcomeRecord, replay: str) -> Iterator[Line]:
    story = outcome.story
    if story is None:
        yield f"{outcome.step} {outcome.actor}: {outcome.result_reason or outcome.reason}", "red"
        return
    recovered = " (and recovered by itself)" if outcome.status is Status.TRANSIENT else ""
    yield f"{outcome.step}, {outcome.actor}: {story.headline}{recovered}", "red"
    for error in story.sql[:_MOST_ERRORS]:
        yield f"  PostgreSQL {error.sqlstate}: {error.message}", "red"
        yield from ((f"             {_one_line(text)}", "") for text in (error.detail, error.statement) if text)
    moved = f"{story.schema_before} -> {story.schema_after}" if story.schema_before else story.schema_after
    facts = (
        ("why", story.why),
        ("instead", story.remedy),
        ("scope", outcome.scope),
        ("request", _one_line(story.request)),
        ("response", _one_line(story.response)),
        ("in control", _one_line(story.control)),
        ("journey", f"{outcome.journey}, {story.where}: {story.source}" if story.where else ""),
        ("copy", story.copy),
        ("schema", moved),
        ("fleet", f"{', '.join(story.fleet) or 'nobody'}   (plan step {story.plan_step})"),
        ("log", "the last lines of the application's:" if story.log else ""),
    )
    yield from ((f"  {name:<10} {text}", "bold" if name == "why" else "") for name, text in facts if text)
    yield from ((f"    {line}", "") for line in story.log)
    if replay:
        yield f"  replay     {replay}", ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _one_line(text: str, length: int = 300) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= length else joined[:length] + "..."
