"""Test items out of journeys, and the rehearsals behind them: what the plugin does once there is a journey."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from harness.config import find_settings
from harness.errors import RolldeployError, ScenarioError, SettingsError
from harness.evidence.expectations import Result
from harness.evidence.journal import JOURNAL_NAME
from harness.plan.render import render_plan
from harness.rehearsal import Cast, list_rehearsal, plan_all, rehearse
from harness.report.document import REPORT_NAME, read_document
from harness.report.terminal import render_story
from harness.runtime.postgres import acquire_server
from harness.sessions import REPORTS, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.cell import Cell
    from harness.rehearsal import Listing
    from harness.report.document import Document, OutcomeRecord
    from harness.report.terminal import Line
    from harness.runtime.reaper import Session
    from harness.traffic.journeys import Journey

#: Holds the sentence with which a rehearsal was stopped.
_STOPPED = "stopped.txt"


class JourneyFailed(Exception):  # noqa: N818  a finding, not an error of the harness
    """An item failed: the application is not safe there.

    Args:
        lines: The story, with colours.
    """

    def __init__(self, lines: list[Line]) -> None:
        super().__init__(lines[0][0] if lines else "")
        self.lines = lines


class JourneyItem(pytest.Function):
    """One journey in one cell."""

    cell: Cell
    journey: Journey
    settings_path: Path

    @property
    def id(self) -> Any:
        """The identity that pytest 9.2 and later compares with its cache, where it stands as text."""
        built = super().id
        return type(built).parse(str(built))

    # Private to pytest, which asks ``repr_failure`` in the call alone; a rehearsal is performed while the first item is
    # set up, and its frames carry what must not be shown. ``tests/plugin/test_bad_input.py`` breaks first.
    def _repr_failure_py(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Our story instead of our traceback."""
        if isinstance(excinfo.value, JourneyFailed):
            return "\n".join(text for text, _ in excinfo.value.lines)
        if isinstance(excinfo.value, RolldeployError):
            return f"{type(excinfo.value).__name__}: {excinfo.value}"
        return super()._repr_failure_py(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Points to the journey, not to the function that looks up its outcome."""
        code = self.journey.function.__code__
        return Path(code.co_filename), code.co_firstlineno - 1, self.name


@dataclass
class _Rehearsal:
    """What is known of one rehearsal in this process."""

    listing: Listing
    journeys: dict[str, Journey] = field(default_factory=dict)
    document: Document | None = None
    stopped: str = ""
    told: bool = False


class Stage:
    """All rehearsals of one pytest process.

    Args:
        config: Of pytest.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._rehearsals: dict[Path, _Rehearsal] = {}
        self._refused: dict[Path, str] = {}

    def make_items(self, collector: Any, name: str, journey: Journey) -> list[pytest.Item]:
        """One item for each cell.

        Raises:
            CollectError: The settings, a release or the journey is wrong; one sentence.
        """
        path = find_settings(collector.path.parent, self._config.rootpath)
        if path is None:
            raise pytest.Collector.CollectError(
                f"the journey {name} has no settings: there is no rolldeploy.toml (and no [tool.rolldeploy] in a "
                f"pyproject.toml) in {collector.path.parent} or above it, up to {self._config.rootpath}"
            )
        problem = journey.problem() or self._refused.get(path)
        if problem is None and path not in self._rehearsals:
            try:
                self._rehearsals[path] = _Rehearsal(self._list(path))
            except RolldeployError as error:
                self._refused[path] = problem = f"{type(error).__name__}: {error}"
        if problem is not None:
            raise pytest.Collector.CollectError(problem)
        rehearsal = self._rehearsals[path]
        known = rehearsal.journeys.setdefault(journey.name, journey)
        if known is not journey:
            raise pytest.Collector.CollectError(
                f"two journeys of one rehearsal are called {journey.name}: {known.file} and {journey.file}; rename one"
            )
        return [self._make_item(collector, path, cell, journey) for cell in rehearsal.listing.cells()]

    def sort(self, items: list[pytest.Item]) -> None:
        """Puts the items of each rehearsal into the order of its walk, where the first of them stood."""
        first: dict[Path, int] = {}
        order: dict[Path, dict[Cell, int]] = {
            path: {cell: i for i, cell in enumerate(r.listing.cells())} for path, r in self._rehearsals.items()
        }
        keys: dict[pytest.Item, tuple[int, int]] = {}
        for index, item in enumerate(items):
            if isinstance(item, JourneyItem):
                start = first.setdefault(item.settings_path, index)
                keys[item] = (start, order[item.settings_path][item.cell])
            else:
                keys[item] = (index, 0)
        items.sort(key=keys.__getitem__)

    def plans(self, items: list[pytest.Item]) -> Iterator[str]:
        """The plans of the rehearsals that the selected items belong to."""
        for path, selected in self._selected(items).items():
            rehearsal = self._rehearsals[path]
            walk, rollout = plan_all(rehearsal.listing, tuple(selected))
            yield render_plan(walk)
            yield ""
            yield f'then, where the walk finds nothing against when = "{rehearsal.listing.settings.migrations.when}":'
            yield render_plan(rollout)
            yield ""

    def perform(self, request: pytest.FixtureRequest) -> _Rehearsal:
        """The finished rehearsal of an item; performs it where nobody has.

        Raises:
            RolldeployError: It was stopped; the first item that asks is told why.
        """
        item = request.node
        rehearsal = self._rehearsals[item.settings_path]
        if rehearsal.document is None and not rehearsal.stopped:
            self._perform(rehearsal, request)
        if rehearsal.stopped:
            pytest.skip(f"the rehearsal was stopped: {rehearsal.stopped.splitlines()[0]}")
        return rehearsal

    def _perform(self, rehearsal: _Rehearsal, request: pytest.FixtureRequest) -> None:
        session, listing = session_of(self._config), rehearsal.listing
        folder = session.directory / REPORTS / listing.slug
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if (folder / REPORT_NAME).is_file():
                rehearsal.document = read_document(folder / REPORT_NAME)
            elif (folder / _STOPPED).is_file():
                rehearsal.stopped = (folder / _STOPPED).read_text(encoding="utf-8")
            else:
                self._perform_here(rehearsal, request, session, folder)

    def _perform_here(
        self, rehearsal: _Rehearsal, request: pytest.FixtureRequest, session: Session, folder: Path
    ) -> None:
        listing = rehearsal.listing
        chosen = self._selected(request.session.items)[listing.settings.path]
        choice = self._config.getoption("rolldeploy_postgres") or listing.settings.postgres
        target: Path | None = None
        try:
            target = self._target(listing)
            cast = Cast(
                journeys=chosen,
                fixtures={name: _fixtures(request, journey) for name, journey in chosen.items()},
                left_out=len(rehearsal.journeys) - len(chosen),
            )
            server = acquire_server(choice, image=listing.settings.image, session=session)
            rehearsal.document = rehearse(listing, cast, server, session, folder)
        except Exception as error:
            rehearsal.stopped = f"{type(error).__name__}: {error}"
            (folder / _STOPPED).write_text(rehearsal.stopped, encoding="utf-8")
            raise
        finally:
            if target is not None:
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(folder, target)

    def _target(self, listing: Listing) -> Path | None:
        """Where the user wants the report.

        Raises:
            SettingsError: There is something else already.
        """
        target = self._config.getoption("rolldeploy_report")
        if not target:
            return None
        place: Path = self._config.invocation_params.dir / target / listing.slug
        if place.exists() and not (place / JOURNAL_NAME).is_file():
            raise SettingsError(
                f"--rolldeploy-report: {place} exists and holds no report, so it is left alone; name another folder"
            )
        return place

    def _list(self, path: Path) -> Listing:
        root = self._config.rootpath
        relative = path.parent.relative_to(root) if path.is_relative_to(root) else path.parent
        name = str(relative) if str(relative) != "." else root.name
        return list_rehearsal(path, default_name=name, session=session_of(self._config))

    def _make_item(self, collector: Any, path: Path, cell: Cell, journey: Journey) -> JourneyItem:
        def look_up(rolldeploy_rehearsal: _Rehearsal) -> None:
            _show(item, rolldeploy_rehearsal.document, self._config)

        item: JourneyItem = JourneyItem.from_parent(collector, name=f"{journey.name}[{cell}]", callobj=look_up)
        item.cell, item.journey, item.settings_path = cell, journey, path
        for mark in getattr(journey.function, "pytestmark", []):
            item.add_marker(mark)
        if self._config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group(str(path)))
        return item

    def _selected(self, items: list[pytest.Item]) -> dict[Path, dict[str, Journey]]:
        """Journeys of which at least one item is to run, by rehearsal, in the order of their files."""
        selected: dict[Path, dict[str, Journey]] = {}
        for path, rehearsal in self._rehearsals.items():
            wanted = {
                item.journey.name for item in items if isinstance(item, JourneyItem) and item.settings_path == path
            }
            if wanted:
                selected[path] = {name: j for name, j in rehearsal.journeys.items() if name in wanted}
        return selected


