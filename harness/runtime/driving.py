"""Drives journeys through replicas: warms what is to be warm, runs the passes of a state, leaves copies paused."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.errors import ControlError
from harness.model.cell import BASE, Actor, Cell
from harness.model.events import Warmed
from harness.plan.steps import FULL_RUN, Attempt, Drive, WarmUp
from harness.runtime.attempts import Done, is_server_error, say_unusable
from harness.runtime.standing import prove_connected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.model.events import Attempted
    from harness.runtime.parts import Traffic
    from harness.runtime.witness import Witness

#: Warming counts runs per connection; a pool that holds more than this many is warmed as if it held so many.
_MOST_SESSIONS = 5


class Driving:
    """Moves the copies of journeys for one track, and counts how warm each replica is.

    Args:
        witness: Watches the replicas, and tells what happened.
        traffic: Moves the copies.
        spare_copies: Numbers of copies that no plan has, for warming; shared by the tracks of a stage.
    """

    def __init__(self, witness: Witness, traffic: Traffic, spare_copies: Iterator[int]) -> None:
        self._witness = witness
        self._traffic = traffic
        self._spare_copies = spare_copies
        self._runs: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._broken: set[str] = set()
        self._awaited: set[tuple[Cell, str, str]] = set()

    def cool(self, names: Iterable[str]) -> None:
        """Counts anew: an error or a probe may have cost replicas what they had prepared."""
        for name in names:
            self._runs[name].clear()

    def forget(self, name: str) -> None:
        """A replica is gone."""
        self._runs.pop(name, None)

    def warm(self, number: int, step: WarmUp) -> None:
        """Tops up: what a replica has run without an error since its last one counts."""
        journeys = [journey for journey in step.journeys if journey not in self._broken]
        addresses = self._witness.hands.fleet.addresses(step.replicas)
        counts = []
        for name in addresses:
            wanted = step.runs * min(max(1, self._witness.hands.workspace.sessions(name)), _MOST_SESSIONS)
            for journey in journeys:
                while self._runs[name][journey] < wanted:
                    attempt = Attempt(
                        copy=next(self._spare_copies),
                        journey=journey,
                        origin="fresh",
                        replicas=(name,),
                        moves=FULL_RUN,
                    )
                    done = self._traffic.move(
                        attempt, addresses, number=number, cell=Cell(BASE, Actor.CONTROL), round_=0
                    )
                    if done is None or done.failure is not None:
                        self._runs[name][journey] = 0
                        break
                    self._runs[name][journey] += 1
            counts.append((name, min((self._runs[name][j] for j in journeys), default=0), wanted))
        self._witness.drain(number, step.cell, addresses)
        self._witness.emit(Warmed(number=number, cell=step.cell, runs=tuple(counts)))

    def drive(self, number: int, step: Drive) -> None:
        """Runs each pass, and then starts what is left paused for later states.

        Raises:
            ControlError: It is the control run, and journeys cannot be used; the others are driven to its end.
        """
        failed: set[str] = set()
        unusable: dict[str, str] = {}
        passes = [*step.rounds, step.leave] if step.leave else list(step.rounds)
        apart = step.is_control or step.cell.actor is Actor.NEW_CONTROL
        for index, attempts in enumerate(passes):
            failed = failed if index == len(step.rounds) else set()
            # In control runs the log is cut behind each attempt, to learn which statements belong to which journey.
            # What a step before broke comes last: its errors roll back, and may cost the others what they had prepared.
            ordered = sorted(attempts, key=lambda attempt: attempt.journey in self._broken)
            for group in [(attempt,) for attempt in ordered] if apart else [ordered]:
                if group and group[0].journey in unusable:
                    continue
                ran = [self._attempt(number, step.cell, index + 1, attempt) for attempt in group]
                done = [one for one in ran if one is not None]
                names = {name for attempt in group for name in attempt.replicas}
                journey = group[0].journey if apart else ""
                for event in self._witness.tell_attempts(number, step.cell, names, done, journey=journey):
                    if event.failure is not None or event.sql:
                        self.cool(event.replicas)
                    if event.failure is not None:
                        failed.add(event.journey)
                    if step.is_control and (why := say_unusable(event)):
                        unusable.setdefault(event.journey, why)
        if step.is_control:
            replicas = {name for attempts in passes for attempt in attempts for name in attempt.replicas}
            prove_connected(self._witness.hands, replicas)
        if unusable:
            raise ControlError(unusable)
        self._broken = failed

    def _attempt(self, number: int, cell: Cell, round_: int, attempt: Attempt) -> Done | None:
        addresses = self._witness.hands.fleet.addresses(attempt.replicas)
        if len(addresses) < len(set(attempt.replicas)):
            return None  # a replica that did not start is a finding of its own
        fleet = self._witness.hands.fleet
        logged = {name: replica.log_size() for name in addresses if (replica := fleet.get(name)) is not None}
        began = datetime.now(UTC)
        with self._witness.hands.waits.on(attempt.replicas[0], f"to be through with the journey {attempt.journey}"):
            done = self._traffic.move(attempt, addresses, number=number, cell=cell, round_=round_)
        ended = datetime.now(UTC)
        if done is None:
            return None
        if done.failure is None:
            if attempt.origin == "fresh" and attempt.moves >= FULL_RUN and len(set(done.replicas)) == 1:
                self._runs[attempt.replicas[0]][attempt.journey] += 1
            return Done(done, began, ended)
        return Done(replace(done, log=self._log(done, logged)), began, ended)

    def _log(self, done: Attempted, logged: Mapping[str, int]) -> tuple[str, ...]:
        """What the replica logged since the attempt began: the lines before are another request's."""
        name = done.replicas[-1]
        replica = self._witness.hands.fleet.get(name)
        if replica is None:
            return ()
        # The first failure is the one that is told in full; to wait for each of hundreds would take its time.
        key = (done.cell, done.journey, done.origin)
        is_awaited = key not in self._awaited and any(map(is_server_error, done.exchanges))
        if is_awaited:
            self._awaited.add(key)
        lines = replica.tail_since(logged.get(name, 0), await_rest=is_awaited)
        return self._witness.hands.redact.lines(lines)
