"""Copies of journeys that are under way when something begins, go on beside it, and see behind it what became of that.

What a client writes beside a migration that read before, and writes later, is lost; and only who comes back sees it.
Clients in the background come to the end of a journey too soon for that.
"""

from __future__ import annotations

import itertools
import math
import threading
from typing import TYPE_CHECKING

from harness.model.cell import BASE, Actor, Cell
from harness.plan.steps import Attempt
from harness.runtime.waiting import now, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.model.events import Attempted
    from harness.traffic.driver import Driver

#: So many copies there are at most, of all journeys together.
_COPIES = 12
#: The first goes on so soon, and each later one that much later than the one before: how long it takes is not known,
#: and most of them are to go on between its first statement and its last one.
_FIRST_S = 0.1
_LONGER = 1.35
#: Beside traffic it may take that much longer than alone.
_SLOWER, _LATE_S = 2.0, 0.1
#: So long they may take to begin, and to come to their end; a journey that waits for something may wait longer.
_LEAD_S, _FAREWELL_S = 2.0, 3.0
#: Once it is over, each that went on beside it goes on so often: a journey that never ends says the same over and over.
#: The others read and wrote before it alone, and would be asked what copies are asked that the walk leaves paused.
_ROUNDS = 2
#: They stand for no cell.
_NO_CELL = Cell(BASE, Actor.CONTROL)


class Lasting:
    """Such copies, from when they are started to their end; all of them in one thread.

    Args:
        journeys: Names, in order.
        driver: Moves them, and nothing else.
        choose: Names the next replica, and tells where all listen; None for the name where nobody serves.
        note: Gets who was asked, what happened, and when that began.
        lasts_s: How long it takes by itself, so that none is begun whose turn would hardly come; infinite where nobody
            knows.
    """

    def __init__(
        self,
        journeys: tuple[str, ...],
        driver: Driver,
        choose: Callable[[], tuple[str | None, Mapping[str, tuple[str, int]]]],
        note: Callable[[str, Attempted | None, float], None],
        *,
        lasts_s: float = math.inf,
    ) -> None:
        self._driver = driver
        self._choose = choose
        self._note = note
        self._begun, self._ending, self._halted = threading.Event(), threading.Event(), threading.Event()
        turns = [turn for turn in map(_turn, range(_COPIES)) if turn <= _SLOWER * lasts_s + _LATE_S]
        self._copies = list(enumerate(itertools.islice(itertools.cycle(journeys), len(turns) if journeys else 0)))
        self._thread = threading.Thread(target=self._run, name="rolldeploy-client-lasting", daemon=True)
        self._thread.start()
        self._begun.wait(_LEAD_S)

    def end(self, timeout_s: float) -> None:
        """Has those that went on go on to their end; whoever does not come to it in time is cut off. May be repeated.

        Args:
            timeout_s: Seconds that one request may take.
        """
        self._ending.set()
        self._thread.join(_FAREWELL_S)
        if self._thread.is_alive():
            self._halted.set()
            self._driver.halt()
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._move_all()
            self._begun.set()
            self._go_on()
            for _ in range(_ROUNDS):
                self._move_all()
        finally:
            self._begun.set()
            self._driver.close()

    def _go_on(self) -> None:
        """Moves one after the other, until it is over; leaves those that have moved and can move on."""
        began, waiting, moved = now(), self._copies, list[tuple[int, str]]()
        for index, copy in enumerate(waiting):
            if self._ending.wait(max(0.0, began + _turn(index) - now())):
                break
            if self._move(copy):
                moved.append(copy)
        self._copies = moved
        self._ending.wait()

    def _move_all(self) -> None:
        self._copies = [copy for copy in self._copies if not self._halted.is_set() and self._move(copy)]

    def _move(self, copy: tuple[int, str]) -> bool:
        """Moves a copy by one segment; returns whether there may be more of it."""
        number, journey = copy
        name, addresses = self._choose()
        if name is None:
            return False
        attempt = Attempt(copy=number, journey=journey, origin="fresh", replicas=(name,), moves=1)
        began = wall_clock()
        done = self._driver.move(attempt, addresses, number=0, cell=_NO_CELL, round_=0)
        self._note(name, None if self._halted.is_set() else done, began)
        return done is not None and not done.ended and done.failure is None


def _turn(index: int) -> float:
    """When a copy goes on, in seconds since all of them have begun."""
    return _FIRST_S * _LONGER**index
