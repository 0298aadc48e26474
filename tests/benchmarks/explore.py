"""Examples per second: processes that stay, against a new server and new applications for each example.

``python tests/benchmarks/explore.py [--count 40] [--naive 3] [--requests 10] [--steps 2] [--naive-postgres PROVIDER]``

The naive way has its applications started by their commands, each in an interpreter of its own, as a script would. What
is left of it where they are forked from one that has imported their libraries (``preload``) is printed too.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from harness.ahead import Ahead
from harness.exploring import Search
from harness.plan.schedule import REQUESTS, Migrate
from harness.plan.wishes import DISTURBANCES, Wish, choose_kind, settle
from harness.rehearsal import list_rehearsals
from harness.runtime.company import Fresh
from harness.runtime.forks import Forks
from harness.runtime.postgres import acquire_server
from harness.runtime.reaper import Session
from harness.theatre import Production, judge_tale, open_theatre
from harness.traffic.driver import Cast
from harness.traffic.journeys import Journey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model.settings import Exploration
    from harness.plan.conduct import Terms
    from harness.plan.schedule import Action
    from harness.plan.tale import Trouble
    from harness.rehearsal import Listing
    from harness.runtime.player import Player
    from harness.theatre import Theatre

ROOT = Path(__file__).resolve().parents[2]
#: Of drawn schedules, so many are looked through for those of the length that is asked for.
_MOST_DRAWS = 200_000


def read_cast(path: Path) -> Cast:
    """The journeys of a file of tests."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    journeys = {value.name: value for value in vars(module).values() if isinstance(value, Journey)}
    return Cast(journeys=journeys, fixtures={})


def draw(terms: Terms, count: int, requests: int, steps: int) -> list[tuple[Action, ...]]:
    """Schedules with so many requests and so many migrations, none of which is killed."""
    on = frozenset(one.name for one in DISTURBANCES) - {"kill-migrator", "task"}
    found: list[tuple[Action, ...]] = []
    for seed in range(_MOST_DRAWS):
        random = Random(seed)  # noqa: S311  no secret
        wishes = tuple(
            Wish(kind=choose_kind(random.randrange(1000), on), which=random.randrange(12), where=random.randrange(12))
            for _ in range(2 * requests)
        )
        actions = cut_behind(settle(terms, wishes), requests)
        if sum(isinstance(action, Migrate) for action in actions) == steps:
            found.append(actions)
            if len(found) == count:
                return found
    raise SystemExit(f"only {len(found)} of {_MOST_DRAWS} schedules have {requests} requests and {steps} migrations")


def cut_behind(actions: tuple[Action, ...], requests: int) -> tuple[Action, ...]:
    """Actions up to the last of so many requests; none where there are fewer."""
    places = [place for place, action in enumerate(actions, start=1) if isinstance(action, REQUESTS)]
    return actions[: places[requests - 1]] if len(places) >= requests else ()


def start_by_commands(listing: Listing) -> Listing:
    """The same, with each application in an interpreter of its own, which imports everything anew."""
    releases = {
        name: replace(installed, release=replace(installed.release, preload=()))
        for name, installed in listing.releases.items()
    }
    return replace(listing, releases=releases)


def as_it_is(listing: Listing) -> Listing:
    """As the settings say."""
    return listing


@contextlib.contextmanager
def stage(
    folder: Path, server: str, change: Callable[[Listing], Listing] = as_it_is
) -> Iterator[tuple[Listing, Theatre]]:
    """A server and all else that one rehearsal needs, which are gone in the end."""
    session = Session.create()
    forks = Forks(session)
    try:
        [listing] = list_rehearsals(
            folder / "rolldeploy.toml",
            default_name=folder.name,
            session=session,
            forks=forks,
            tell=lambda _: None,
            warn=lambda _: None,
            stdin=lambda: "",
            wait=lambda *_: None,
        )
        listing = change(listing)
        cast = read_cast(next(folder.glob("test_*.py")))
        with (
            tempfile.TemporaryDirectory() as logs,
            open_theatre(
                Production(
                    listing=listing,
                    cast=cast,
                    invariants=(),
                    server=acquire_server(server, session=session),
                    session=session,
                    forks=forks,
                    folder=Path(logs),
                )
            ) as theatre,
        ):
            yield listing, theatre
    finally:
        forks.close()
        for sentence in session.release_all():
            print(sentence)


def play_kept(options: argparse.Namespace) -> tuple[list[tuple[Action, ...]], Terms, float]:
    """Plays schedules as an exploration does, and prints how fast; returns them, and how many a second."""
    with stage(options.folder, options.postgres) as (listing, theatre):
        search = Search(theatre, listing.settings.explore)
        search.survey()
        schedules = draw(search.terms, options.count, options.requests, options.steps)
        for name, compares in (("kept processes", False), ("the same, compared with both releases alone", True)):
            began = time.monotonic()
            for actions in schedules:
                judge_tale(search.player, actions, listing.settings.explore, compares=compares)
            show(name, len(schedules), time.monotonic() - began)
        judges = [partial(judge_alone, player, listing.settings.explore) for player in search.players()]
        began = time.monotonic()
        ahead = Ahead(judges, schedules)
        for actions in schedules:
            ahead.ask(actions)
        rate = show(f"kept processes, {len(judges)} side by side", len(schedules), time.monotonic() - began)
        ahead.close()
        return schedules, search.terms, rate


def judge_alone(player: Player, exploration: Exploration, actions: tuple[Action, ...]) -> Trouble | None:
    """What a schedule comes to, without a look at what either release makes of it alone."""
    return judge_tale(player, actions, exploration, compares=False).trouble


def play_naively(
    options: argparse.Namespace,
    schedules: list[tuple[Action, ...]],
    terms: Terms,
    server: str,
    change: Callable[[Listing], Listing],
) -> float:
    """Plays a few of them with everything made anew for each, and prints how fast."""
    began = time.monotonic()
    for actions in schedules[: options.naive]:
        with stage(options.folder, server, change) as (_, theatre):
            company = Fresh(theatre.hands)
            theatre.player(company, theatre.lockstep(company), terms).play(actions)
    how = "forked" if change is as_it_is else "by command"
    return show(f"new server ({server}), new applications {how}", options.naive, time.monotonic() - began)


def show(name: str, count: int, seconds: float) -> float:
    """Prints one row; returns how many a second."""
    print(f"{name:64} {count:5} examples in {seconds:7.1f} s   {count / seconds:8.2f} a second")
    return count / seconds


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "scenarios" / "shop")
    parser.add_argument("--postgres", default="embedded")
    parser.add_argument("--naive-postgres", action="append", default=[])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--naive", type=int, default=3)
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--steps", type=int, default=2)
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; {options.requests} requests each")
    schedules, terms, kept = play_kept(options)
    for server in (options.postgres, *options.naive_postgres):
        for change in (start_by_commands, as_it_is):
            naive = play_naively(options, schedules, terms, server, change)
            print(f"{'':64} kept are {kept / naive:.1f} times as fast")


if __name__ == "__main__":
    main()
