"""The log under a failure is that of the request which failed."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from harness.model.cell import Actor, Cell
from harness.model.events import Attempted, Failure
from harness.model.exchange import Exchange
from harness.plan.steps import Attempt, Drive
from harness.runtime.driving import Driving

CELL = Cell("0001_first", Actor.OLD_WARM)


class Replica:
    def __init__(self) -> None:
        self.logged = ["Traceback of another request"]
        self.awaited: list[bool] = []

    def log_size(self) -> int:
        return len(self.logged)

    def tail_since(self, begin: int, *, await_rest: bool = False) -> tuple[str, ...]:
        self.awaited.append(await_rest)
        return tuple(self.logged[begin:])


def drive(status: int, attempts: int) -> tuple[Replica, list[Attempted]]:
    """Failures of one journey, each with one line in the log."""
    replica, told = Replica(), list[Attempted]()

    class Traffic:
        def move(self, attempt: Attempt, *_: object, **__: object) -> Attempted:
            replica.logged.append(f"Traceback of {attempt.copy}")
            return Attempted(
                number=1,
                cell=CELL,
                journey=attempt.journey,
                round=1,
                copy=attempt.copy,
                origin=attempt.origin,
                replicas=attempt.replicas,
                segment=0,
                exchanges=(Exchange(replica="old-1", method="POST", path="/orders", status=status),),
                failure=Failure(kind="AssertionError", text="no"),
            )

    class Witness:
        hands = SimpleNamespace(
            fleet=SimpleNamespace(addresses=lambda names: dict.fromkeys(names, "http://a"), get=lambda _: replica),
            waits=SimpleNamespace(on=lambda *_: nullcontext()),
            redact=SimpleNamespace(lines=lambda lines: lines),
        )

        def tell_attempts(self, _number: int, _cell: Cell, _names: object, done: Any, **_: object) -> list[Attempted]:
            told.extend(one.event for one in done)
            return told

    copies = tuple(
        Attempt(copy=copy, journey="order", origin="fresh", replicas=("old-1",), moves=1) for copy in range(attempts)
    )
    Driving(Witness(), Traffic(), iter(())).drive(1, Drive(cell=CELL, rounds=(copies,), leave=()))  # type: ignore[arg-type]
    return replica, told


def test_lines_of_another_request_are_left_out() -> None:
    _, told = drive(500, 2)
    assert [event.log for event in told] == [("Traceback of 0",), ("Traceback of 1",)]


def test_more_is_awaited_behind_the_first_error_of_a_server_alone() -> None:
    assert drive(500, 3)[0].awaited == [True, False, False]
    assert drive(200, 2)[0].awaited == [False, False]
