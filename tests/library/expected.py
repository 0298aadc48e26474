"""What each scenario says that the rehearsal has to find, as read from its ``scenario.toml``; and whether it did."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import ScenarioError
from harness.model.cell import ROLLOUT, ROLLOUT_ACTORS, Actor, Status
from harness.report.document import REPORT_NAME, Document, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILE_NAME = "scenario.toml"
#: Who is asked at a step whether the old release survives it.
_OLD = (Actor.OLD_WARM, Actor.OLD_COLD, Actor.OLD_BOOT, Actor.OLD_BYPASS)
_BROKEN = frozenset({Status.FAIL, Status.TRANSIENT})


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a scenario says of one step, or of the rollout as a whole.

    Args:
        revision: Alembic's id, or ``rollout``.
        title: The change, in one line.
        hazard: Its family; the empty string for a change that is safe.
        verdict: Of the step; the empty string for the rollout.
        breaks: Who breaks by this step's doing: of the old release's cells at a step, of all cells for the rollout.
        transient: Those of them that recover without help.
        sqlstate: PostgreSQL's code that is among the evidence of each of them; the empty string for none.
        why: Part of the cause that is told for each of them, or a table of such parts by actor.
        checks: Checks that fail there, by name.
        pair: The two releases of a chain between which it is, ``v1..v2``; the empty string where there is no chain.
        safe_from: The oldest release of a chain from which on every one works behind it.
        limit: Why the rehearsal is known not to say so, where it does not; it fails once it does.
    """

    revision: str
    title: str
    hazard: str = ""
    verdict: str = ""
    breaks: tuple[str, ...] = ()
    transient: tuple[str, ...] = ()
    sqlstate: str = ""
    why: str | dict[str, str] = ""
    checks: tuple[str, ...] = ()
    pair: str = ""
    safe_from: str = ""
    limit: str = ""

    @property
    def who(self) -> tuple[str, ...]:
        """All who break, for good or in passing."""
        return (*self.breaks, *self.transient)

    @property
    def is_safe(self) -> bool:
        """Whether it is a change that does no harm."""
        return not self.hazard and self.revision != ROLLOUT


class ScenarioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    step: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One folder, or two releases of a chain that is in one.

    Args:
        root: The folder that all scenarios are in.
        folder: Where it is.
        steps: What it says.
        pair: The two releases of a chain, ``v1..v2``; the empty string where there is no chain.
    """

    root: Path = SCENARIOS
    folder: Path
    steps: tuple[Step, ...]
    pair: str = ""

    @property
    def path(self) -> str:
        """Its folder below ``scenarios/``."""
        return self.folder.relative_to(self.root).as_posix()

    @property
    def name(self) -> str:
        """What its rehearsal is called, below ``scenarios/``."""
        return f"{self.path}/{self.pair}" if self.pair else self.path

    @property
    def report(self) -> str:
        """Name of its folder in a report."""
        return "scenarios-" + self.name.replace("/", "-")


def read_scenarios(root: Path = SCENARIOS) -> tuple[Scenario, ...]:
    """All scenarios, by name; one that says nothing of the rollout as a whole says that it does no harm of its own."""
    return tuple(
        Scenario(root=root, folder=path.parent, steps=steps, pair=pair)
        for path in sorted(root.rglob(FILE_NAME))
        for pair, steps in _read(path).items()
    )


def _read(path: Path) -> dict[str, tuple[Step, ...]]:
    found: dict[str, tuple[Step, ...]] = {}
    for step in msgspec.convert(tomllib.loads(path.read_text()), ScenarioFile).step:
        found[step.pair] = (*found.get(step.pair, ()), step)
    for pair, steps in found.items():
        if not any(step.revision == ROLLOUT for step in steps):
            found[pair] = (*steps, Step(revision=ROLLOUT, title=""))
    return found


def compare(step: Step, document: Document) -> Iterator[str]:
    """What the rehearsal says otherwise of a step: wrong verdict, actor, code, cause or check; a line each."""
    label = _label(step, document)
    if label is None:
        yield f"there is no step {step.revision}"
        return
    told = next((item.verdict for item in document.steps if item.label == label), "")
    if step.verdict != told:
        yield f"verdict {told or 'none'}, not {step.verdict or 'none'}"
    since = next((s.since for s in document.chain.steps if s.step == label), None) if document.chain else None
    if step.safe_from != (since or ""):
        yield f"safe from {since or 'none'}, not {step.safe_from or 'none'}"
    actors = ROLLOUT_ACTORS if label == ROLLOUT else _OLD
    for actor in actors:
        found = [o for o in document.outcomes if (o.step, o.actor) == (label, actor)]
        own = [o for o in found if o.status in _BROKEN and not o.inherited_from]
        worst = "breaks" if any(o.status is Status.FAIL for o in own) else "transient" if own else ""
        wanted = "breaks" if actor in step.breaks else "transient" if actor in step.transient else ""
        if worst != wanted:
            yield f"{actor}: {worst or 'nothing'}, not {wanted or 'nothing'}"
            continue
        for outcome in own:
            yield from (f"{actor}: {text}" for text in _cause(step, outcome))
    failed = {check.check for check in document.checks if check.step == label and check.status is Status.FAIL}
    if failed != set(step.checks):
        yield f"checks {', '.join(sorted(failed)) or 'none'}, not {', '.join(step.checks) or 'none'}"


def _cause(step: Step, outcome: Any) -> Iterator[str]:
    story = outcome.story
    codes = {error.sqlstate for error in story.sql} if story is not None else set()
    if step.sqlstate and step.sqlstate not in codes:
        yield f"SQLSTATE {', '.join(sorted(codes)) or 'none'}, not {step.sqlstate}"
    why = step.why if isinstance(step.why, str) else step.why.get(outcome.actor, "")
    if why and (story is None or why not in story.why):
        yield f"cause '{story.why if story else ''}', not '{why}'"


def _label(step: Step, document: Document) -> str | None:
    if step.revision == ROLLOUT:
        return step.revision
    return next((item.label for item in document.steps if item.revision == step.revision), None)


def read_report(reports: Path, scenario: Scenario) -> Document | None:
    """The report of a scenario; None where it was not rehearsed."""
    path = reports / scenario.report / REPORT_NAME
    return read_document(path) if path.is_file() else None


def judge(scenario: Scenario, document: Document) -> dict[str, list[str]]:
    """Everything that the rehearsal says otherwise, by step; nothing under a step that is as expected."""
    found = {step.revision: _accept(step, list(compare(step, document))) for step in scenario.steps}
    unsaid = [record.revision for record in document.steps if record.revision not in found]
    found |= {revision: [f"{FILE_NAME} does not say what is expected"] for revision in unsaid}
    if document.error:
        found[ROLLOUT].append(f"the rehearsal ended with an error: {document.error}")
    return found


def _accept(step: Step, problems: list[str]) -> list[str]:
    """Nothing, where it is known that the rehearsal does not see what is true; and a line where it does by now."""
    if not step.limit:
        return problems
    return [] if problems else ["it is as expected: take limit out"]


def _judge_all(reports: Path, scenarios: tuple[Scenario, ...]) -> Iterator[tuple[str, list[str]]]:
    """Each step of each scenario with what is wrong there."""
    for scenario in scenarios:
        try:
            document = read_report(reports, scenario)
        except ScenarioError as error:
            yield scenario.name, [str(error)]
            continue
        if document is None:
            yield scenario.name, ["not rehearsed"]
            continue
        hazards = {step.revision: step.hazard for step in scenario.steps}
        for revision, problems in judge(scenario, document).items():
            yield f"{scenario.name} {revision} {hazards.get(revision) or 'safe'}", problems


def main(reports: Path, names: list[str], root: Path = SCENARIOS) -> int:
    """Prints a line for each step, and how many there were in the end.

    Args:
        reports: The folder that ``--rolldeploy-report`` was given.
        names: Scenarios or folders to look at; all where there are none.
        root: Where scenarios are.

    Returns:
        The exit status: 0 only where everything that was asked for was rehearsed, and is as expected.
    """
    scenarios = tuple(s for s in read_scenarios(root) if not names or {s.name, s.path} & set(names))
    results = list(_judge_all(reports, scenarios))
    results += [(name, ["no such scenario"]) for name in names if not any(name in {s.name, s.path} for s in scenarios)]
    for label, problems in results:
        print(f"{label}: {'; '.join(problems) or 'as expected'}")
    failed = sum(bool(problems) for _, problems in results)
    print(f"expected: {len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
