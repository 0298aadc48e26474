"""How far a rehearsal is, in lines: for whoever waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.plan.render import describe_step
from harness.plan.steps import Drive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model.tracks import TrackBegunAgain
    from harness.plan.steps import Stage, Step

#: Lines of a log are cut here: a description may name a dozen replicas.
LINE_WIDTH = 120
#: A step of so many seconds is told of while it runs, and again whenever it has taken twice as long as when it was told
#: of last: a log shows that something goes on, and is not flooded.
PATIENCE_S = 10.0
#: Characters of a bar between its brackets.
_BAR_WIDTH = 12
#: Narrower than this the beginning of a description says nothing.
_LEAST_TEXT = 28


@dataclass(frozen=True, kw_only=True)
class Running:
    """A step that runs.

    Args:
        number: Of the step in its plan.
        text: What it does.
        since_s: For how many seconds it has run.
        waits: What it waits for, if that is known more closely: ``old-1 to be ready (GET /readyz, within 30 s)``.
    """

    number: int
    text: str
    since_s: float
    waits: tuple[str, ...] = ()


def describe_briefly(step: Step) -> str:
    """What a step does, without the list of all copies that a plan shows."""
    if isinstance(step, Drive):
        paused = f", {len(step.leave)} left paused" if step.leave else ""
        count = sum(map(len, step.rounds))
        return f"drive {count} {'copy' if count == 1 else 'copies'}{paused}  [{step.cell}]"
    return describe_step(step)


def names_in(step: Step) -> frozenset[str]:
    """Names of the replicas that a step is about."""
    found = [*getattr(step, "replicas", ()), *filter(None, [getattr(step, "replica", "")])]
    return frozenset(str(getattr(one, "name", one)) for one in found)


def render_stage(name: str, stage: Stage, total: int) -> str:
    """The line with which a stage begins.

    Args:
        name: Of the rehearsal.
        stage: Which.
        total: How many steps there are in all, as far as that is known.
    """
    numbers = [item.number for track in stage.tracks for item in track.steps]
    beside = f", {len(stage.tracks)} tracks side by side" if len(stage.tracks) > 1 else ""
    return f"rolldeploy: {name}, {stage.name}: steps {min(numbers)} to {max(numbers)} of {total}{beside}"


def render_once_more(event: TrackBegunAgain) -> str:
    """The line with which steps begin once more."""
    return f"rolldeploy: {event.reason} by chance ({event.sqlstate}): steps {event.first} to {event.number} once more"


def render_done(number: int, text: str, duration_s: float) -> str:
    """The line of a step that is done.

    Args:
        number: Of the step in its plan.
        text: What it did.
        duration_s: Seconds that it took.
    """
    return _cut(f"{number:>6} {duration_s:>6.1f} s  {text}", LINE_WIDTH)


def render_waiting(running: Running) -> str:
    """The line of a step that takes long."""
    waits = f": waits for {'; '.join(running.waits)}" if running.waits else ""
    return f"{running.number:>6} {running.since_s:>6.0f} s so far  {running.text}{waits}"


def render_bar(name: str, running: Sequence[Running], *, done: int, total: int, elapsed_s: float, width: int) -> str:
    """One line of a terminal: how much is done, and what runs now.

    Args:
        name: Of the rehearsal.
        running: What runs, one step of each track; the one that began first is told where there is room for no more.
        done: How many steps are.
        total: How many there are, as far as that is known.
        elapsed_s: Seconds since the rehearsal began.
        width: Characters that the line may have.
    """
    filled = _BAR_WIDTH * min(done, total) // max(total, 1)
    head = f"{name} [{'=' * filled}{' ' * (_BAR_WIDTH - filled)}] {done}/{total} {_clock(elapsed_s)}"
    told = []
    for one in running:
        text = "; ".join(one.waits) or one.text
        told.append(f"{text}, {one.since_s:.0f} s" if one.since_s >= 1 else text)
    room = width - len(head) - 2
    if not told or room < _LEAST_TEXT:
        return head[:width]
    each = (room - 3 * (len(told) - 1)) // len(told)
    if each >= _LEAST_TEXT:
        return f"{head}  {' | '.join(_cut(text, each) for text in told)}"
    more = f" (+{len(told) - 1})" if len(told) > 1 else ""
    return f"{head}  {_cut(told[0], room - len(more))}{more}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
