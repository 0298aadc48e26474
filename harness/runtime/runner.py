"""Runs the tracks of a plan side by side, and hands on what they tell."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from harness.model.tracks import StepEnded, TrackBegunAgain, TrackStopped
from harness.runtime.parts import Nobody, TrackEnd
from harness.runtime.track import TrackRunner
from harness.runtime.waiting import now, wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.events import Event
    from harness.plan.steps import Numbered, Plan, Track
    from harness.runtime.environment import Stagehands
    from harness.runtime.parts import Onlooker, Traffic

#: How often the main thread looks up from waiting for events, so that Ctrl-C is heard at once, and a clock shown goes.
_LISTEN_S = 0.2
#: How often a part of a plan is tried that the moment may end: a deadlock, say.
_TRIES = 5
#: A journey that never comes back must not hold up Ctrl-C; its applications are gone by then.
_FAREWELL_S = 5.0


@dataclass(frozen=True)
class _Crashed:
    """A track ended by an exception that is not a fact about the application."""

    error: BaseException


@dataclass(frozen=True)
class _Begun:
    """A track has come to a step: for whoever looks on, and no fact about the application."""

    item: Numbered


_Message: TypeAlias = "Event | _Begun | _Crashed | None"


class Runner:
    """Runs plans against real processes and a real server.

    Args:
        hands: Everything that touches the outside world.
        traffic: Moves the copies of journeys.
        onlooker: Told how far it is; None where nobody looks on.
    """

    def __init__(self, hands: Stagehands, traffic: Traffic, onlooker: Onlooker | None = None) -> None:
        self._hands = hands
        self._traffic = traffic
        self._onlooker = onlooker or Nobody()
        self._stopping = threading.Event()
        self._spare_copies = itertools.count(-1, -1)

    def run(self, *plans: Plan) -> Iterator[Event]:
        """Does everything that plans say: the first stages of all of them side by side, then the second ones.

        Args:
            plans: Those that share no database.

        Yields:
            What happened, in order within each track. What a :class:`~harness.model.tracks.TrackBegunAgain` supersedes
            counts for nothing.

        Raises:
            ReleaseError: The control run failed, so nothing after it would mean anything.
            HarnessError: The machine or the server failed.
        """
        for stages in itertools.zip_longest(*(plan.stages for plan in plans)):
            together = [stage for stage in stages if stage is not None]
            for stage in together:
                self._onlooker.begin_stage(stage)
            events: queue.Queue[_Message] = queue.Queue()
            threads = [
                threading.Thread(
                    target=self._run_track, args=(track, events), name=f"rolldeploy-{track.name}", daemon=True
                )
                for stage in together
                for track in stage.tracks
            ]
            for thread in threads:
                thread.start()
            finished = False
            try:
                yield from self._listen(events, len(threads))
                finished = True
            finally:
                if not finished:
                    self._stopping.set()
                    self._hands.processes.kill_all()
                for thread in threads:
                    thread.join(None if finished else _FAREWELL_S)
        self._traffic.forget()

    def _listen(self, events: queue.Queue[_Message], running: int) -> Iterator[Event]:
        while running:
            self._onlooker.look(self._hands.waits.open())
            try:
                event = events.get(timeout=_LISTEN_S)
            except queue.Empty:
                continue
            if event is None:
                running -= 1
            elif isinstance(event, _Crashed):
                raise event.error
            elif isinstance(event, _Begun):
                self._onlooker.begin_step(event.item)
            else:
                if isinstance(event, StepEnded | TrackStopped | TrackBegunAgain):
                    self._onlooker.end_step(event.number)
                if isinstance(event, TrackBegunAgain):
                    self._onlooker.begin_again(event)
                yield event

    def _run_track(self, track: Track, events: queue.Queue[_Message]) -> None:
        try:
            for left in reversed(range(_TRIES)):
                if not self._try_track(track, events, may_begin_again=left > 0):
                    break
        except BaseException as error:  # noqa: BLE001  it is raised again in the main thread
            events.put(_Crashed(error))
        finally:
            events.put(None)

    def _try_track(self, track: Track, events: queue.Queue[_Message], *, may_begin_again: bool) -> bool:
        """Does the steps of a track; says whether it has to be done once more."""
        with contextlib.closing(TrackRunner(self._hands, self._traffic, events.put, self._spare_copies)) as walker:
            for item in track.steps:
                if self._stopping.is_set():
                    break
                events.put(_Begun(item))
                began, at = now(), wall_clock()
                try:
                    walker.do(item)
                except TrackEnd as end:
                    again = may_begin_again and end.by_chance != ""
                    if not again:
                        events.put(TrackStopped(track=track.name, number=item.number, reason=end.reason))
                    walker.stop_all(item.number)
                    if again:
                        events.put(
                            TrackBegunAgain(
                                track=track.name,
                                number=item.number,
                                first=track.steps[0].number,
                                reason=end.reason,
                                sqlstate=end.by_chance,
                            )
                        )
                    return again
                events.put(StepEnded(number=item.number, duration_s=round(now() - began, 6), at=round(at, 4)))
        return False
