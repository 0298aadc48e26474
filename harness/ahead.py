"""Plays schedules before anybody asks for them, several at once: one alone leaves most of a machine waiting for it."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future

    from harness.plan.schedule import Action

T = TypeVar("T")


class Ahead(Generic[T]):
    """Begins with the first schedules. Each judge has its turn, whoever is quicker: one may remember what it played.

    Args:
        judges: Each plays one schedule at a time, in order, and shares nothing with the others.
        schedules: What will be asked for, in order; one of them twice is played once.
    """

    def __init__(
        self, judges: Sequence[Callable[[tuple[Action, ...]], T]], schedules: Iterable[tuple[Action, ...]]
    ) -> None:
        self._pools = [ThreadPoolExecutor(max_workers=1, thread_name_prefix="rolldeploy-ahead") for _ in judges]
        self._turns = itertools.cycle(zip(self._pools, judges, strict=True))
        self._played = {actions: self._begin(actions) for actions in dict.fromkeys(schedules)}

    def ask(self, actions: tuple[Action, ...]) -> T:
        """What a schedule comes to, which may have to be waited for.

        Raises:
            RolldeployError: It cannot be played.
        """
        return (self._played.get(actions) or self._begin(actions)).result()

    def close(self) -> None:
        """Ends what is under way; what was not begun is not played. Harmless when repeated."""
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools:
            pool.shutdown(wait=True)

    def _begin(self, actions: tuple[Action, ...]) -> Future[T]:
        pool, judge = next(self._turns)
        return pool.submit(judge, actions)