def _fixtures(request: pytest.FixtureRequest, journey: Journey) -> dict[str, Any]:
    """Values of a journey's fixtures.

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


def _show(item: JourneyItem, document: Document | None, config: pytest.Config) -> None:
    """Ends an item with the result that its journey has in its cell."""
    record = _record(item, document)
    _attach(item, document, record)
    match record.result:
        case Result.PASSED:
            return
        case Result.XFAILED:
            pytest.xfail(record.result_reason)
        case Result.SKIPPED:
            pytest.skip(record.result_reason)
        case Result.FAILED:
            raise JourneyFailed(render_story(record, _replay(item, config)))


def _record(item: JourneyItem, document: Document | None) -> OutcomeRecord:
    for record in document.outcomes if document is not None else ():
        if (record.step, record.actor, record.journey) == (item.cell.step, item.cell.actor, item.journey.name):
            return record
    pytest.fail(f"the report says nothing of {item.cell}: it was written by another selection of journeys", False)


def _attach(item: JourneyItem, document: Document | None, record: OutcomeRecord) -> None:
    """Puts what a reader of JUnit XML wants to know into the item's properties."""
    verdict = next((s.verdict for s in document.steps if s.label == record.step), "") if document else ""
    properties = {
        "rolldeploy_step": record.step,
        "rolldeploy_actor": record.actor,
        "rolldeploy_status": record.status,
        "rolldeploy_verdict": verdict,
        "rolldeploy_sqlstate": ",".join(record.sqlstates),
    }
    item.user_properties.extend((name, str(value)) for name, value in properties.items() if value)


def _replay(item: JourneyItem, config: pytest.Config) -> str:
    choice = config.getoption("rolldeploy_postgres")
    option = f" --rolldeploy-postgres={choice}" if choice and "://" not in choice else ""
    return f"pytest {shlex.quote(item.nodeid)}{option}"
