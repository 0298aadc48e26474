"""A migration that is tried again beside requests."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from evidence.builders import make_plan

from harness.model.events import Ended, Migrated, MigrationFailed
from harness.model.locks import TrafficRan
from harness.model.settings import Load
from harness.model.tracks import StepEnded, TrackBegunAgain, TrackStopped
from harness.plan.steps import DropDatabase, Numbered, Stage, Track
from harness.plan.traffic_steps import MigrateUnderTraffic
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.runner import Runner

if TYPE_CHECKING:
    from harness.model.events import Event

STEP = MigrateUnderTraffic(database="live", revisions=("0002",), label="0002_x", replicas=(), load=Load(clients=0))


class Redact:
    """There are no secrets."""

    def __call__(self, text: str) -> str:
        return text

    def lines(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        return lines


class Hands:
    """Those of a rehearsal whose migration a deadlock ends some times."""

    fleet = SimpleNamespace(addresses=lambda _: {}, stop=lambda _: [])
    observer = SimpleNamespace(entries=lambda _: [])
    redact = Redact()
    waits = SimpleNamespace(open=lambda: ())
    workspace = SimpleNamespace(drop=lambda _: None)

    def __init__(self, deadlocks: int) -> None:
        self.deadlocks = deadlocks

    def migrator_name(self, database: str) -> str:
        return f"migrator of {database}"

    def deploy(self, *_: object) -> None:
        if self.deadlocks:
            self.deadlocks -= 1
            raise MigrationFailedError("deadlock detected", "40P01", ())


def played(deadlocks: int) -> list[Event]:
    """What a plan of one such migration tells."""
    hands: Any = Hands(deadlocks)
    traffic: Any = SimpleNamespace(forget=lambda: None)
    track = Track(
        name="live", steps=(Numbered(number=6, step=DropDatabase(database="live")), Numbered(number=7, step=STEP))
    )
    plan = replace(make_plan(), stages=(Stage(name="under traffic", tracks=(track,)),))
    return list(Runner(hands, traffic).run(plan))


def test_one_that_a_deadlock_ends_is_begun_again_on_a_database_made_anew() -> None:
    told = played(2)
    assert [event.sqlstate for event in told if isinstance(event, TrackBegunAgain)] == ["40P01", "40P01"]
    last = max(number for number, event in enumerate(told) if isinstance(event, TrackBegunAgain))
    assert [type(event) for event in told[last + 1 :]] == [StepEnded, TrafficRan, Migrated, StepEnded]


def test_what_the_given_up_try_told_is_left_out() -> None:
    told = played(1)
    [again] = [event for event in told if isinstance(event, TrackBegunAgain)]
    assert [event for event in told[: told.index(again)] if not again.supersedes(event)] == []
    assert not again.supersedes(again)
    assert not again.supersedes(StepEnded(number=8, duration_s=0.1))
    assert not again.supersedes(Ended(duration_s=0.1))


def test_one_that_never_goes_through_fails() -> None:
    told = played(99)
    [stopped] = [event for event in told if isinstance(event, TrackStopped)]
    assert stopped.number == 7
    assert {event.sqlstate for event in told if isinstance(event, MigrationFailed)} == {"40P01"}
    assert sum(isinstance(event, TrackBegunAgain) for event in told) == 4
