"""Searches the rollouts of a rehearsal for one that fails, makes it small, and tells it as a story."""

from __future__ import annotations

import contextlib
import math
import zlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from harness.ahead import Ahead
from harness.errors import ScenarioError
from harness.explored import Explored
from harness.model.release import ReleaseName
from harness.plan.schedule import REQUESTS, Schedule, Start
from harness.plan.smaller import make_smaller, until
from harness.plan.survey import rerun_steps
from harness.plan.tale import render_tale
from harness.plan.wishes import DISTURBANCES, Enough, settle
from harness.runtime.waiting import now
from harness.surveying import Surveyor
from harness.theatre import judge_tale, open_theatre

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from harness.model.settings import Exploration
    from harness.plan.schedule import Action
    from harness.plan.tale import Tale, Trouble
    from harness.plan.wishes import Wish
    from harness.runtime.player import Player
    from harness.theatre import Production, Theatre

#: Hypothesis goes on to make an example smaller for as long as that works; what is left is taken out one by one.
_MOST_SHRINKS = 200
#: So many findings that processes of their own do not confirm are chance; more, and the processes remember.
_MOST_PHANTOMS = 2
#: So many are played side by side, on any machine, since processes that stay may remember what they served before: two
#: cores are busy with three of them.
_LANES = 3
#: More schedules than these are played when they are asked for: they would only fill the memory.
_MOST_AHEAD = 5_000
#: No machine plays more of them in a second; drawing them takes time too.
_MOST_A_SECOND = 20
#: Comparing a schedule with what each release alone reads takes as long as playing it.
_ONE_IN = 4


class _Played(NamedTuple):
    """What a schedule came to, and which releases answered in it."""

    trouble: Trouble | None
    answered: frozenset[str]


class Search:
    """Plays what Hypothesis draws, and remembers what each schedule came to."""

    def __init__(self, theatre: Theatre, exploration: Exploration) -> None:
        self._theatre = theatre
        self._exploration = exploration
        self.player, self._kept, self._lockstep = theatre.keep()
        self.terms = theatre.terms
        self.phantoms = 0
        self.stuck = False
        self.examples = 0
        self.answered: dict[str, int] = dict.fromkeys(ReleaseName, 0)
        self.over = False
        self.cut = False
        self._known: dict[tuple[Action, ...], _Played] = {}
        self._target: tuple[str, str, str] | None = None
        self._first: tuple[Action, ...] = ()
        self._shrinks = 0
        self._deadline = self._last = 0.0
        self._began = self.began = now()
        self._ahead: Ahead[_Played] | None = None

    def survey(self) -> tuple[str, ...]:
        """Finds out what each release cannot do on which schema by itself; returns a line for each."""
        self._look("finding out what each release does alone")
        surveyed = Surveyor(self._theatre, self.player, self._kept).survey()
        self.terms, self.stuck = surveyed.terms, surveyed.stuck
        self.player = self._theatre.player(self._kept, self._lockstep, self.terms)
        return surveyed.left_out

    def run(self) -> tuple[Schedule, Tale] | None:
        """Searches; returns the smallest schedule that fails, and what it comes to with processes of its own."""
        try:
            self._play_ahead()
            self.began = now()  # who plays ahead is drawn for and started first, which takes as long as it takes
            self._deadline = self.began + self._exploration.budget_s
            found = self._rerun() or self._draw()
        finally:
            self._end_ahead()
        if found is None:
            return None
        self._shrinks, self._deadline, self.cut = -_MOST_SHRINKS, self._last, False
        smallest = make_smaller(self.terms, found, self._fails)
        for actions in (smallest, self._first):
            tale = self._judge(self._theatre.fresh(self.terms), actions)
            if tale.trouble is not None and tale.trouble.signature == self._target:
                return self._save(actions, tale), tale
        raise ScenarioError(
            "a rollout failed twice and then not: the application depends on more than what is sent to it, such as "
            f"the time; this was it: {'; '.join(render_tale(tale))}"
        )

    def _rerun(self) -> tuple[Action, ...] | None:
        """Steps that are run again where the migrator died in them, which is drawn too seldom."""
        with contextlib.suppress(Enough):
            return next((actions for actions in self._reruns() if self._fails(actions)), None)
        return None

    def _reruns(self) -> list[tuple[Action, ...]]:
        if "kill-migrator" not in self._disturbances():
            return []
        return list(rerun_steps(self.terms))[: self._exploration.max_examples]

    def _draw(self) -> tuple[Action, ...] | None:
        found = self._search(self._wishes_fail)
        return None if found is None else settle(self.terms, found)

    def _disturbances(self) -> frozenset[str]:
        known = frozenset(one.name for one in DISTURBANCES)
        chosen = self._exploration.disturbances
        return known if chosen is None else known & frozenset(chosen)

    def _search(self, fails: Callable[[tuple[Wish, ...]], bool]) -> tuple[Wish, ...] | None:
        from harness.traffic.explore import search  # noqa: PLC0415  Hypothesis is slow to import

        exploration = self._exploration
        return search(
            fails,
            max_examples=exploration.max_examples,
            max_steps=exploration.max_steps,
            seed_number=exploration.seed,
            disturbances=self._disturbances(),
        )

    def players(self) -> list[Player]:
        """Those that play at once, each with processes of its own, which are started now."""
        return [self.player, *(self._another() for _ in range(_LANES - 1))]

    def _another(self) -> Player:
        _, kept, lockstep = self._theatre.keep()
        kept.getter = self._kept.getter
        return self._theatre.player(kept, lockstep, self.terms)

    def _play_ahead(self) -> None:
        """Has several companies play what will be drawn: until something fails Hypothesis draws the same each time."""
        if self.stuck:
            return
        most = min(_MOST_AHEAD, math.ceil(self._exploration.budget_s * _MOST_A_SECOND))
        drawn = self._reruns()

        def keep(wishes: tuple[Wish, ...]) -> bool:
            if actions := settle(self.terms, wishes):
                drawn.append(actions)
            if len(drawn) >= most:
                raise Enough
            return False

        self._search(keep)
        self._ahead = Ahead([partial(self._play, player) for player in self.players()], drawn)

    def _end_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _play(self, player: Player, actions: tuple[Action, ...]) -> _Played:
        tale = self._judge(player, actions)
        return _Played(tale.trouble, tale.answered)

    def _save(self, actions: tuple[Action, ...], tale: Tale) -> Schedule:
        values, files = self._lockstep.values, self._theatre.files()
        named = {action.journey for action in actions if isinstance(action, Start)}
        return Schedule(
            rehearsal=self._theatre.listing.settings.name,
            actions=tuple(
                replace(action, values=_as_json(values(action.journey, action.drawn)))
                if isinstance(action, Start)
                else action
                for action in actions
            ),
            finding=tale.trouble.sentence if tale.trouble is not None else "",
            journeys={name: file for name, file in files.items() if name in named},
            invariants=self._theatre.invariant_files(),
        )

    def _wishes_fail(self, wishes: tuple[Wish, ...]) -> bool:
        return self._fails(settle(self.terms, wishes))

    def _fails(self, actions: tuple[Action, ...]) -> bool:
        if actions not in self._known:
            if self._target is None and now() > self._deadline:
                self.over = True
                raise Enough
            if not actions:
                return False
            if now() > self._deadline or (self._target and self._shrinks >= _MOST_SHRINKS):
                self.cut = True
                return False
            self.examples += 1
            self._shrinks += self._target is not None
            self._look("making a rollout that fails smaller" if self._target else "exploring rollouts")
            self._known[actions] = played = self._try(actions)
            for release in ReleaseName:
                self.answered[release] += release in played.answered
        trouble = self._known[actions].trouble
        return trouble is not None and trouble.signature == self._target

    def _try(self, actions: tuple[Action, ...]) -> _Played:
        """What a schedule comes to, the first time with processes of its own too."""
        remembers = self.stuck or self.phantoms > _MOST_PHANTOMS
        if remembers:
            played = self._play(self._theatre.fresh(self.terms), actions)
        else:
            played = self._ahead.ask(actions) if self._ahead is not None else self._play(self.player, actions)
        trouble = played.trouble
        if trouble is None or self._target is not None:
            return played
        if not remembers:
            again = self._play(self._theatre.fresh(self.terms), actions).trouble
            if again is None or again.signature != trouble.signature:
                self.phantoms += 1
                if self.phantoms > _MOST_PHANTOMS:
                    self._end_ahead()
                return played._replace(trouble=None)
        if self._ahead is not None:  # how far ahead somebody was must not matter to what is played from here on
            self._end_ahead()
            self.player = self._another()
        self._target, self._first = trouble.signature, actions
        self._deadline, self._last = until(now(), self._deadline, self._exploration.budget_s)
        return played

    def _look(self, doing: str) -> None:
        name = self._theatre.listing.settings.name
        self._theatre.look(f"{name}: {doing}", now() - self._began, f"{self.examples} played" if self.examples else "")

    def _judge(self, player: Player, actions: tuple[Action, ...]) -> Tale:
        """Plays a schedule, and lets go what either release alone does too."""
        is_drift = self._target is not None and self._target[0] == "drift"
        return judge_tale(player, actions, self._exploration, compares=is_drift or _is_compared(actions))


