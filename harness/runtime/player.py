"""Plays a schedule, one action after the other, and tells what each of them came to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, assert_never

from harness.errors import ReleaseError
from harness.model.release import ReleaseName
from harness.plan.conduct import World, advance, may_ask, opening
from harness.plan.schedule import (
    REQUESTS,
    Crash,
    KillMigrator,
    Migrate,
    Restart,
    Resume,
    RollBack,
    RollForward,
    RunTask,
    Start,
    StartReplica,
    StopReplica,
)
from harness.plan.tale import Tale, Told, Trouble
from harness.runtime.company import FIRST, LAST
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.tasks import run_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.model.events import Failure
    from harness.model.exchange import Exchange
    from harness.plan.conduct import Terms
    from harness.plan.schedule import Action
    from harness.runtime.company import Company
    from harness.runtime.environment import Stagehands


class Moved(Protocol):
    """What one move of a copy came to."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What it sent and got."""

    @property
    def failure(self) -> Failure | None:
        """Why it failed."""

    @property
    def trouble(self) -> Trouble | None:
        """What an answer shows that nobody asked about."""


class Performers(Protocol):
    """Copies of journeys that move by one request at a time, and those who watch them."""

    def begin(self, start: Start) -> None:
        """Makes a copy."""

    def move(self, copy: int, replica: str, address: tuple[str, int], *, whole: bool = False) -> Moved:
        """Lets a copy send its next request."""

    def watch(self, told: Told, up: Sequence[str], address: Callable[[str], tuple[str, int]]) -> Trouble | None:
        """What does not hold any more behind an action."""

    def at_rest(self, up: Sequence[str], address: Callable[[str], tuple[str, int]]) -> tuple[str, str, Failure] | None:
        """What the author says has to hold, and does not before anything is done."""

    def look_back(
        self,
        up: Sequence[str],
        address: Callable[[str], tuple[str, int]],
        is_barred: Callable[[str, str], bool],
    ) -> Trouble | None:
        """What does not hold in the end."""

    def forget(self) -> None:
        """Ends all copies."""


