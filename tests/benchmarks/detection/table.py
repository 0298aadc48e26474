"""The table, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marks import Mark, Row, count

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The order in which totals are given.
_ON_HAZARDS = (Mark.HIT, Mark.WRONG, Mark.MISS, Mark.UNTESTED, Mark.NOTHING)
_ON_SAFE = (Mark.CLEAN, Mark.ALARM, Mark.WRONG, Mark.UNTESTED, Mark.NOTHING)


def render(rows: Sequence[Row], tools: Sequence[str]) -> str:
    """One line for each step, then the totals of each tool.

    Args:
        rows: All steps.
        tools: Columns, in this order.
    """
    steps = [(row.scenario, row.step, row.hazard or "safe", *(str(row.cells[tool]) for tool in tools)) for row in rows]
    return "\n".join(
        [*_lines(("scenario", "step", "hazard", *tools), steps), "", *_lines(_HEADING, _totals(rows, tools)), ""]
    )


_HEADING = (
    "tool",
    "hazards",
    *(mark.value if mark is not Mark.NOTHING else "cannot look" for mark in _ON_HAZARDS),
    "safe changes",
    *(mark.value if mark is not Mark.NOTHING else "cannot look" for mark in _ON_SAFE),
)


def _totals(rows: Sequence[Row], tools: Sequence[str]) -> list[tuple[str, ...]]:
    lines = []
    for tool in tools:
        on_hazards, on_safe = count(rows, tool)
        lines.append(
            (
                tool,
                str(on_hazards.total()),
                *(str(on_hazards[mark]) for mark in _ON_HAZARDS),
                str(on_safe.total()),
                *(str(on_safe[mark]) for mark in _ON_SAFE),
            )
        )
    return lines


def _lines(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines]
