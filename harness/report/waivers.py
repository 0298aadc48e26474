"""What came of waivers and baseline: what is accepted, which waivers have expired, and which match nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.waiver import Ruling
from harness.report.acceptance import count_accepted
from harness.report.said import Mood, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.model.waiver import Waiver
    from harness.report.document import Document
    from harness.report.records import WaiversRecord

#: So many waivers are told one by one, the rest by their number.
_MOST = 20


def tell_accepted(document: Document) -> Iterator[Said]:
    """What is accepted for now, by whom and until when; and what is accepted no more.

    Args:
        document: The report.
    """
    record = document.waivers
    if record is not None:
        met = [(entry.waiver, entry.matched) for entry in record.entries if entry.matched]
        yield from _shortened([_expired(record, waiver) for waiver, _ in met if waiver.expired])
        own = [(waiver, count) for waiver, count in met if not waiver.expired and not waiver.adopted]
        yield from _shortened([_waived(record, waiver, count) for waiver, count in own])
        yield from _adopted([waiver for waiver, _ in met if not waiver.expired and waiver.adopted])
    if document.baseline is not None:
        yield from _known(document)


def _waived(record: WaiversRecord, waiver: Waiver, count: int) -> Said:
    text = (
        f"{waiver.matches_on} ({_count(count, 'item')}), by {waiver.owner} {waiver.end}: {waiver.why} "
        f"({record.file}, [[waiver]] {waiver.number})"
    )
    return Said("waived", text, Mood.DOUBT)


def _expired(record: WaiversRecord, waiver: Waiver) -> Said:
    text = (
        f"the waiver of {waiver.owner} for {waiver.matches_on} expired {waiver.expired}: {waiver.why} "
        f"({record.file}, [[waiver]] {waiver.number})"
    )
    return Said("expired", text, Mood.BAD)


def _adopted(waivers: Sequence[Waiver]) -> Iterator[Said]:
    """All of one owner in one line: there is nothing to be said of each."""
    for owner in dict.fromkeys(waiver.owner for waiver in waivers):
        count = sum(waiver.owner == owner for waiver in waivers)
        text = f"what {_count(count, 'waiver')} of {owner} adopted, for which nobody has said why it is accepted"
        yield Said("waived", text, Mood.DOUBT)


def _known(document: Document) -> Iterator[Said]:
    baseline = document.baseline
    if baseline is None:
        return
    if not baseline.found:
        text = f"nothing: there is no report of {document.name} in {baseline.file}, so that every finding is new"
        yield Said("known", text, Mood.DOUBT)
        return
    known = count_accepted(document)[Ruling.KNOWN]
    text = f"{_count(known, 'finding')} that {baseline.file} has too would fail without it"
    if baseline.gone:
        text += f"; {baseline.gone} of its {baseline.known} are gone"
    yield Said("known", text, Mood.DOUBT if known else Mood.GOOD)


def _shortened(told: list[Said]) -> Iterator[Said]:
    yield from told[:_MOST]
    if len(told) > _MOST:
        yield Said(told[0].label, f"and by {_count(len(told) - _MOST, 'more waiver')}", told[0].mood)


def tell_unused(documents: Iterable[Document]) -> Iterator[str]:
    """Waivers that match nothing that would fail, a sentence each; none where not everything was rehearsed.

    Args:
        documents: The reports of one session.
    """
    shared: dict[str, list[Document]] = {}
    for document in documents:
        if document.waivers is not None:
            shared.setdefault(document.waivers.file, []).append(document)
    for file, mine in shared.items():
        records = [document.waivers for document in mine if document.waivers is not None]
        wanted = {name for record in records for name in record.rehearsals}
        if wanted - {document.name for document in mine} or not all(document.is_whole for document in mine):
            continue
        used = {entry.waiver.number for record in records for entry in record.entries if entry.matched}
        for entry in records[0].entries:
            waiver = entry.waiver
            if waiver.number not in used:
                expired = f", which expired {waiver.expired}," if waiver.expired else ""
                yield (
                    f"{file}, [[waiver]] {waiver.number} of {waiver.owner} ({waiver.matches_on}){expired} matches "
                    "nothing that would fail: take it out"
                )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