class Player:
    """Plays schedules in one company of replicas.

    Args:
        hands: Everything that touches the outside world.
        company: Who serves.
        performers: Who asks.
        terms: What the settings allow.
        revisions: The id of each step, by its label.
        looks: Whether PostgreSQL's log is asked what it refused, which takes time.
    """

    def __init__(
        self,
        hands: Stagehands,
        company: Company,
        performers: Performers,
        terms: Terms,
        revisions: Mapping[str, str],
        *,
        looks: bool = False,
    ) -> None:
        self._hands = hands
        self._company = company
        self._performers = performers
        self._terms = terms
        self._revisions = revisions
        self._looks = looks

    def play(self, actions: Sequence[Action], *, past_trouble: bool = False) -> Tale:
        """Plays one from the first state on; an action that does not fit is passed over.

        Args:
            actions: What is done.
            past_trouble: Whether a journey that fails keeps nobody else from going on.

        Raises:
            ReleaseError: A release does not start at all.
            HarnessError: The machine or the server failed.
        """
        return self._play(actions, opening(self._terms), FIRST, past_trouble=past_trouble)

    def play_alone(self, actions: Sequence[Action], release: str) -> Tale:
        """Plays requests through the first replica of a release alone, on that release's own schema.

        Args:
            actions: Requests through that replica.
            release: Which one.
        """
        world, base = self._alone(release)
        free = replace(self._terms, barred=frozenset())
        return self._play(actions, world, base, terms=free)

    def at_rest(self, release: str) -> tuple[str, str, Failure] | None:
        """The first invariant that does not hold through a release alone on its own schema, through whom, and why.

        Args:
            release: Which one; nobody asks it for anything else.
        """
        world, base = self._alone(release)
        try:
            self._company.open(base, world.up)
            return self._performers.at_rest(world.up, self._company.address)
        finally:
            self._performers.forget()

    def _alone(self, release: str) -> tuple[World, str]:
        is_old = release == ReleaseName.OLD
        world = World(up=(f"{release}-1",), applied=0 if is_old else len(self._terms.steps))
        return world, FIRST if is_old else LAST

    def _play(
        self,
        actions: Sequence[Action],
        world: World,
        base: str,
        *,
        past_trouble: bool = False,
        terms: Terms | None = None,
    ) -> Tale:
        told: list[Told] = []
        address = self._company.address
        try:
            self._company.open(base, world.up)
            self._take_refusals(world)
            for number, action in enumerate(actions, start=1):
                after = advance(terms or self._terms, world, action)
                if after is None:
                    continue
                item = self._do(number, action, world, after)
                if item.trouble is None:
                    item = replace(item, trouble=self._performers.watch(item, after.up, address))
                told.append(item)
                world = after
                is_asked = isinstance(action, REQUESTS) or (
                    item.trouble is not None and item.trouble.kind == "invariant"
                )
                if item.trouble is not None and not (past_trouble and is_asked):
                    return Tale(told=tuple(told))
            if told and not past_trouble:
                trouble = self._performers.look_back(
                    world.up, address, lambda journey, name: not may_ask(terms or self._terms, world, name, journey)
                )
                told[-1] = replace(told[-1], trouble=trouble)
            return Tale(told=tuple(told))
        finally:
            self._performers.forget()

    def _do(self, number: int, action: Action, before: World, after: World) -> Told:
        match action:
            case Start():
                self._performers.begin(action)
                return self._move(number, action, after)
            case Resume():
                return self._move(number, action, after)
            case Migrate(step=step):
                return self._told(number, action, after, self._migrate(step, 0)[1])
            case KillMigrator(step=step, point=point):
                dead, trouble = self._migrate(step, point)
                return replace(self._told(number, action, after, trouble), missed=not dead and trouble is None)
            case RunTask(task=task):
                run = run_task(self._hands, self._hands.task(task), self._company.database, f"explored-task-{task}")
                trouble = Trouble(kind="task", who=task, text=run.error) if run.error else None
                return self._told(number, action, after, trouble)
            case StartReplica() | StopReplica() | Crash() | Restart() | RollForward() | RollBack():
                return self._told(
                    number, action, after, self._change_fleet(before, after, is_crash=isinstance(action, Crash))
                )
        assert_never(action)

    def _move(self, number: int, action: Start | Resume, world: World) -> Told:
        copy, replica = action.copy, action.replica
        try:
            address = self._company.address(replica)
        except ReleaseError as error:
            return Told(number=number, action=action, trouble=Trouble(kind="start", who=replica, text=str(error)))
        moved = self._performers.move(copy, replica, address, whole=action.whole)
        trouble = moved.trouble
        if moved.failure is not None:
            trouble = _trouble(moved.failure, world.copies[copy - 1], "http://{}:{}".format(*address))
        return replace(self._told(number, action, world, trouble), exchanges=moved.exchanges)

    def _told(self, number: int, action: Action, world: World, trouble: Trouble | None) -> Told:
        return Told(number=number, action=action, trouble=trouble, sqlstates=self._take_refusals(world))

    def _migrate(self, step: str, point: int) -> tuple[bool, Trouble | None]:
        """Whether the migrator is dead, and why it failed by itself."""
        database = self._company.database
        try:
            dead = self._hands.migrator(database).upgrade_until_killed(self._revisions[step], point)
        except MigrationFailedError as error:
            return False, Trouble(kind="migration", who=step, text=error.error)
        if dead:
            self._company.bury_migrator()
        return dead, None

    def _change_fleet(self, before: World, after: World, *, is_crash: bool) -> Trouble | None:
        """Whoever comes is there before others go, as the readiness rule has it."""
        for name in after.up:
            if name not in before.up:
                error = self._company.put_to_work(name)
                if error:
                    return Trouble(kind="start", who=name, text=error)
        for name in before.up:
            if name not in after.up:
                self._company.take_off(name, crash=is_crash)
        return None

    def _take_refusals(self, world: World) -> tuple[str, ...]:
        """SQLSTATEs of what PostgreSQL refused the replicas and the migrator since it was asked last."""
        if not self._looks:
            return ()
        names = [self._company.process(name) for name in world.up]
        who = [*names, self._hands.migrator_name(self._company.database)]
        return tuple(dict.fromkeys(error.sqlstate for error in self._hands.observer.refusals(who)))


def _trouble(failure: Failure, journey: str, address: str) -> Trouble:
    """A journey that failed; the address of a replica is another one each time, and goes."""
    is_own = failure.kind in {"http", "run"}
    text = failure.text.replace(address, "").partition("\n")[0]
    return Trouble(
        kind=failure.kind if is_own else "assertion",
        who=journey,
        text=text if is_own or failure.kind == "AssertionError" else f"{failure.kind}: {text}",
        where=failure.where,
        source=failure.source,
    )
