"""What a report says of the releases of a chain: from which of them on each step is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.evidence.story import tell
from harness.model.cell import BASE, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.chain import ChainAnswer, Survival
    from harness.model.events import Event
    from harness.plan.steps import Plan

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


def render_chain(record: ChainRecord) -> Iterator[tuple[str, str]]:
    """A table of the steps and of the releases that were tried behind each of them.

    Args:
        record: Of the report.

    Yields:
        Lines and their colours.
    """
    names = record.releases[:-1]
    places = [(BASE, record.base, ""), *((step.step, step.releases, step.answer) for step in record.steps)]
    wide = max(len("step"), *(min(len(place), _LABEL_LENGTH) for place, _, _ in places))
    widths = [max(len(name), len(Status.INCONCLUSIVE)) for name in names]

    def row(place: str, cells: list[str], answer: str) -> str:
        columns = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        return f"  {place[:_LABEL_LENGTH]:<{wide}}  {columns}  {answer}".rstrip()

    yield row("step", list(names), "safe while nothing older serves"), "bold"
    if any(survival.status is not Status.PASS for survival in record.base):
        yield row(BASE, [*map(_word, record.base), "-"], ""), "yellow"
    for step in record.steps:
        colour = "green" if step.since == names[0] else "yellow"
        yield row(step.step, [_word(survival) for survival in step.releases], step.answer), colour
    for place, survivals, _ in places:
        for survival in survivals:
            if survival.why and not survival.inherited_from:
                yield f"  {survival.release} {survival.status}, {place}: {survival.why}", ""


def _word(survival: SurvivalRecord) -> str:
    inherited = survival.inherited_from and survival.status in _FAILED
    return f"({survival.status})" if inherited else survival.status.value
