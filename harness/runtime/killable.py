"""Where programs of the user's own run that are killed half-way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from harness.runtime.postgres import Relay

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from harness.runtime.postgres import Server
    from harness.runtime.workplace import Workplace


class Killable:
    """A context manager: where a program of the user's own runs that is killed at a point of what it does.

    Args:
        server: Where its database is; one that takes connections without TLS.
        point: Which point, from 1; see :class:`~harness.runtime.postgres.Relay`.
        place_at: Makes the place, where PostgreSQL is reached by that host and port.
    """

    def __init__(self, server: Server, point: int, place_at: Callable[[tuple[str, int]], Workplace]) -> None:
        self._relay = Relay(server, point)
        self._place_at = place_at

    def __enter__(self) -> Self:
        self._relay.__enter__()
        try:
            self.place = self._place_at(self._relay.address)
        except BaseException:
            self._relay.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._relay.__exit__(kind, error, trace)

    def kill_by(self, kill: Callable[[], None]) -> None:
        """Says how the program is killed; until then it waits at the point."""
        self._relay.kill_by(kill)

    @property
    def killed(self) -> bool:
        """Whether it came so far, and was killed."""
        return self._relay.reached
