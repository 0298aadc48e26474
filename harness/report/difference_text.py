"""The difference between two reports as lines, as Markdown and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.report.change import Change, Difference, Direction, Side
from harness.report.markdown import COMMENT_LIMIT, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.report.terminal import Line

#: Version of the format of the JSON text; changes with it.
DIFFERENCE_FORMAT = 1

_COLOURS = {Direction.WORSE: "red", Direction.BETTER: "green", Direction.CHANGED: "yellow"}
#: Of the journeys to which the same happened, so many are named.
_MOST_NAMED = 3
#: A sentence is cut here; the report itself has all of it.
_WHY_LENGTH = 160
#: A comment of GitHub takes 65,536 characters (see :mod:`harness.report.markdown`); so many bytes are for the rows.
_ROWS_LIMIT = COMMENT_LIMIT - 8_192


def render_difference(difference: Difference) -> list[Line]:
    """The difference as a terminal shows it.

    Args:
        difference: Between two reports.

    Returns:
        Lines and their colours.
    """
    return list(_lines(difference))


def _lines(difference: Difference) -> Iterator[Line]:
    for name, side in (("before", difference.before), ("after", difference.after)):
        yield f"{name:<8} {side.old} -> {side.new}", ""
        yield from ((f"         only there: {text}", "") for text in _only(side))
    wide = max((len(_place(change)) for change in difference.changes if not change.is_inherited), default=0)
    for direction, count in difference.counts.items():
        if count:
            yield "", ""
            yield f"{direction} {count}", f"bold {_COLOURS[direction]}"
        told = [change for change in difference.of(direction) if not change.is_inherited]
        for change in told:
            yield f"  {_place(change):<{wide}}  {' '.join(_told(change))}", _COLOURS[direction]
            if change.why:
                yield f"  {'':<{wide}}  {_why(change)}", ""
        inherited = _inherited(difference.of(direction))
        if inherited:
            yield f"  {inherited}", _COLOURS[direction]
    yield "", ""
    yield f"same     {_same(difference)}", ""


def _inherited(changes: Iterable[Change]) -> str:
    """How many cells tell the news of another one again; the empty string where none does."""
    more = sum(len(change.names) for change in changes if change.is_inherited)
    return f"{_count(more, 'cell')} more that another step breaks, or broke, see there" if more else ""


def _place(change: Change) -> str:
    """A cell by the words of its item's id."""
    if not change.step:
        return change.what
    return f"{change.step}{' ' if change.what == 'verdict' else '-'}{change.what}"


def _why(change: Change) -> str:
    was = "was: " if change.direction is Direction.BETTER and change.step else ""
    return _cut(f"{was}{change.why}")


def _told(change: Change) -> Iterator[str]:
    yield f"{change.before} -> {change.after}" if change.before != change.after else change.after
    if change.names:
        yield f" {_names(change)}"


def _names(change: Change) -> str:
    more = f" and {len(change.names) - _MOST_NAMED} more" if len(change.names) > _MOST_NAMED else ""
    return f"{', '.join(change.names[:_MOST_NAMED])}{more}"


def _only(side: Side) -> Iterator[str]:
    for noun, names in (("step", side.steps), ("journey", side.journeys)):
        if names:
            yield f"{noun}{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _same(difference: Difference) -> str:
    return ", ".join(_count(count, part.removesuffix("s")) for part, count in difference.same.items())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cut(text: str) -> str:
    return text if len(text) <= _WHY_LENGTH else f"{text[: _WHY_LENGTH - 3]}..."


def render_difference_markdown(difference: Difference) -> str:
    """The difference as a text for a pull request.

    Args:
        difference: Between two reports.
    """
    return "\n".join(_markdown(difference)) + "\n"


def _markdown(difference: Difference) -> Iterator[str]:
    counts = difference.counts
    yield f"### {plain(difference.name)}: " + ", ".join(f"{count} {one}" for one, count in counts.items())
    yield ""
    for name, side in (("before", difference.before), ("after", difference.after)):
        only = "".join(f"; only there: {plain(_cut(text))}" for text in _only(side))
        yield f"* {name}: {plain(side.old)} -> {plain(side.new)}{only}"
    yield ""
    if difference.changes:
        yield "| | where | before | after | journeys | why |"
        yield "|---|---|---|---|---|---|"
    room = _ROWS_LIMIT
    told = [change for change in difference.changes if not change.is_inherited]
    for index, change in enumerate(told):
        row = _row(change)
        room -= len(row.encode())
        if room < 0:
            yield f"| | and {len(told) - index} more, which found no room here | | | | |"
            break
        yield row
    inherited = _inherited(difference.changes)
    if inherited:
        yield f"| | {inherited} | | | | |"
    if difference.changes:
        yield ""
    yield f"The same: {_same(difference)}."


def _row(change: Change) -> str:
    told = (
        change.direction,
        _place(change),
        change.before,
        change.after,
        _names(change),
        _why(change) if change.why else "",
    )
    return f"| {' | '.join(map(plain, told))} |"


def render_difference_json(difference: Difference) -> str:
    """The difference as JSON, with a ``format`` and with ``counts``.

    Args:
        difference: Between two reports.
    """
    told = {"format": DIFFERENCE_FORMAT, "counts": difference.counts, **msgspec.to_builtins(difference)}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"
