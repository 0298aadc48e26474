"""Keeps the pages of ``docs/hazards/``: below what is written by hand, what the scenarios show and what is told of it.

``python -m tests.library.hazards`` writes anew what follows from the scenarios; ``python -m tests.library.hazards
REPORTS`` also what a rehearsal told, out of a run with ``--rolldeploy-report=REPORTS``. What a report does not have
stays as it is.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.cell import ROLLOUT, Status
from harness.report.terminal import render_findings, render_matrix, render_story

from .expected import SCENARIOS, Scenario, Step, read_report, read_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.report.document import Document

PAGES = SCENARIOS.parent / "docs" / "hazards"
#: The page of all of them.
INDEX = PAGES / "index.md"
#: What is below it is written by this module.
MARK = "<!-- from here on written by python -m tests.library.hazards -->\n"
#: Families by the letter of their codes.
GROUPS = {
    "A": "Columns",
    "B": "Constraints and defaults",
    "C": "Types and functions",
    "D": "Tables and views",
    "E": "Keys, indexes and sequences",
    "F": "What data means",
    "G": "Copies, triggers and backfills",
    "H": "Prepared statements",
    "I": "Rights",
    "J": "Locks",
    "K": "Migrations that fail",
    "L": "Start, readiness and stop",
}
#: A page shows so many changes in full; the others are in its table.
SHOWN = 3
#: Of one application's log.
_LOG_LINES = 2
#: Longer lines of a log or a body say nothing more.
_WIDTH = 300
_TOLD = re.compile(r'^```text title="(\S+), (\S+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_REPLAY = "  replay  "
_LOG = "    "
#: Where the scenarios, and packages, lay on the machine that a report is from.
_FOLDER = re.compile(r"(?:/[\w.+-]+)+/(?=scenarios/)|(?:/[\w.+-]+)+/(?:site-packages|lib/python3\.\d+)/")


@dataclass(frozen=True)
class Shown:
    """One step, or one rollout, that shows a hazard.

    Args:
        scenario: Where it is.
        step: What it says.
    """

    scenario: Scenario
    step: Step

    @property
    def key(self) -> tuple[str, str]:
        """Its name among all that is told."""
        return self.scenario.name, self.step.revision

    @property
    def link(self) -> str:
        """To the scenario, from a page of a hazard."""
        return f"[{self.scenario.name}](../../scenarios/{self.scenario.path.split('/')[0]}/README.md)"


def by_hazard(scenarios: tuple[Scenario, ...]) -> dict[str, list[Shown]]:
    """What shows each hazard, the plainest first."""
    found: dict[str, list[Shown]] = {}
    for scenario in scenarios:
        for step in scenario.steps:
            if step.hazard:
                found.setdefault(step.hazard, []).append(Shown(scenario, step))
    return {hazard: sorted(shown, key=_rank) for hazard, shown in sorted(found.items())}


def _rank(shown: Shown) -> tuple[bool, bool, int, int, str]:
    step = shown.step
    return not (step.who or step.checks), step.revision == ROLLOUT, -len(step.who), len(step.checks), step.title


def render(shown: list[Shown], told: Mapping[tuple[str, str], str]) -> str:
    """What stands below the mark.

    Args:
        shown: Everything that shows the hazard.
        told: What a rehearsal said, by scenario and revision.
    """
    return "\n".join(_lines(shown, told)) + "\n"


def _lines(shown: list[Shown], told: Mapping[tuple[str, str], str]) -> Iterator[str]:
    yield from ("", "## As rehearsed", "")
    yield "| change | who breaks | verdict | SQLSTATE | checks | scenario |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from map(_row, shown)
    in_full = [each for each in shown if told.get(each.key)][:SHOWN]
    for each in in_full or shown[:1]:
        yield from ("", f"### {each.step.title}", "")
        yield f"{_place(each.step)} of {each.link}."
        code = migration(each)
        if code:
            yield from ("", "```python", code, "```")
        if each.key in told:
            yield from ("", f'```text title="{each.scenario.name}, {each.step.revision}"', told[each.key], "```")


def _place(step: Step) -> str:
    return "The rollout" if step.revision == ROLLOUT else f"Step `{step.revision}`"


def _row(shown: Shown) -> str:
    step = shown.step
    who = [*(f"`{actor}`" for actor in step.breaks), *(f"`{actor}` in passing" for actor in step.transient)]
    checks = [f"[{name}](../checks/{name}.md)" for name in step.checks]
    cells = (step.title, ", ".join(who), step.verdict, step.sqlstate, ", ".join(checks), shown.link)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def migration(shown: Shown) -> str:
    """The code of a step, ``upgrade()`` where it has one; the empty string for a rollout.

    Args:
        shown: Which step.
    """
    if shown.step.revision == ROLLOUT:
        return ""
    stem = shown.step.revision.rpartition(".")[2]
    folder = shown.scenario.folder
    places = (folder, folder.parent / "releases")  # deploys of one story share their releases
    found = [path for place in places for path in sorted(place.rglob(f"{stem}*.py")) if "old" not in path.parts]
    if not found:
        return ""
    text = found[0].read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in {"upgrade", "Migration"}:
            return (ast.get_source_segment(text, node) or "").rstrip()
    return text.strip()


def tell(shown: Shown, document: Document) -> str:
    """What a rehearsal says of the step: one story for each way to fail, and the findings of checks.

    Args:
        shown: Which step.
        document: The report.
    """
    lines = "\n".join(_tell(shown.step, document)).splitlines()
    return "\n".join(_cut(_FOLDER.sub("", line)).rstrip() for line in lines)


def _tell(step: Step, document: Document) -> Iterator[str]:
    label = next((s.label for s in document.steps if s.revision == step.revision), step.revision)
    told: set[tuple[str, ...]] = set()
    for outcome in document.outcomes:
        broken = outcome.status in {Status.FAIL, Status.TRANSIENT} and not outcome.inherited_from
        if outcome.step != label or outcome.actor not in step.who or not broken:
            continue
        cause = (*outcome.sqlstates, outcome.story.why if outcome.story is not None else "")
        if cause not in told and not told:
            yield from _without_noise([text for text, _ in render_story(outcome)])
        told.add(cause)
    for check in document.checks:
        if check.step == label and check.check in step.checks:
            yield from _without_noise([text for text, _ in render_findings(check)])
    if not told and not step.checks and label != ROLLOUT:  # what exploration alone finds is told by its story
        yield from _row_of(label, document)


def _row_of(label: str, document: Document) -> Iterator[str]:
    """The row of a step that breaks nobody, with the matrix's heading and what is said of it below."""
    number = next(step.number for step in document.steps if step.label == label)
    for text, _ in render_matrix(document):
        if text.lstrip().startswith(("step  ", f"{number} {label} ")) or text.startswith(f"step {number} "):
            yield text


