"""Test items out of journeys, and the rehearsals behind them: what the plugin does once there is a journey."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from harness.config import find_settings
from harness.errors import ControlError, RolldeployError, ScenarioError, SettingsError
from harness.evidence.journal import JOURNAL_NAME
from harness.explore_items import Explorations
from harness.nodes import (
    CheckItem,
    JourneyItem,
    Place,
    RehearsedItem,
    fixtures_of,
    make_check_item,
    make_journey_item,
    make_task_item,
)
from harness.one_task import choose_task, run_one_task
from harness.plan.render import render_plan
from harness.progress import Progress
from harness.rehearsal import list_rehearsals, plan_all, rehearse
from harness.report.document import REPORT_NAME, read_document
from harness.runtime.postgres import acquire_server
from harness.screen import Screen
from harness.selection import asks_for_walk_alone, select_journeys
from harness.sessions import REPORTS, TASK_NAME, forks_of, make_report_folder, read_piped, refuse_one_folder, session_of
from harness.stopping import Stop, cut_off
from harness.traffic.driver import Cast
from harness.waiving import choice_of, read_known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.model.task import Task
    from harness.one_task import Done
    from harness.rehearsal import Listing
    from harness.report.document import Document
    from harness.runtime.reaper import Session
    from harness.traffic.journeys import Journey


@dataclass
class _Rehearsal:
    """What is known of one rehearsal in this process."""

    listing: Listing
    task: Task | None = None
    journeys: dict[str, Journey] = field(default_factory=dict)
    document: Document | None = None
    stop: Stop | None = None


class Stage:
    """All rehearsals of one pytest process.

    Args:
        config: Of pytest.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._rehearsals: dict[Path, tuple[_Rehearsal, ...]] = {}
        self._refused: dict[Path, str] = {}
        self._known_tasks: set[str] = set()
        self._wrong_param = ""
        self._screen = Screen(config)
        self.explorations = Explorations(
            config, lambda place: self._of(place).listing, self._cast, self._list, self._screen
        )

    def make_items(self, collector: Any, name: str, journey: Journey) -> list[pytest.Item]:
        """One item for each cell.

        Raises:
            CollectError: The settings, a release or the journey is wrong; one sentence.
        """
        path = find_settings(collector.path.parent, self._config.rootpath)
        if path is None:
            raise pytest.Collector.CollectError(
                f"the journey {name} has no settings: there is no rolldeploy.toml (and no [tool.rolldeploy] in a "
                f"pyproject.toml) in {collector.path.parent} or above it, up to {self._config.rootpath}: "
                "rolldeploy init, in the project's folder, writes one"
            )
        problem = journey.problem() or self._refused.get(path)
        if problem is None and path not in self._rehearsals:
            try:
                found = self._list(path)
                refuse_one_folder(found, [one.listing for one in self._all().values()])
                self._rehearsals[path] = tuple(map(_Rehearsal, found))
            except RolldeployError as error:
                self._refused[path] = problem = f"{type(error).__name__}: {error}"
        if problem is not None:
            raise pytest.Collector.CollectError(problem)
        made: list[RehearsedItem] = []
        for index, rehearsal in enumerate(self._rehearsals[path]):
            made.extend(self._make_items(collector, Place(path, index), rehearsal, journey))
        return [*made]

    def _make_items(self, collector: Any, place: Place, rehearsal: _Rehearsal, journey: Journey) -> list[RehearsedItem]:
        known = rehearsal.journeys.setdefault(journey.name, journey)
        if known is not journey:
            raise pytest.Collector.CollectError(
                f"two journeys of one rehearsal are called {journey.name}: {known.file} and {journey.file}; rename one"
            )
        wanted = self._config.getoption("rolldeploy_task")
        if wanted is not None:
            return self._make_task_item(collector, place, wanted)
        listing = rehearsal.listing
        pair = f"{listing.settings.pair}-" if listing.settings.pair is not None else ""
        others = self.explorations.make_items(collector, place, pair) if len(rehearsal.journeys) == 1 else []
        if self.explorations.replays:
            return others
        made: list[RehearsedItem] = [
            make_journey_item(collector, place, cell, journey, self._report_of(rehearsal), prefix=pair)
            for cell in listing.cells()
        ]
        if len(rehearsal.journeys) == 1:
            report = self._report_of(rehearsal)
            made.extend(make_check_item(collector, place, key, report, prefix=pair) for key in listing.checks())
            made.extend(others)
        if self._config.pluginmanager.hasplugin("xdist"):
            for item in made:
                item.add_marker(pytest.mark.xdist_group(listing.slug))
        return made

    def _make_task_item(self, collector: Any, place: Place, name: str) -> list[RehearsedItem]:
        """One item for the task of that name, where the first journey of its rehearsal stands."""
        rehearsal = self._of(place)
        if len(rehearsal.journeys) > 1:
            return []
        self._known_tasks.update(task.name for task in rehearsal.listing.tasks)
        try:
            task = choose_task(rehearsal.listing.tasks, name, self._config.getoption("rolldeploy_param"))
        except ScenarioError as error:
            self._wrong_param = str(error)
            return []
        rehearsal.task = task
        return [] if task is None else [make_task_item(collector, place, name)]

    def refuse_unknown_task(self) -> None:
        """Ends pytest with a usage error where no rehearsal has the task that was asked for, or the parameter."""
        if self._wrong_param:
            raise pytest.UsageError(self._wrong_param)
        name = self._config.getoption("rolldeploy_task")
        if name is not None and self._rehearsals and name not in self._known_tasks:
            known = ", ".join(sorted(self._known_tasks)) or "none"
            raise pytest.UsageError(f"no rehearsal here has a task '{name}' under [[task]]; there are: {known}")

    def _report_of(self, rehearsal: _Rehearsal) -> str:
        """Where the document will be, as the user named the folder; the empty string where no report is wanted."""
        target = self._config.getoption("rolldeploy_report")
        return f"{target}/{rehearsal.listing.slug}/{REPORT_NAME}" if target else ""

    def sort(self, items: list[pytest.Item]) -> None:
        """Puts the items of each rehearsal into the order of its walk, where the first of them stood."""
        first: dict[Path, int] = {}
        order = {
            place: {key: i for i, key in enumerate([*r.listing.cells(), *r.listing.checks()])}
            for place, r in self._all().items()
        }
        keys: dict[pytest.Item, tuple[int, int, int]] = {}
        for index, item in enumerate(items):
            if isinstance(item, JourneyItem | CheckItem):
                start = first.setdefault(item.place.path, index)
                key = item.cell if isinstance(item, JourneyItem) else item.key
                keys[item] = (start, item.place.pair, order[item.place][key])
            else:
                keys[item] = (index, 0, 0)
        items.sort(key=keys.__getitem__)

    def _all(self) -> dict[Place, _Rehearsal]:
        return {Place(path, i): r for path, chain in self._rehearsals.items() for i, r in enumerate(chain)}

    def _of(self, place: Place) -> _Rehearsal:
        return self._rehearsals[place.path][place.pair]

    @contextlib.contextmanager
    def grouped(self, items: list[pytest.Item]) -> Iterator[None]:
        """While xdist asks for the names of all items, each has its rehearsal's behind its own."""
        mine = [item for item in items if isinstance(item, RehearsedItem)]
        for item in mine:
            item.group = self._of(item.place).listing.slug
        yield
        for item in mine:
            item.group = ""

    def _walks_alone(self, items: list[pytest.Item], place: Place) -> bool:
        """Whether nothing behind the walk is rehearsed; what comes there starts old replicas."""
        return self._of(place).listing.settings.old.running is not None or asks_for_walk_alone(items, place)

    def plans(self, items: list[pytest.Item]) -> Iterator[str]:
        """The plans of the rehearsals that the selected items belong to."""
        for place, selected in self._selected(items).items():
            rehearsal = self._of(place)
            walk, rollout, traffic = plan_all(rehearsal.listing, tuple(selected))
            yield render_plan(walk)
            yield ""
            if self._walks_alone(items, place):
                continue
            yield f'then, where the walk finds nothing against when = "{rehearsal.listing.settings.migrations.when}":'
            yield render_plan(rollout)
            yield ""
            yield "then, whatever came of that:"
            yield render_plan(traffic)
            yield ""

    def perform(self, request: pytest.FixtureRequest) -> _Rehearsal:
        """The finished rehearsal of an item; performs it where nobody has.

        Raises:
            RolldeployError: It was stopped; the first item is told why, or the first of each journey to blame.
        """
        rehearsal = self._of(request.node.place)
        first = rehearsal.document is None and rehearsal.stop is None and self._perform(rehearsal, request)
        if rehearsal.stop is not None:
            rehearsal.stop.tell(request.node, first=first)
        return rehearsal

    def _perform(self, rehearsal: _Rehearsal, request: pytest.FixtureRequest) -> bool:
        """Performs a rehearsal, or reads what another worker did; says whether it was performed here."""
        session, listing = session_of(self._config), rehearsal.listing
        folder = session.directory / REPORTS / listing.slug
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if (folder / REPORT_NAME).is_file():
                rehearsal.document = read_document(folder / REPORT_NAME)
            elif (stop := Stop.read(folder)) is not None:
                rehearsal.stop = stop
            else:
                self._perform_here(rehearsal, request, session, folder)
                return True
            return False

    def _perform_here(
        self, rehearsal: _Rehearsal, request: pytest.FixtureRequest, session: Session, folder: Path
    ) -> None:
        listing = rehearsal.listing
        chosen = self._selected(request.session.items)[request.node.place]
        choice = self._config.getoption("rolldeploy_postgres") or listing.settings.postgres
        target: Path | None = None
        try:
            target = self._target(listing)
            cast = Cast(
                journeys=chosen,
                fixtures={name: fixtures_of(request, journey) for name, journey in chosen.items()},
                left_out=tuple(name for name in rehearsal.journeys if name not in chosen),
                walk_alone=self._walks_alone(request.session.items, request.node.place),
            )
            self._screen.note(f"rolldeploy: {listing.settings.name} waits for PostgreSQL ({choice.split('://')[0]})")
            server = acquire_server(choice, image=listing.settings.image, session=session)
            forks = forks_of(self._config)
            total = plan_all(listing, tuple(chosen))[0 if cast.walk_alone else -1].last_number
            onlooker = Progress(self._screen, listing.settings.name, total)
            rehearsal.document = rehearse(
                listing, cast, server, session=session, forks=forks, folder=folder, onlooker=onlooker
            )
        except (Exception, pytest.fail.Exception) as caught:
            error = caught if isinstance(caught, Exception) else cut_off(caught)
            rehearsal.stop = Stop.of(error, folder, self._report_of(rehearsal))
            rehearsal.stop.write(folder)
            if not isinstance(error, ControlError):
                rehearsal.stop.mark(error)
                if error is caught:
                    raise
                raise error from None
        finally:
            self._screen.close()
            if target is not None:
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(folder, target)

    def run_task(self, request: pytest.FixtureRequest) -> Done:
        """Runs the task of an item on the state that it meets.

        Raises:
            RolldeployError: That state is not reached.
        """
        rehearsal = self._of(request.node.place)
        listing, session = rehearsal.listing, session_of(self._config)
        if rehearsal.task is None:  # its item would not have been made
            raise ScenarioError("there is no such task")
        folder = session.directory / REPORTS / listing.slug
        folder.mkdir(parents=True, exist_ok=True)
        cast = self._cast(request.node.place, request)
        choice = self._config.getoption("rolldeploy_postgres") or listing.settings.postgres
        server = acquire_server(choice, image=listing.settings.image, session=session)
        forks = forks_of(self._config)
        done = run_one_task(listing, cast, server, rehearsal.task, session=session, forks=forks, folder=folder)
        (folder / TASK_NAME).write_text("\n".join(done.lines()), encoding="utf-8")
        return done

    def _cast(self, place: Place, request: pytest.FixtureRequest) -> Cast:
        """All journeys of a rehearsal."""
        journeys = self._of(place).journeys
        fixtures = {name: fixtures_of(request, journey) for name, journey in journeys.items()}
        return Cast(journeys=journeys, fixtures=fixtures)

    def _target(self, listing: Listing) -> Path | None:
        """Where the user wants the report.

        Raises:
            SettingsError: There is something else already, or it cannot be made.
        """
        target = self._config.getoption("rolldeploy_report")
        if not target:
            return None
        place: Path = self._config.invocation_params.dir / target / listing.slug
        if place.exists() and not (place / JOURNAL_NAME).is_file():
            raise SettingsError(
                f"--rolldeploy-report: {place} exists and holds no report, so it is left alone; name another folder"
            )
        make_report_folder(place.parent)
        return place

    def _list(self, path: Path) -> tuple[Listing, ...]:
        root = self._config.rootpath
        relative = path.parent.relative_to(root) if path.is_relative_to(root) else path.parent
        name = str(relative) if str(relative) != "." else root.name
        session, forks = session_of(self._config), forks_of(self._config)
        stdin = partial(read_piped, self._config)
        try:
            found = list_rehearsals(
                path,
                default_name=name,
                session=session,
                forks=forks,
                tell=self._screen.tell,
                warn=self._screen.warn,
                wait=self._screen.wait,
                stdin=stdin,
            )
        finally:
            self._screen.close()
        return read_known(found, choice_of(self._config))

    def _selected(self, items: list[pytest.Item]) -> dict[Place, dict[str, Journey]]:
        return select_journeys(items, {place: rehearsal.journeys for place, rehearsal in self._all().items()})
