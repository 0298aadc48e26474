"""Everything that schedules of one rehearsal are played with, made in one place and taken down in one place."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import psycopg

from harness.errors import RolldeployError, ScenarioError
from harness.model.release import NEVER_STARTED, ReleaseName
from harness.model.rollout import resolve_count
from harness.plan.conduct import Terms, alone
from harness.plan.drift import find_drift
from harness.plan.tale import Tale
from harness.rehearsal import machine_failed
from harness.runtime.clones import Clones
from harness.runtime.company import FIRST, LAST, Fresh, Kept
from harness.runtime.environment import Stagehands
from harness.runtime.inside import Inside
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.player import Player
from harness.secrets import Redactor
from harness.traffic.lockstep import Lockstep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from subprocess import CompletedProcess

    from harness.model.settings import Exploration
    from harness.plan.schedule import Action
    from harness.rehearsal import Listing
    from harness.runtime.company import Company
    from harness.runtime.forks import Forks
    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session
    from harness.traffic.driver import Cast
    from harness.traffic.invariants import Invariant

#: Of the theatres of this process; it needs no more than that no two of a session are the same.
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Production:
    """What is explored or replayed, and with what.

    Args:
        listing: Settings, code and steps.
        cast: The journeys.
        invariants: What the author says has to hold.
        server: Where the databases are made.
        session: Told of everything that is started.
        forks: Starts what needs Alembic.
        folder: Gets the logs.
        look: Told again and again what is under way, for how many seconds it has been, and how far it is.
    """

    listing: Listing
    cast: Cast
    invariants: tuple[Invariant, ...]
    server: Server
    session: Session
    forks: Forks
    folder: Path
    look: Callable[[str, float, str], None] = lambda *_: None


class Theatre:
    """A context manager with everything that schedules of one rehearsal are played with.

    Args:
        production: What is played, and with what.
    """

    def __init__(self, production: Production) -> None:
        self.listing = production.listing
        self.look = production.look
        self.terms = terms_of(self.listing, tuple(production.cast.journeys), plain=production.server.plain)
        self._cast = production.cast
        self._invariants = production.invariants
        self.redact = Redactor([production.server.password])
        logs = production.folder / "explored-logs"
        site = self.listing.site(production.server, production.session, production.forks, logs, self.redact)
        # The rehearsal itself may have left roles on this server, and so may what was explored or replayed before.
        self._site = replace(site, prefix=site.prefix.replace("rd_", f"rx{os.getpid()}x{next(_NUMBERS)}_"))
        self._stack = contextlib.ExitStack()
        self._fresh: tuple[Fresh, Lockstep] | None = None
        self._clones: dict[str, Clones] = {}
        self._lanes = itertools.count(1)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.hands = stack.enter_context(Stagehands(self._site))
            self._make_first()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def keep(self) -> tuple[Player, Kept, Lockstep]:
        """Starts processes that stay, and says who plays with them; each time others, on a database of their own.

        Raises:
            ReleaseError: One of them does not start.
        """
        self._make_last()
        if not self._clones:
            lock = threading.Lock()
            for base in (FIRST, LAST):
                self._clones[base] = Clones(self.hands.workspace, base, lock)
                self._stack.callback(self._clones[base].close)
        kept = Kept(self.hands, self.terms, self._clones, next(self._lanes))
        self._stack.callback(kept.close)
        kept.start()
        lockstep = self.lockstep(kept)
        return self.player(kept, lockstep, self.terms), kept, lockstep

    def player(self, company: Company, lockstep: Lockstep, terms: Terms, *, looks: bool = False) -> Player:
        """Plays schedules in a company.

        Args:
            company: Who serves.
            lockstep: Who asks.
            terms: What the settings allow.
            looks: Whether PostgreSQL's log is asked too.
        """
        revisions = {revision.label: revision.id for revision in self.listing.revisions}
        return Player(self.hands, company, lockstep, terms, revisions, looks=looks)

    def fresh(self, terms: Terms) -> Player:
        """Plays each schedule with processes that are started for it."""
        self._make_last()
        if self._fresh is None:
            company = Fresh(self.hands)
            self._stack.callback(company.close)
            self._fresh = company, self.lockstep(company)
        return self.player(*self._fresh, terms, looks=True)

    def files(self) -> dict[str, str]:
        """The file of each journey, relative to the settings."""
        return {name: self._relative(journey.file) for name, journey in self._cast.journeys.items()}

    def invariant_files(self) -> dict[str, str]:
        """The file of each of the author's invariants, relative to the settings."""
        return {one.name: self._relative(one.file) for one in self._invariants}

    def _relative(self, file: str) -> str:
        return os.path.relpath(file, self.listing.settings.path.parent)

    def lockstep(self, company: Company) -> Lockstep:
        """Who asks a company."""
        timeout_s = self.listing.settings.patience.request_s
        inside = _Through(Inside(self.hands.fleet, self.hands.workspace, timeout_s), company)
        lockstep = Lockstep(
            self._cast.journeys,
            self._cast.fixtures,
            self.redact,
            timeout_s,
            invariants=self._invariants,
            inside=inside,
        )
        self._stack.callback(lockstep.close)
        return lockstep

    def _make_first(self) -> None:
        """The database that every schedule begins with.

        Raises:
            ScenarioError: It cannot be made.
        """
        settings = self.listing.settings
        with _refusing("the old release's own migrations fail on an empty database"):
            self.hands.prepare(FIRST, ReleaseName.OLD)
        if settings.seed is not None:
            self.hands.load(FIRST, settings.seed)
        if settings.app_role.restricted:
            self.hands.workspace.grant_rights(FIRST)

    def _make_last(self) -> None:
        """The database on which all steps are done.

        Raises:
            ScenarioError: A step fails by itself.
        """
        if self.hands.workspace.has(LAST):
            return
        self.hands.workspace.clone(FIRST, LAST)
        with _refusing("a migration fails while nobody is served"):
            for revision in self.listing.revisions:
                self.hands.migrator(LAST).upgrade(revision.id)


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except MigrationFailedError as error:
        raise ScenarioError(f"{what}: {error.error}; run the rehearsal alone first, which tells where") from None