def _without_noise(lines: list[str]) -> Iterator[str]:
    log = [line for line in lines if line.startswith(_LOG)]
    for line in lines:
        if not line.startswith(_REPLAY) and (line not in log[:-_LOG_LINES]):
            yield line


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[:_WIDTH] + "..."


def read_told(page: str) -> dict[tuple[str, str], str]:
    """What a page quotes, by scenario and revision."""
    return {(match[1], match[2]): match[3].rstrip("\n") for match in _TOLD.finditer(page)}


def rewritten(page: str, shown: list[Shown], told: Mapping[tuple[str, str], str]) -> str:
    """A page with all that is below its mark written anew.

    Args:
        page: As it is.
        shown: Everything that shows the hazard.
        told: What is new of what a rehearsal said.
    """
    by_hand, _, _ = page.partition(MARK)
    return by_hand + MARK + render(shown, {**read_told(page), **told})


def title(page: str) -> str:
    """The heading of a page."""
    return page.splitlines()[0].removeprefix("# ")


def render_index(hazards: Mapping[str, list[Shown]], titles: Mapping[str, str]) -> str:
    """All hazards in their groups, and once more by what PostgreSQL says.

    Args:
        hazards: What shows each of them.
        titles: Of their pages.
    """
    lines = []
    for letter, group in GROUPS.items():
        lines += ["", f"## {group}", "", "| hazard | SQLSTATE | checks that tell it |", "| --- | --- | --- |"]
        for hazard in (each for each in hazards if each.startswith(letter)):
            codes = ", ".join(f"`{code}`" for code in sqlstates(hazards[hazard]))
            checks = sorted({check for shown in hazards[hazard] for check in shown.step.checks})
            links = ", ".join(f"[{check}](../checks/{check}.md)" for check in checks)
            lines.append(f"| [{titles[hazard]}]({hazard.lower()}.md) | {codes} | {links} |")
    lines += ["", "## By SQLSTATE", "", "| SQLSTATE | what may be behind it |", "| --- | --- |"]
    every = sorted({code for shown in hazards.values() for code in sqlstates(shown)})
    for code in every:
        pages = [f"[{titles[h]}]({h.lower()}.md)" for h, shown in hazards.items() if code in sqlstates(shown)]
        lines.append(f"| `{code}` | {'; '.join(pages)} |")
    return "\n".join([*lines, ""])


def sqlstates(shown: list[Shown]) -> list[str]:
    """PostgreSQL's codes that a hazard was seen with, in order."""
    return sorted({each.step.sqlstate for each in shown} - {""})


def _main(reports: Path | None) -> None:
    hazards = by_hazard(read_scenarios())
    titles = {}
    for hazard, shown in hazards.items():
        path = PAGES / f"{hazard.lower()}.md"
        told = {}
        for each in shown if reports is not None else ():
            document = read_report(reports or Path(), each.scenario)
            if document is not None:
                told[each.key] = tell(each, document)
        page = rewritten(path.read_text(encoding="utf-8"), shown, told)
        path.write_text(page, encoding="utf-8")
        titles[hazard] = title(page)
    by_hand, _, _ = INDEX.read_text(encoding="utf-8").partition(MARK)
    INDEX.write_text(by_hand + MARK + render_index(hazards, titles), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]) if sys.argv[1:] else None)