def _is_compared(actions: tuple[Action, ...]) -> bool:
    """One schedule in a few, by nothing but itself; one without a deploy event is what the old release alone does."""
    if all(isinstance(action, REQUESTS) for action in actions):
        return False
    return zlib.crc32(repr(actions).encode()) % _ONE_IN == 0


def _as_json(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The values, where they are the same ones once they were written to a file."""
    try:
        same = msgspec.json.decode(msgspec.json.encode(values)) == values
    except (TypeError, msgspec.MsgspecError):
        return None
    return values if same else None


@contextlib.contextmanager
def _hypothesis_in(folder: Path) -> Iterator[None]:
    """Has Hypothesis keep what it remembers of a project's code in a folder of ours: it would be the project's own."""
    from hypothesis import configuration  # noqa: PLC0415  slow to import

    before = getattr(configuration, "__hypothesis_home_directory", None)
    configuration.set_hypothesis_home_dir(folder)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)


def explore(production: Production) -> Explored:
    """Searches the rollouts of a rehearsal; the same ones each time.

    Args:
        production: What is explored, and with what.

    Raises:
        ScenarioError: A release does not start on its own schema, or a step fails by itself.
        HarnessError: The machine or the server failed.
    """
    with _hypothesis_in(production.session.directory / "hypothesis"), open_theatre(production) as theatre:
        search_ = Search(theatre, production.listing.settings.explore)
        left_out = search_.survey()
        found = search_.run()
        explored = Explored(
            examples=search_.examples,
            answered=search_.answered,
            over_s=production.listing.settings.explore.budget_s if search_.over else 0.0,
            duration_s=round(now() - search_.began, 3),
            phantoms=search_.phantoms,
            stuck=search_.stuck,
            left_out=left_out,
        )
        return explored if found is None else replace(explored, schedule=found[0], tale=found[1], cut=search_.cut)
