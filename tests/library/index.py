"""Writes ``scenarios/README.md``: every scenario and step in one table, out of what each ``scenario.toml`` says.

``python -m tests.library.index REPORTS`` takes the times from a run with ``--rolldeploy-report=REPORTS``; with
``--slowest`` it prints them, and writes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .expected import SCENARIOS, Scenario, Step, read_report, read_scenarios

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEX = SCENARIOS / "README.md"
#: From here on the file depends on a machine, and is not compared.
TIMES = "\n## How long they take\n"
#: How many of the slowest are listed.
SLOWEST = 10

_INTRODUCTION = """\
# Scenarios

Miniatures of what teams deploy: each folder has an old and a new release of an application, the migrations between
them, journeys, and a `scenario.toml` that says what the rehearsal has to find, and what it must leave alone. This file
is written by `python -m tests.library.index REPORTS`, and `python -m tests.library.expected REPORTS` tells whether the
rehearsals in a report say the same.
"""
_COLUMNS = ("scenario", "step", "change", "hazard", "who breaks", "verdict", "SQLSTATE", "checks")


def hazards(scenarios: tuple[Scenario, ...]) -> list[Step]:
    """All steps, and deploys as a whole, that do harm."""
    return [step for scenario in scenarios for step in scenario.steps if step.hazard]


def safe_changes(scenarios: tuple[Scenario, ...]) -> list[Step]:
    """All steps that do none; a deploy as a whole is no change of its own."""
    return [step for scenario in scenarios for step in scenario.steps if step.is_safe]


def render(scenarios: tuple[Scenario, ...]) -> str:
    """All of the file that does not depend on a machine."""
    found = hazards(scenarios)
    families = len({step.hazard for step in found})
    counts = (
        f"{len(found)} hazards in {families} families, {len(safe_changes(scenarios))} safe changes, "
        f"in {len(scenarios)} scenarios.\n"
    )
    rows = [_row(scenario, step) for scenario in scenarios for step in scenario.steps if step.title]
    return "\n".join([_INTRODUCTION, counts, *_table(_COLUMNS, rows), ""])


def render_times(times: Mapping[str, float]) -> str:
    """How long the rehearsals took, and which took longest.

    Args:
        times: Seconds by scenario.
    """
    ordered = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    rows: list[tuple[str, ...]] = [(_link(name), f"{seconds:.0f}") for name, seconds in ordered[:SLOWEST]]
    total = f"{len(times)} rehearsals, {sum(times.values()):.0f} s one after the other. The slowest:\n"
    return "\n".join([TIMES, total, *_table(("scenario", "seconds"), rows), ""])


def _row(scenario: Scenario, step: Step) -> tuple[str, ...]:
    who = [*step.breaks, *(f"{actor} (in passing)" for actor in step.transient)]
    return (
        _link(scenario.name),
        step.revision,
        step.title,
        step.hazard or ("safe" if step.is_safe else ""),
        ", ".join(who),
        step.verdict,
        step.sqlstate,
        ", ".join(step.checks),
    )


def _link(name: str) -> str:
    """To its folder; the last part of a pair's name is none."""
    folder, _, pair = name.rpartition("/")
    return f"[{name}]({folder if '..' in pair else name})"


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def read_times(reports: Path, scenarios: tuple[Scenario, ...]) -> dict[str, float]:
    """Seconds that each rehearsal of a report took, by scenario."""
    documents = {scenario.name: read_report(reports, scenario) for scenario in scenarios}
    return {name: document.counts.duration_s for name, document in documents.items() if document is not None}


def _main(reports: Path, options: list[str]) -> None:
    scenarios = read_scenarios()
    if not reports.is_dir():
        raise SystemExit(f"there is no folder {reports}: name that of the reports")
    if "--slowest" in options:
        print(render_times(read_times(reports, scenarios)))
        return
    INDEX.write_text(render(scenarios) + render_times(read_times(reports, scenarios)), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
