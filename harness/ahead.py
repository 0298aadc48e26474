"""Plays schedules before anybody asks for them, several at once: one alone leaves most of a machine waiting for it."""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.plan.schedule import Action
    from harness.plan.tale import Trouble

Judge: TypeAlias = "Callable[[tuple[Action, ...]], Trouble | None]"


class Ahead:
    """Begins with the first schedules. What one comes to does not depend on which judge plays it, nor when.

    Args:
        judges: Each plays one schedule at a time, and shares nothing with the others.
        schedules: What will be asked for, in order; one of them twice is played once.
    """

    def __init__(self, judges: Sequence[Judge], schedules: Iterable[tuple[Action, ...]]) -> None:
        self._free: queue.SimpleQueue[Judge] = queue.SimpleQueue()
        for judge in judges:
            self._free.put(judge)
        self._pool = ThreadPoolExecutor(max_workers=len(judges), thread_name_prefix="rolldeploy-ahead")
        self._played = {actions: self._pool.submit(self._play, actions) for actions in dict.fromkeys(schedules)}

    def ask(self, actions: tuple[Action, ...]) -> Trouble | None:
        """What a schedule comes to, which may have to be waited for.

        Raises:
            RolldeployError: It cannot be played.
        """
        played = self._played.get(actions)
        return self._play(actions) if played is None else played.result()

    def close(self) -> None:
        """Ends what is under way; what was not begun is not played. Harmless when repeated."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _play(self, actions: tuple[Action, ...]) -> Trouble | None:
        judge = self._free.get()
        try:
            return judge(actions)
        finally:
            self._free.put(judge)
