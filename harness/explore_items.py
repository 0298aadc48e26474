"""The item that explores a rehearsal's rollouts, and the one that plays a saved one again."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import pytest

from harness.config import find_settings
from harness.errors import RolldeployError, ScenarioError, SettingsError
from harness.exploring import explore
from harness.exported import read_plan
from harness.nodes import Found, Place, RehearsedItem, fixtures_of
from harness.plan.schedule import decode_schedule, encode_schedule
from harness.plan.tale import render_tale
from harness.replaying import replay
from harness.runtime.postgres import acquire_server
from harness.sessions import EXPLORED_NAME, REPORTS, forks_of, session_of
from harness.theatre import Production
from harness.traffic.driver import Cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from harness.explored import Explored
    from harness.model.settings import Exploration
    from harness.plan.schedule import Schedule
    from harness.plan.tale import Tale
    from harness.rehearsal import Listing
    from harness.screen import Screen
    from harness.traffic.invariants import Invariant

#: Name of the plan of a rollout that fails, in the report's folder or in pytest's cache.
PLAN_NAME = "explored.json"


class ExploreItem(RehearsedItem):
    """A search among the rollouts of one rehearsal."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """Points to the settings: no line of a test is behind it."""
        return self.place.path, 0, self.name


class Explorations:
    """All of one pytest process.

    Args:
        config: Of pytest.
        listing_of: The settings, code and steps of a rehearsal.
        cast_of: Its journeys, with the values of their fixtures.
        list_: Reads the settings in a file, and lists their steps.
        screen: Shows how far an exploration is.
    """

    def __init__(
        self,
        config: pytest.Config,
        listing_of: Callable[[Place], Listing],
        cast_of: Callable[[Place, pytest.FixtureRequest], Cast],
        list_: Callable[[Path], tuple[Listing, ...]],
        screen: Screen,
    ) -> None:
        self._config = config
        self._listing_of = listing_of
        self._cast_of = cast_of
        self._list = list_
        self._screen = screen
        self._others: list[str] = []
        self._invariants: defaultdict[Path, dict[str, Invariant]] = defaultdict(dict)

    @property
    def replays(self) -> bool:
        """Whether a saved plan is played, and nothing else."""
        return self._config.getoption("rolldeploy_replay") is not None

    def add(self, collector: Any, invariant: Invariant) -> None:
        """Keeps what the author says has to hold in every rollout.

        Raises:
            CollectError: It has no settings, or not the form of one, or the name of another.
        """
        path = find_settings(collector.path.parent, self._config.rootpath)
        problem = invariant.problem()
        if path is None:
            problem = f"the invariant {invariant.name} has no settings: there is no rolldeploy.toml beside or above it"
        elif self._invariants[path].setdefault(invariant.name, invariant) is not invariant:
            problem = f"two invariants of one rehearsal are called {invariant.name}; rename one"
        if problem is not None:
            raise pytest.Collector.CollectError(problem)

    def make_items(self, collector: Any, place: Place, prefix: str) -> list[RehearsedItem]:
        """The item that explores, where that is asked for, or the one that plays a plan.

        Args:
            collector: The module of the first journey of the rehearsal.
            place: The rehearsal.
            prefix: Tells the items of one rehearsal of a chain from those of another.
        """
        if self.replays:
            if not self._is_replayed(place):
                return []
        elif not self._config.getoption("rolldeploy_explore"):
            return []

        def run(rolldeploy_explored: list[str] | None) -> None:
            if rolldeploy_explored is not None:
                raise Found([(line, "red" if number == 0 else "") for number, line in enumerate(rolldeploy_explored)])

        name = "replay" if self.replays else "explore"
        item: ExploreItem = ExploreItem.from_parent(
            collector, name=f"{name}[{prefix.rstrip('-')}]" if prefix else name, callobj=run
        )
        item.place = place
        return [item]

    def keep_replayed(self, items: list[pytest.Item]) -> None:
        """Has a plan be replayed, and nothing beside it, such as the test that was written of it.

        Raises:
            UsageError: There is no plan, or no rehearsal is the one that it was saved for.
        """
        if not self.replays:
            return
        others = [item for item in items if not isinstance(item, ExploreItem)]
        if len(others) < len(items):
            items[:] = [item for item in items if isinstance(item, ExploreItem)]
            if others:
                self._config.hook.pytest_deselected(items=others)
            return
        try:
            name = self._read_plan().rehearsal
        except ScenarioError as error:
            raise pytest.UsageError(f"--rolldeploy-replay: {error}") from None
        there = f"there are: {', '.join(self._others)}" if self._others else "there is none"
        raise pytest.UsageError(
            f"no rehearsal here is called {name}, which the plan was saved for; {there}; name its folder"
        )

    def perform(self, request: pytest.FixtureRequest) -> list[str] | None:
        """Explores, or plays the saved plan; returns what is told of a rollout that fails.

        Raises:
            RolldeployError: It cannot be done.
        """
        place: Place = request.node.place
        listing = self._listing_of(place)
        cast, invariants = self._cast_of(place, request), tuple(self._invariants[place.path].values())
        if self.replays:
            tale = replay(self._produce(listing, cast, invariants), self._read_plan())
            self._tell_at_the_end(listing, render_tale(tale))
            return list(_tell(tale, "")) if tale.trouble is not None else None
        listing = replace(listing, settings=replace(listing.settings, explore=self._options(listing)))
        try:
            explored = explore(self._produce(listing, cast, invariants))
        finally:
            self._screen.close()
        self._tell_at_the_end(listing, explored.lines())
        if explored.untested:
            pytest.skip(explored.untested)
        if explored.schedule is None:
            return None
        return list(_tell(explored.tale, self._save(explored, listing), explored.doubt))

    def replay_text(self, request: pytest.FixtureRequest, text: str) -> None:
        """Plays a plan that stands in a test, and fails the test where the rollout does.

        Args:
            request: Of the test, which lies beside the settings or below them.
            text: The plan, as JSON.
        """
        path = find_settings(request.path.parent, self._config.rootpath)
        try:
            if path is None:
                raise ScenarioError(f"there is no rolldeploy.toml in {request.path.parent} or above it")
            schedule = decode_schedule(text.encode())
            journeys = {name: _load(path.parent / file, name) for name, file in schedule.journeys.items()}
            invariants = tuple(_load(path.parent / file, name) for name, file in schedule.invariants.items())
            listing = _choose(self._list(path), schedule)
            fixtures = {name: fixtures_of(request, journey) for name, journey in journeys.items()}
            tale = replay(self._produce(listing, Cast(journeys=journeys, fixtures=fixtures), invariants), schedule)
        except RolldeployError as error:
            raise pytest.fail.Exception(f"{type(error).__name__}: {error}", pytrace=False) from None
        if tale.trouble is not None:
            pytest.fail("\n".join(_tell(tale, "")), pytrace=False)

    def _produce(self, listing: Listing, cast: Cast, invariants: tuple[Invariant, ...]) -> Production:
        """All that schedules are played with."""
        session = session_of(self._config)
        folder = session.directory / REPORTS / listing.slug
        folder.mkdir(parents=True, exist_ok=True)
        choice = self._config.getoption("rolldeploy_postgres") or listing.settings.postgres
        server = acquire_server(choice, image=listing.settings.image, session=session)
        return Production(
            listing=listing,
            cast=cast,
            invariants=invariants,
            server=server,
            session=session,
            forks=forks_of(self._config),
            folder=folder,
            look=self._screen.wait,
        )

    def _tell_at_the_end(self, listing: Listing, lines: list[str]) -> None:
        folder = session_of(self._config).directory / REPORTS / listing.slug
        (folder / EXPLORED_NAME).write_text("\n".join(lines), encoding="utf-8")

    def _options(self, listing: Listing) -> Exploration:
        names = ("max_examples", "max_steps", "budget_s", "seed")
        given = {name: self._config.getoption(f"rolldeploy_explore_{name}") for name in names}
        for name, value in given.items():
            if value is not None and value < (0 if name == "seed" else 1):
                raise SettingsError(f"--rolldeploy-explore-{name.replace('_', '-')}: {value} is too small")
        return replace(listing.settings.explore, **{name: value for name, value in given.items() if value is not None})

    def _read_plan(self) -> Schedule:
        given = self._config.getoption("rolldeploy_replay")
        return read_plan(self._config.invocation_params.dir / given, given)

    def _is_replayed(self, place: Place) -> bool:
        """Whether a rehearsal is the one that the plan was saved for; where there is no plan, none is."""
        try:
            plan = self._read_plan()
        except ScenarioError:
            return False  # told once, in the end, and not by each file with journeys
        listing = self._listing_of(place)
        if _is_of(plan, listing):
            return True
        self._others.append(listing.settings.name)
        return False

    def _save(self, explored: Explored, listing: Listing) -> str:
        """Writes the plan to where it stays; returns its path as a user types it, or the empty string."""
        if explored.schedule is None:
            return ""
        start, target = self._config.invocation_params.dir, self._config.getoption("rolldeploy_report")
        if target:
            folder = start / target / f"{listing.slug}-explored"
        else:
            cache: Any = getattr(self._config, "cache", None)
            if cache is None:
                return ""
            folder = cache.mkdir("rolldeploy") / listing.slug
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / PLAN_NAME
        path.write_bytes(encode_schedule(explored.schedule))
        return str(path.relative_to(start)) if path.is_relative_to(start) else str(path)


def _is_of(schedule: Schedule, listing: Listing) -> bool:
    """Whether a plan was saved for a rehearsal, from wherever pytest was started."""
    return PurePath(schedule.rehearsal).name == PurePath(listing.settings.name).name


def _choose(listings: Sequence[Listing], schedule: Schedule) -> Listing:
    """The two releases of a chain that a plan was saved for; where there is no chain, whatever its folder is called.

    Raises:
        ScenarioError: The chain has no such two.
    """
    found = listings if len(listings) == 1 else [listing for listing in listings if _is_of(schedule, listing)]
    if not found:
        names = ", ".join(listing.settings.name for listing in listings)
        raise ScenarioError(f"the plan was saved for {schedule.rehearsal}, and the chain has {names}; explore it again")
    return found[0]


def _load(path: Path, name: str) -> Any:
    """A journey or an invariant by its name, out of a file that pytest may have imported already.

    Raises:
        ScenarioError: There is no such file, or nothing of that name in it.
    """
    known = (module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == str(path))
    module = next(known, None)
    if module is None:
        if not path.is_file():
            raise ScenarioError(f"the plan's {name} was written in {path}, which is not there")
        sys.path.insert(0, str(path.parent))  # as pytest does, for what lies beside it
        try:
            module = _import(path)
        finally:
            sys.path.remove(str(path.parent))
    if not hasattr(module, name):
        raise ScenarioError(f"the plan asks for {name}, and {path} has none")
    return getattr(module, name)


def _import(path: Path) -> Any:
    """Imports a file by its name, as pytest does, which has it say what an assertion compared; else by its place."""
    if path.stem.isidentifier() and path.stem not in sys.modules:
        pytest.register_assert_rewrite(path.stem)
        module = importlib.import_module(path.stem)
        if getattr(module, "__file__", None) == str(path):
            return module
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ScenarioError(f"{path} is no file of Python")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _tell(tale: Tale, plan: str, doubt: str = "") -> Iterator[str]:
    """The story, and how to have it again."""
    trouble = tale.trouble
    requests = sum(len(item.exchanges) for item in tale.told)
    events = sum(not item.exchanges for item in tale.told)
    kind = trouble.kind if trouble is not None else ""
    yield f"{kind} in a rollout of {requests} requests and {events} deploy events"
    yield from (f"  {line}" for line in render_tale(tale))
    if doubt:
        yield f"  {doubt}"
    if plan:
        yield f"  replay: rolldeploy replay {plan}"
