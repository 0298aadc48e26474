"""The matrix and a failing item, as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.expectations import Result
from harness.model.cell import BASE, ROLLOUT, Status, Verdict
from harness.model.finding import Weight
from harness.report.answer import conclude
from harness.report.chain import render_chain
from harness.report.matrix import LEGEND, cell_word, columns_of, untouched, word_of
from harness.report.said import Mood

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.document import CheckRecord, Document, OutcomeRecord, StepRecord

#: A line with its colour, by the names of pytest's terminal writer.
Line = tuple[str, str]

_LABEL_LENGTH = 40
#: Of the statements that PostgreSQL refused during one attempt, so many are shown.
_MOST_ERRORS = 3
#: What a terminal has, and the log of a pipeline shows, as a rule.
_WIDTH = 80
#: Colours by the names of pytest's terminal writer.
_COLOURS = {Mood.GOOD: "green", Mood.DOUBT: "yellow", Mood.BAD: "red"}


def render_matrix(document: Document, *, verbose: bool = False) -> list[Line]:
    """The answer and the matrix behind it.

    Args:
        document: The report.
        verbose: Whether it is told, too, which sources of PostgreSQL nobody asked for by name and were not there.

    Returns:
        Lines and their colours.
    """
    return list(_lines(document, verbose=verbose))


def _lines(document: Document, *, verbose: bool) -> Iterator[Line]:
    yield f"old         {document.old}", ""
    yield f"new         {document.new}", ""
    if document.chain is not None:
        *earlier, old, new = document.chain.releases
        yield f"chain       {', '.join([*earlier, f'{old} (old)', f'{new} (new)'])}", ""
    yield f"PostgreSQL  {document.postgres}", ""
    for sentence in document.passed_over if verbose else ():
        yield f"            not taken: {sentence}", ""
    for sentence in document.reduced:
        yield f"            reduced: {sentence}", "yellow"
    if document.read_from is not None:
        yield f"settings    from {document.read_from.what}", ""
        yield from ((f"            not understood: {line}", "yellow") for line in document.read_from.open)
    counts = document.counts
    left_out = f" ({len(document.journeys_left_out)} left out)" if document.journeys_left_out else ""
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
    releases = list(render_chain(document.chain)) if document.chain is not None else []
    if releases:
        yield "", ""
    yield from releases
    found = list(_checks(document))
    if found:
        yield "", ""
    yield from found
    yield "", ""
    yield from ((f"{said.label:<12}{said.text}", _COLOURS[said.mood]) for said in conclude(document))


def _table(document: Document) -> Iterator[Line]:
    columns = columns_of(document)
    rows = [tuple(cell_word(document, step, actor) for actor in columns) for step in document.steps]
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    width = max([len("step"), *(min(len(step.label), _LABEL_LENGTH) for step in document.steps)])
    number = len(str(len(document.steps)))

    def row(first: int | str, label: str, words: Sequence[str], verdict: str) -> str:
        cells = "".join(f"{word:<{size}}  " for word, size in zip(words, widths, strict=True))
        return f"{first:>{number}} {label[:_LABEL_LENGTH]:<{width}}  {cells}{verdict}"

    if document.steps:
        yield row("", "step", columns, "verdict"), "bold"
    if any(status is not Status.PASS for status in document.base.values()):
        yield from ((line, "red") for line in _spread(document, BASE, document.base, f"{'':>{number}} {BASE:<{width}}"))
    for step, words in zip(document.steps, rows, strict=True):
        disagrees = f"   not {step.when}!" if step.agrees is False else ""
        yield row(step.number, step.label, words, f"{step.verdict}{disagrees}"), _colour(document, step)
    rollout = _spread(document, ROLLOUT, document.rollout, f"{'':>{number}} {ROLLOUT:<{width}}")
    yield from ((line, "") for line in rollout)
    shown = {word for words in rows for word in words}
    shown |= {"-"} & {word_of(document, ROLLOUT, *cell) for cell in document.rollout.items()}
    footnotes = [f"{word:<11} {meaning}" for word, meaning in LEGEND.items() if word in shown]
    footnotes += [f"step {step.number:<6} {step.note}" for step in document.steps if step.note]
    footnotes += [f"step {step.number:<6} not touched: {text}" for step in document.steps if (text := untouched(step))]
    if footnotes:
        yield "", ""
    yield from ((line, "") for line in footnotes)


def _spread(document: Document, step: str, statuses: dict[str, Status], label: str) -> Iterator[str]:
    """Cells that have no columns of their own: behind the label, on as many lines as they need."""
    line = f"{label}  "
    for place, (actor, status) in enumerate(statuses.items()):
        cell = f"{actor} {word_of(document, step, actor, status)}"
        if place and len(line) + len(cell) > _WIDTH:
            yield line.rstrip()
            line = " " * len(f"{label}  ")
        line += f"{cell}   "
    yield line.rstrip()


def _colour(document: Document, step: StepRecord) -> str:
    if any(o.result is Result.FAILED for o in document.outcomes if o.step == step.label):
        return "red"
    doubtful = step.verdict is Verdict.UNTESTED or step.agrees is False
    return "yellow" if doubtful else "green"


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
        if finding.acceptance is not None:
            yield f"  {finding.acceptance.ruling:<10} {finding.acceptance.text}", ""
        if finding.id and not note:
            yield f"  finding    {finding.id}", ""
    yield f"  page       rolldeploy explain {check.check}", ""
    if replay:
        yield f"  replay     {replay}", ""


def _checks(document: Document) -> Iterator[Line]:
    """What the checks found, a line each; and which of them saw nothing at a step."""
    for check in document.checks:
        for finding in check.findings:
            fails = finding.weight is Weight.FAIL
            said = finding.acceptance
            word = "note" if not fails else "FAIL" if check.result is Result.FAILED else "x-fail"
            word = said.ruling if said is not None and said.holds else word
            colour = "red" if word == "FAIL" else "yellow"
            yield f"{word:<11} {check.step}, {check.check}: {finding.headline}", colour
    if document.walk_alone:  # which tells it
        return
    blind = [c for c in document.checks if c.status in {Status.UNTESTED, Status.SKIPPED}]
    for reason in dict.fromkeys(check.reason for check in blind):
        names = ", ".join(dict.fromkeys(check.check for check in blind if check.reason == reason))
        yield f"{'unseen':<11} {names}: {reason}", "yellow"


def render_story(outcome: OutcomeRecord, replay: str = "", told: str = "") -> list[Line]:
    """One failing item, so that its cause is seen in ten seconds.

    Args:
        outcome: What failed.
        replay: The command that runs it again.
        told: The item that has told the same cause, or the empty string: what both have in common is not told again.
    """
    return list(_story_lines(outcome, replay, told))


def _story_lines(outcome: OutcomeRecord, replay: str, told: str) -> Iterator[Line]:
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
    said = outcome.acceptance
    facts = (
        (said.ruling.value if said is not None else "", said.text if said is not None else ""),
        ("why", f"as {told} tells above" if told else story.why),
        ("instead", "" if told else story.remedy),
        ("scope", "" if told else outcome.scope),
        ("request", _one_line(story.request)),
        ("response", _one_line(story.response)),
        ("in control", "" if told else _one_line(story.control)),
        ("journey", f"{outcome.journey}, {story.where}: {story.source}" if story.where else ""),
        ("copy", "" if told else story.copy),
        ("schema", "" if told else moved),
        ("fleet", "" if told else f"{', '.join(story.fleet) or 'nobody'}   (plan step {story.plan_step})"),
        ("finding", outcome.finding),
        ("log", "the last lines of the application's:" if story.log and not told else ""),
    )
    yield from ((f"  {name:<10} {text}", "bold" if name == "why" else "") for name, text in facts if text)
    yield from ((f"    {line}", "") for line in story.log if not told)
    if replay:
        yield f"  replay     {replay}", ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _one_line(text: str, length: int = 300) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= length else joined[:length] + "..."
