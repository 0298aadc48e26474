"""Shows how far a rehearsal is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report.progress import (
    Running,
    describe_briefly,
    names_in,
    render_bar,
    render_done,
    render_once_more,
    render_stage,
    render_waiting,
)
from harness.runtime.waiting import now
from harness.screen import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.model.tracks import TrackBegunAgain
    from harness.plan.steps import Numbered, Stage
    from harness.runtime.waiting import Wait
    from harness.screen import Screen


#: A line that moves is drawn anew so often: what lasts no longer is not read either.
_REDRAW_S = 0.1


@dataclass(frozen=True)
class _Step:
    item: Numbered
    began: float


class Progress:
    """An onlooker with a screen.

    Args:
        screen: Where it is shown.
        name: Of the rehearsal.
        total: How many steps there are, as far as that is known before the walk.
        clock: Tells the time, in seconds.
    """

    def __init__(self, screen: Screen, name: str, total: int, clock: Callable[[], float] = now) -> None:
        self._screen = screen
        self._name = name
        self._total = total
        self._clock = clock
        self._began = clock()
        self._drawn = self._began
        self._done = 0
        self._running: dict[int, _Step] = {}

    def begin_stage(self, stage: Stage) -> None:
        """A stage begins."""
        last = max(item.number for track in stage.tracks for item in track.steps)
        self._total = max(self._total, last)
        if self._screen.mode is Mode.LINES:
            self._screen.tell(render_stage(self._name, stage, self._total))

    def begin_step(self, item: Numbered) -> None:
        """A step begins."""
        self._running[item.number] = _Step(item, self._clock())

    def end_step(self, number: int) -> None:
        """It is done, or its track has ended there."""
        step = self._running.pop(number, None)
        if step is None:
            return
        self._done += 1
        if self._screen.mode is Mode.LINES:
            self._screen.tell(render_done(number, describe_briefly(step.item.step), self._clock() - step.began))

    def begin_again(self, event: TrackBegunAgain) -> None:
        """Steps are done once more, so that they count anew."""
        self._done -= event.number - event.first + 1
        if self._screen.mode is Mode.LINES:
            self._screen.tell(render_once_more(event))

    def look(self, waits: Sequence[Wait]) -> None:
        """Comes round several times a second.

        Args:
            waits: What is waited for.
        """
        if self._screen.mode is Mode.BAR and self._clock() - self._drawn >= _REDRAW_S:
            self._drawn = self._clock()
            bar = render_bar(
                self._name,
                tuple(self._describe(waits)),
                done=self._done,
                total=self._total,
                elapsed_s=self._clock() - self._began,
                width=self._screen.width,
            )
            self._screen.show(bar)
        elif self._screen.mode is Mode.LINES:
            for running in self._describe(waits):
                if self._screen.is_due(f"{self._name} {running.number}", running.since_s):
                    self._screen.tell(render_waiting(running))

    def _describe(self, waits: Sequence[Wait]) -> Iterator[Running]:
        time = self._clock()
        for number, step in self._running.items():
            names = names_in(step.item.step)
            yield Running(
                number=number,
                text=describe_briefly(step.item.step),
                since_s=time - step.began,
                waits=tuple(f"{wait.who} {wait.what}" for wait in waits if wait.who in names),
            )
