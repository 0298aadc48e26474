"""Test items out of journeys, and the rehearsals behind them: what the plugin does once there is a journey."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from harness.config import find_settings
from harness.errors import RolldeployError, ScenarioError, SettingsError
from harness.evidence.journal import JOURNAL_NAME
from harness.nodes import CheckItem, JourneyItem, RehearsedItem, make_check_item, make_journey_item
from harness.plan.render import render_plan
from harness.rehearsal import Cast, list_rehearsal, plan_all, rehearse
from harness.report.document import REPORT_NAME, read_document
from harness.runtime.postgres import acquire_server
from harness.sessions import REPORTS, forks_of, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.rehearsal import Listing
    from harness.report.document import Document
    from harness.runtime.reaper import Session
    from harness.traffic.journeys import Journey

#: Holds the sentence with which a rehearsal was stopped.
_STOPPED = "stopped.txt"


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
        made: list[RehearsedItem] = [
            make_journey_item(collector, path, cell, journey, self._report_of(rehearsal))
            for cell in rehearsal.listing.cells()
        ]
        if len(rehearsal.journeys) == 1:
            made.extend(
                make_check_item(collector, path, key, self._report_of(rehearsal)) for key in rehearsal.listing.checks()
            )
        if self._config.pluginmanager.hasplugin("xdist"):
            for item in made:
                item.add_marker(pytest.mark.xdist_group(rehearsal.listing.slug))
        return [*made]

    def _report_of(self, rehearsal: _Rehearsal) -> str:
        """Where the document will be, as the user named the folder; the empty string where no report is wanted."""
        target = self._config.getoption("rolldeploy_report")
        return f"{target}/{rehearsal.listing.slug}/{REPORT_NAME}" if target else ""

    def sort(self, items: list[pytest.Item]) -> None:
        """Puts the items of each rehearsal into the order of its walk, where the first of them stood."""
        first: dict[Path, int] = {}
        order = {
            path: {place: i for i, place in enumerate([*r.listing.cells(), *r.listing.checks()])}
            for path, r in self._rehearsals.items()
        }
        keys: dict[pytest.Item, tuple[int, int]] = {}
        for index, item in enumerate(items):
            if isinstance(item, (JourneyItem, CheckItem)):
                start = first.setdefault(item.settings_path, index)
                place = item.cell if isinstance(item, JourneyItem) else item.key
                keys[item] = (start, order[item.settings_path][place])
            else:
                keys[item] = (index, 0)
        items.sort(key=keys.__getitem__)

    @contextlib.contextmanager
    def grouped(self, items: list[pytest.Item]) -> Iterator[None]:
        """While xdist asks for the names of all items, each has its rehearsal's behind its own."""
        mine = [item for item in items if isinstance(item, RehearsedItem)]
        for item in mine:
            item.group = self._rehearsals[item.settings_path].listing.slug
        yield
        for item in mine:
            item.group = ""

    def plans(self, items: list[pytest.Item]) -> Iterator[str]:
        """The plans of the rehearsals that the selected items belong to."""
        for path, selected in self._selected(items).items():
            rehearsal = self._rehearsals[path]
            walk, rollout, traffic = plan_all(rehearsal.listing, tuple(selected))
            yield render_plan(walk)
            yield ""
            yield f'then, where the walk finds nothing against when = "{rehearsal.listing.settings.migrations.when}":'
            yield render_plan(rollout)
            yield ""
            yield "then, whatever came of that:"
            yield render_plan(traffic)
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
            forks = forks_of(self._config)
            rehearsal.document = rehearse(listing, cast, server, session=session, forks=forks, folder=folder)
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
        session, forks = session_of(self._config), forks_of(self._config)
        return list_rehearsal(path, default_name=name, session=session, forks=forks, tell=self._tell)

    def _tell(self, line: str) -> None:
        """Shows a line at once, while pytest collects; a worker of xdist has no terminal."""
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        capture: Any = self._config.pluginmanager.get_plugin("capturemanager")
        if reporter is None or self._config.get_verbosity() < 0:
            return
        with capture.global_and_fixture_disabled() if capture is not None else contextlib.nullcontext():
            reporter.ensure_newline()
            reporter.write_line(line)
            reporter.flush()

    def _selected(self, items: list[pytest.Item]) -> dict[Path, dict[str, Journey]]:
        """Journeys of which at least one item is to run, by rehearsal, in the order of their files.

        A check looks at what all of them do.
        """
        wanted: dict[Path, set[str]] = {path: set() for path in self._rehearsals}
        for item in items:
            if isinstance(item, JourneyItem):
                wanted[item.settings_path].add(item.journey.name)
            elif isinstance(item, CheckItem):
                wanted[item.settings_path].update(self._rehearsals[item.settings_path].journeys)
        return {
            path: {name: journey for name, journey in self._rehearsals[path].journeys.items() if name in names}
            for path, names in wanted.items()
            if names
        }


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
