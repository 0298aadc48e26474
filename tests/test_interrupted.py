"""What fails while everything is taken down behind Ctrl-C is not what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from harness.errors import HarnessError
from harness.rehearsal import was_interrupted
from harness.runtime.environment import Stagehands

if TYPE_CHECKING:
    from harness.runtime.migrator import Migrator


def failed_behind(error: BaseException) -> OSError:
    """What comes of an error behind which something else fails."""
    try:
        try:
            raise error
        finally:
            raise OSError(9, "Bad file descriptor")
    except OSError as failed:
        return failed


def test_what_ctrl_c_brought_about_is_told_from_what_failed_by_itself() -> None:
    assert was_interrupted(failed_behind(KeyboardInterrupt()))
    assert not was_interrupted(failed_behind(ValueError()))
    assert not was_interrupted(OSError(9, "Bad file descriptor"))


class Closing:
    """A migrator that can be closed, once."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


class Ended(Stagehands):
    """Those of a rehearsal in which nothing is started any more."""

    def __init__(self, migrators: dict[str, Migrator]) -> None:
        self._migrators = migrators

    def _new_migrator(self, name: str, database: str) -> Migrator:
        raise HarnessError(f"the rehearsal is being ended: {name} is not started on {database}")


def test_a_migrator_that_is_not_replaced_any_more_is_closed_once() -> None:
    """It was closed a second time: one of seven rehearsals that were interrupted told of a bad file descriptor."""
    dead = Closing()
    hands = Ended({"half": cast("Migrator", dead)})
    with pytest.raises(HarnessError, match="is being ended"):
        hands.renew_migrator("half")
    hands._close_migrators()
    assert dead.closed == 1
