"""What a report says of the releases of a chain: from which of them on each step is safe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from harness.evidence.story import tell
from harness.model.cell import BASE, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.chain import ChainAnswer, Survival
    from harness.model.events import Event
    from harness.plan.steps import Plan

#: Over the answers.
HEADING = "safe while nothing older serves"
_LABEL_LENGTH = 40
_FAILED = frozenset({Status.FAIL, Status.TRANSIENT})


class SurvivalRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One release behind one step, and why it does not work there; the matrix has more of the old one."""

    release: str
    status: Status
    inherited_from: str | None
    why: str


class SafeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer for one step: the oldest release from which on every one works, in a word and in a sentence."""

    step: str
    since: str | None
    answer: str
    releases: tuple[SurvivalRecord, ...]


class ChainRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The releases of a chain up to the new one, those before the old one on its schema, and each step."""

    releases: tuple[str, ...]
    base: tuple[SurvivalRecord, ...]
    steps: tuple[SafeRecord, ...]


def record_chain(answer: ChainAnswer, plan: Plan, events: tuple[Event, ...]) -> ChainRecord:
    """The answer in the form of the report.

    Args:
        answer: Of one pair.
        plan: Its steps.
        events: What happened.
    """

    def record(survival: Survival) -> SurvivalRecord:
        outcome = survival.outcome
        return SurvivalRecord(
            release=survival.release,
            status=survival.status,
            inherited_from=outcome.inherited_from if outcome is not None else None,
            why=_why(survival, plan, events),
        )

    return ChainRecord(
        releases=answer.releases,
        base=tuple(map(record, answer.base)),
        steps=tuple(
            SafeRecord(step=step.step, since=step.since, answer=step.text, releases=tuple(map(record, step.releases)))
            for step in answer.steps
        ),
    )


def _why(survival: Survival, plan: Plan, events: tuple[Event, ...]) -> str:
    """What happened, in one line; the empty string where the release works."""
    outcome = survival.outcome
    if outcome is None or survival.status is Status.PASS:
        return ""
    story = tell(outcome, plan, events)
    if story is None:
        return outcome.reason
    refused = [f"{error.sqlstate} {error.message}" for error in story.sql[:1]]
    return "; ".join(filter(None, (story.headline, *refused, story.why)))


@dataclass(frozen=True, kw_only=True)
class ChainRow:
    """One line of the table.

    Args:
        place: The step, or ``base``.
        words: What each release before the new one did there, the oldest first.
        answer: From which release on the step is safe; the empty string for ``base``.
        safe: Whether it is for all of them.
    """

    place: str
    words: tuple[str, ...]
    answer: str
    safe: bool


def list_rows(record: ChainRecord) -> Iterator[ChainRow]:
    """The steps, and the schema before them where a release fails there, or where there is no step.

    Args:
        record: Of the report.

    Yields:
        Lines of a table, whose heading is ``step``, the releases but the new one, and ``HEADING``.
    """
    if record.base and (not record.steps or any(survival.status is not Status.PASS for survival in record.base)):
        yield ChainRow(place=BASE, words=(*map(_word, record.base), "-"), answer="", safe=False)
    for step in record.steps:
        safe = step.since == record.releases[0]
        yield ChainRow(place=step.step, words=tuple(map(_word, step.releases)), answer=step.answer, safe=safe)


def list_reasons(record: ChainRecord) -> Iterator[str]:
    """Why releases do not work, where the matrix does not say it.

    Args:
        record: Of the report.

    Yields:
        Sentences.
    """
    for place, survivals in ((BASE, record.base), *((step.step, step.releases) for step in record.steps)):
        for survival in survivals:
            if survival.why and not survival.inherited_from:
                yield f"{survival.release} {survival.status}, {place}: {survival.why}"


def render_chain(record: ChainRecord) -> Iterator[tuple[str, str]]:
    """A table of the steps and of the releases that were tried behind each of them.

    Args:
        record: Of the report.

    Yields:
        Lines and their colours.
    """
    rows = tuple(list_rows(record))
    if not rows:
        return
    names = record.releases[:-1]
    wide = max(len("step"), *(min(len(row.place), _LABEL_LENGTH) for row in rows))
    widths = [max(map(len, column)) for column in zip(names, *(row.words for row in rows), strict=True)]

    def line(place: str, cells: tuple[str, ...], answer: str) -> str:
        columns = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        return f"  {place[:_LABEL_LENGTH]:<{wide}}  {columns}  {answer}".rstrip()

    yield line("step", names, HEADING), "bold"
    for row in rows:
        yield line(row.place, row.words, row.answer), "green" if row.safe else "yellow"
    for reason in list_reasons(record):
        yield f"  {reason}", ""


def _word(survival: SurvivalRecord) -> str:
    inherited = survival.inherited_from and survival.status in _FAILED
    return f"({survival.status})" if inherited else survival.status.value