class _Through:
    """Reaches past HTTP by the names that replicas have in a schedule."""

    def __init__(self, inside: Inside, company: Company) -> None:
        self._inside = inside
        self._company = company

    def sql(self, name: str, statement: str, parameters: Any) -> list[dict[str, Any]]:
        """Runs one statement as the replica's role."""
        return self._inside.sql(self._company.process(name), statement, parameters)

    def run(self, name: str, command: str | list[str]) -> CompletedProcess[str]:
        """Runs a command in the replica's environment."""
        return self._inside.run(self._company.process(name), command)


def terms_of(listing: Listing, journeys: tuple[str, ...], *, plain: bool) -> Terms:
    """What the settings of a rehearsal allow.

    Args:
        listing: Settings, code and steps.
        journeys: Names, in order.
        plain: Whether PostgreSQL takes connections without TLS.
    """
    labels = tuple(revision.label for revision in listing.revisions)
    strategy, split = listing.settings.strategy, listing.schedule.split(labels)
    surge = resolve_count(strategy.max_surge, strategy.replicas, up=True)
    unavailable = resolve_count(strategy.max_unavailable, strategy.replicas, up=False)
    return Terms(
        steps=labels,
        split=split,
        journeys=journeys,
        replicas=strategy.replicas,
        surge=surge,
        unavailable=unavailable if surge or unavailable else 1,
        tasks=tuple(
            (task.name, labels.index(task.step) + 1 if task.step in labels else split) for task in listing.tasks
        ),
        can_be_killed=listing.settings.kill_migrator and listing.settings.migrations.can_be_killed(plain=plain),
    )


def judge_tale(player: Player, actions: Sequence[Action], exploration: Exploration, *, compares: bool = True) -> Tale:
    """Plays a schedule, and what either release alone makes of it: what it does alone too is no finding.

    The new release is not asked where it cannot matter any more what it answers.

    Args:
        player: Plays it.
        actions: All of it.
        exploration: Whether drift is looked for.
        compares: Whether it is looked for in this one, which takes as long again.
    """
    tale = player.play(actions)
    trouble = tale.trouble
    asked = [item.action for item in tale.told]

    def play_alone(release: ReleaseName) -> Tale:
        return player.play_alone(alone(asked, release), release)

    if trouble is not None:
        if trouble.kind in {"migration", "task", "start"}:
            return tale
        for release in ReleaseName:
            same = play_alone(release).trouble
            if same is not None and same.signature == trouble.signature:
                excused = f"{trouble.sentence}; so it does through the {release} release alone"
                return Tale(told=tuple(replace(item, trouble=None) for item in tale.told), excused=excused)
        return tale
    if not (exploration.drift and compares):
        return tale
    old, ignored = play_alone(ReleaseName.OLD), frozenset(exploration.ignore)
    found = find_drift(tale, old, old, ignored)
    if found is not None:  # else the new release would have to agree with the old one on another value
        found = find_drift(tale, old, play_alone(ReleaseName.NEW), ignored)
    if found is None:
        return tale
    trouble, number = found
    return Tale(
        told=tuple(
            replace(item, trouble=trouble if item.number == number else None)
            for item in tale.told
            if item.number <= number
        )
    )


@contextlib.contextmanager
def open_theatre(production: Production) -> Iterator[Theatre]:
    """A theatre, whose errors hold no secrets.

    Args:
        production: What is played, and with what.

    Raises:
        RolldeployError: As whoever plays in it says.
        HarnessError: The machine or the server failed.
    """
    if production.listing.settings.old.running is not None:
        raise ScenarioError(
            f"{NEVER_STARTED}, as an exploration would have to: name its code, its package or its image by source"
        )
    theatre = Theatre(production)
    try:
        with theatre:
            yield theatre
    except RolldeployError as caught:
        raise caught.retold(theatre.redact) from None
    except (psycopg.Error, OSError) as caught:
        raise machine_failed(caught, theatre.redact) from caught
