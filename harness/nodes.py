"""The test items of a rehearsal, and what each of them shows of the finished report."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from _pytest._code.code import ReprExceptionInfo, ReprFileLocation, ReprTracebackNative

from harness.errors import RolldeployError, ScenarioError
from harness.evidence.expectations import Result
from harness.model.cell import Actor
from harness.model.finding import Weight
from harness.report.terminal import render_findings, render_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.evidence.checks import CheckKey
    from harness.model.cell import Cell
    from harness.model.waiver import Acceptance
    from harness.one_task import Done
    from harness.report.document import CheckRecord, Document, OutcomeRecord
    from harness.report.terminal import Line
    from harness.traffic.journeys import Journey


class Place(NamedTuple):
    """Where a rehearsal is from.

    Args:
        path: Its settings.
        pair: Number of its two releases in a chain, from 0.
    """

    path: Path
    pair: int


#: Names of the items that have told a cause, by rehearsal, step and cause.
_TELLERS = pytest.StashKey[dict[tuple[Place, str, str, str], str]]()


class Found(Exception):  # noqa: N818  a finding, not an error of the harness
    """An item failed: the application is not safe there.

    Args:
        lines: The story, with colours.
    """

    def __init__(self, lines: list[Line]) -> None:
        super().__init__(lines[0][0] if lines else "")
        self.lines = lines


class RehearsedItem(pytest.Function):
    """One line of a rehearsal's report, as a test."""

    place: Place
    group: str = ""

    @property
    def id(self) -> Any:
        """The identity that pytest 9.2 and later compares with its cache, where it stands as text."""
        built = super().id
        return type(built).parse(str(built))

    @property
    def nodeid(self) -> str:
        """As text, with the group that xdist is to keep on one worker while it asks.

        xdist (3.8) writes the group of a mark where pytest before 9.2 kept the text; later ones do not look there.
        """
        name = super().nodeid
        return f"{name}@{self.group}" if self.group and not name.endswith(f"@{self.group}") else name

    # Private to pytest, which asks ``repr_failure`` in the call alone; a rehearsal is performed while the first item is
    # set up, and its frames carry what must not be shown. ``tests/plugin/test_bad_input.py`` breaks first.
    def _repr_failure_py(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Our story instead of our traceback."""
        if isinstance(excinfo.value, Found):
            return self._show([text for text, _ in excinfo.value.lines])
        if isinstance(excinfo.value, RolldeployError):
            notes = getattr(excinfo.value, "__notes__", [])
            return self._show([f"{type(excinfo.value).__name__}: {excinfo.value}", *notes])
        if isinstance(excinfo.value, pytest.xfail.Exception):
            return str(excinfo.value)  # the reason is all there is; pytest would parse source files to show where
        return super()._repr_failure_py(excinfo, style)

    def _show(self, lines: list[str]) -> ReprExceptionInfo:
        """All lines as they stand, and the first one for whoever has room for no more.

        A text alone would be repeated whole in pytest's short summary where the variable ``CI`` is set.
        """
        path, line, _ = self.reportinfo()
        return ReprExceptionInfo(
            reprtraceback=ReprTracebackNative(["\n".join(lines) + "\n"]),
            reprcrash=ReprFileLocation(str(path), (line or 0) + 1, lines[0]),
        )


class JourneyItem(RehearsedItem):
    """One journey in one cell."""

    cell: Cell
    journey: Journey

    def reportinfo(self) -> tuple[Path, int, str]:
        """Points to the journey, not to the function that looks up its outcome."""
        code = self.journey.function.__code__
        return Path(code.co_filename), code.co_firstlineno - 1, self.name


class CheckItem(RehearsedItem):
    """What one check says of one step."""

    key: CheckKey

    def reportinfo(self) -> tuple[Path, int, str]:
        """Points to the settings: no line of a test is behind it."""
        return self.place.path, 0, self.name


class TaskItem(RehearsedItem):
    """A one-off task that is run instead of a rehearsal."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Points to the settings: no line of a test is behind it."""
        return self.place.path, 0, self.name


def make_task_item(collector: Any, place: Place, name: str) -> TaskItem:
    """The item of one task.

    Args:
        collector: The module of the first journey of the rehearsal.
        place: The rehearsal.
        name: The task's.
    """

    def run(rolldeploy_task: Done) -> None:
        if rolldeploy_task.error:
            raise Found([(f"the task {name} failed: {rolldeploy_task.error}", "red")])

    item: TaskItem = TaskItem.from_parent(collector, name=f"task[{name}]", callobj=run)
    item.place = place
    return item


def make_journey_item(
    collector: Any, place: Place, cell: Cell, journey: Journey, report: str = "", *, prefix: str = ""
) -> JourneyItem:
    """The item of one journey in one cell.

    Args:
        collector: The module that it stands in.
        place: Its rehearsal.
        cell: Step and actor.
        journey: The journey.
        report: Where the report will be, or the empty string.
        prefix: Tells the items of one rehearsal of a chain from those of another.
    """

    def show(document: Document | None) -> None:
        record = _outcome(item, document)
        _attach(item, document, record, record.sqlstates, report, found=[(record.finding, record.acceptance)])
        _end(record.result, record.result_reason, lambda: render_story(record, _replay(item), _teller(item, record)))

    item: JourneyItem = JourneyItem.from_parent(
        collector, name=f"{journey.name}[{prefix}{cell}]", callobj=_look_up(show)
    )
    item.cell, item.journey, item.place = cell, journey, place
    for mark in getattr(journey.function, "pytestmark", []):
        item.add_marker(getattr(pytest.mark, mark.name).with_args(*mark.args, **mark.kwargs))
    return item


def make_check_item(collector: Any, place: Place, key: CheckKey, report: str = "", *, prefix: str = "") -> CheckItem:
    """The item of one check at one step.

    Args:
        collector: The module of the first journey of the rehearsal.
        place: The rehearsal.
        key: Step and check.
        report: Where the report will be, or the empty string.
        prefix: Tells the items of one rehearsal of a chain from those of another.
    """
    step, name = key

    def show(document: Document | None) -> None:
        record = _check(item, document)
        codes = tuple(code for finding in record.findings for code in finding.sqlstates)
        found = [(f.id, f.acceptance) for f in record.findings if f.weight is Weight.FAIL]
        _attach(item, document, record, codes, report, found=found)
        _end(record.result, record.result_reason, lambda: render_findings(record, _replay(item)))

    item: CheckItem = CheckItem.from_parent(collector, name=f"{name}[{prefix}{step}]", callobj=_look_up(show))
    item.key, item.place = key, place
    return item


def _look_up(show: Callable[[Document | None], None]) -> Callable[..., None]:
    def look_up(rolldeploy_rehearsal: Any) -> None:
        show(rolldeploy_rehearsal.document)

    return look_up


def _end(result: Result, reason: str, lines: Callable[[], list[Line]]) -> None:
    """Ends an item with its result."""
    match result:
        case Result.PASSED:
            return
        case Result.XFAILED:
            pytest.xfail(reason)
        case Result.SKIPPED:
            pytest.skip(reason)
        case Result.FAILED:
            raise Found(lines())


def _teller(item: JourneyItem, record: OutcomeRecord) -> str:
    """The item that has told the same cause and the same way out here; the empty string where this one is the first."""
    if record.story is None or not record.story.remedy:
        return ""  # the cause is not known, and may be another one
    tellers = item.config.stash.setdefault(_TELLERS, {})
    teller = tellers.setdefault((item.place, record.step, record.story.why, record.story.remedy), item.name)
    return teller if teller != item.name else ""


def _outcome(item: JourneyItem, document: Document | None) -> OutcomeRecord:
    for record in document.outcomes if document is not None else ():
        if (record.step, record.actor, record.journey) == (item.cell.step, item.cell.actor, item.journey.name):
            return record
    pytest.fail(f"the report says nothing of {item.cell}: it was written by another selection of journeys", False)


def _check(item: CheckItem, document: Document | None) -> CheckRecord:
    for record in document.checks if document is not None else ():
        if (record.step, record.check) == item.key:
            return record
    pytest.fail(f"the report says nothing of {item.name}: it was written by another release of the harness", False)


def _attach(
    item: RehearsedItem,
    document: Document | None,
    record: OutcomeRecord | CheckRecord,
    codes: tuple[str, ...],
    report: str,
    *,
    found: list[tuple[str, Acceptance | None]],
) -> None:
    """Puts what a reader of JUnit XML wants to know into the item's properties."""
    verdict = next((s.verdict for s in document.steps if s.label == record.step), "") if document else ""
    actor = getattr(record, "actor", "")
    properties = {
        "rolldeploy_step": record.step,
        "rolldeploy_actor": actor,
        "rolldeploy_release": _release(actor),
        "rolldeploy_check": getattr(record, "check", ""),
        "rolldeploy_status": record.status,
        "rolldeploy_verdict": verdict,
        "rolldeploy_sqlstate": ",".join(codes),
        "rolldeploy_finding": ",".join(id_ for id_, _ in found if id_),
        "rolldeploy_accepted": ",".join(dict.fromkeys(said.ruling for _, said in found if said is not None)),
        "rolldeploy_report": report,
    }
    item.user_properties.extend((name, str(value)) for name, value in properties.items() if value)


def _release(actor: str) -> str:
    """Whose replicas are asked in a cell; the empty string where it is both, or nobody."""
    if not actor or actor == Actor.MIXED:
        return ""
    return "new" if actor in {Actor.NEW, Actor.NEW_AHEAD, Actor.NEW_WARM, Actor.NEW_CONTROL} else "old"


def _replay(item: RehearsedItem) -> str:
    choice = item.config.getoption("rolldeploy_postgres")
    option = f" --rolldeploy-postgres={choice}" if choice and "://" not in choice else ""
    file, colons, name = (item.nodeid.rpartition("]")[0] + "]").partition("::")
    there = os.path.relpath(item.config.rootpath / file, item.config.invocation_params.dir)  # where it will be pasted
    return f"pytest {shlex.quote(there + colons + name)}{option}"


def fixtures_of(request: pytest.FixtureRequest, journey: Journey) -> dict[str, Any]:
    """Values of a journey's fixtures.

    Args:
        request: Of the item that needs them.
        journey: Which.

    Raises:
        ScenarioError: There is no such fixture.
    """
    values = {}
    for name in journey.fixtures:
        try:
            values[name] = request.getfixturevalue(name)
        except pytest.FixtureLookupError:
            raise ScenarioError(
                f"the journey {journey.name} asks for '{name}', which is no fixture there; its parameters are client, "
                "pytest fixtures, and what @journey(...) draws"
            ) from None
    return values
