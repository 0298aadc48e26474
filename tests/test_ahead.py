"""What is played ahead comes to what it would have come to by itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from harness.ahead import Ahead
from harness.errors import HarnessError
from harness.plan.schedule import Migrate, RollForward
from harness.plan.tale import Trouble

if TYPE_CHECKING:
    from harness.plan.schedule import Action

MANY: list[tuple[Action, ...]] = [
    tuple(Migrate(step=f"{number:04}") for number in range(count)) for count in range(1, 30)
]
LATE: tuple[Action, ...] = (RollForward(),)


class Judge:
    """Plays one schedule at a time, and notes which."""

    def __init__(self) -> None:
        self.played: list[tuple[Action, ...]] = []
        self._one = threading.Lock()

    def __call__(self, actions: tuple[Action, ...]) -> Trouble | None:
        assert self._one.acquire(blocking=False), "it plays already"
        try:
            self.played.append(actions)
            return (
                Trouble(kind="assertion", who=str(len(actions)), text="it is wrong") if len(actions) % 3 == 0 else None
            )
        finally:
            self._one.release()


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_each_schedule_is_played_once_and_comes_to_the_same(lanes: int) -> None:
    judges = [Judge() for _ in range(lanes)]
    ahead = Ahead(judges, [*MANY, *MANY])
    found = [ahead.ask(actions) for actions in MANY]
    late = ahead.ask(LATE)
    ahead.close()
    alone = Judge()
    assert [*found, late] == [alone(actions) for actions in [*MANY, LATE]]
    assert [judge.played for judge in judges] == [alone.played[turn::lanes] for turn in range(lanes)]


def test_what_cannot_be_played_is_told_to_whoever_asks_for_it_and_to_nobody_else() -> None:
    def judge(actions: tuple[Action, ...]) -> Trouble | None:
        if len(actions) == 2:
            raise HarnessError("the server is gone")
        return None

    ahead = Ahead([judge], MANY)
    assert ahead.ask(MANY[0]) is None
    with pytest.raises(HarnessError, match="the server is gone"):
        ahead.ask(MANY[1])
    assert ahead.ask(MANY[2]) is None
    ahead.close()


def test_what_was_not_begun_is_not_played_in_the_end() -> None:
    begun, goes_on = threading.Event(), threading.Event()
    played = []

    def judge(actions: tuple[Action, ...]) -> Trouble | None:
        played.append(actions)
        begun.set()
        goes_on.wait(60)
        return None

    ahead = Ahead([judge], MANY)
    assert begun.wait(60)
    closing = threading.Thread(target=ahead.close)
    closing.start()
    goes_on.set()
    closing.join(60)
    assert not closing.is_alive()
    assert len(played) < len(MANY)
    ahead.close()
