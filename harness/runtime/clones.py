"""Copies of a database made ahead of time, so that a fresh one is there when it is asked for."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from typing import TYPE_CHECKING

from harness.runtime.postgres import Swapper

if TYPE_CHECKING:
    from harness.runtime.workspace import Workspace

#: One is in use, one is ready, one is being made: more would only fill the disk.
_AHEAD = 2


class Clones:
    """Makes copies of one database in the background, and removes those that were used.

    What is taken is a copy of the same database whether it was ready or had to be waited for, so no result depends
    on that.

    Args:
        workspace: Makes them.
        source: What they are copies of; nobody may be connected to it.
        lock: Held while one is made or removed: PostgreSQL makes one copy of a database at a time.
    """

    def __init__(self, workspace: Workspace, source: str, lock: threading.Lock) -> None:
        self._workspace = workspace
        self._source = source
        self._lock = lock
        self._numbers = itertools.count(1)
        self._ready: queue.Queue[str | BaseException] = queue.Queue(maxsize=_AHEAD)
        self._used: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"rolldeploy-clones-{source}", daemon=True)
        self._thread.start()

    def put_under(self, database: str, swapper: Swapper) -> list[str]:
        """Puts a fresh copy in the place of a database, and ends all sessions there.

        Args:
            database: The name under which applications know it.
            swapper: Does it.

        Returns:
            Whose sessions were ended, as far as that is known: a role for each.

        Raises:
            PostgresError: The server refuses.
        """
        taken = self._ready.get()
        if isinstance(taken, BaseException):
            raise taken
        aside = f"{taken}_used"
        was_there = self._workspace.has(database)
        ended = self._workspace.swap(swapper, taken, database, aside)
        if was_there:
            self._used.put(aside)
        return ended

    def close(self) -> None:
        """Stops making them; those that are left go with the workspace."""
        self._closing.set()
        while self._thread.is_alive():
            while not self._ready.empty():
                self._ready.get_nowait()
            self._thread.join(0.01)

    def _work(self) -> None:
        try:
            swapper = Swapper(self._workspace.server)
        except BaseException as error:  # noqa: BLE001  told to whoever asks
            self._ready.put(error)
            return
        with contextlib.closing(swapper):
            self._make(swapper)

    def _make(self, swapper: Swapper) -> None:
        while not self._closing.is_set():
            name = f"{self._source}_{next(self._numbers)}"
            try:
                with self._lock:
                    self._workspace.clone(self._source, name, swapper)
                    while not self._used.empty():
                        self._workspace.drop(self._used.get_nowait(), swapper)
            except BaseException as error:  # noqa: BLE001  told to whoever asks next
                self._ready.put(error)
                return
            self._ready.put(name)
