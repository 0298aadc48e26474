"""A migration that is tried again beside requests."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from harness.model.events import Migrated, MigrationFailed
from harness.model.locks import TrafficRan
from harness.model.settings import Load
from harness.plan.traffic_steps import MigrateUnderTraffic
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.parts import TrackEnd
from harness.runtime.under_traffic import UnderTraffic

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

    fleet = SimpleNamespace(addresses=lambda _: {})
    observer = SimpleNamespace(entries=lambda _: [])
    redact = Redact()
    workspace = SimpleNamespace()

    def __init__(self, deadlocks: int) -> None:
        self.deadlocks = deadlocks

    def migrator_name(self, database: str) -> str:
        return f"migrator of {database}"

    def deploy(self, *_: object) -> None:
        if self.deadlocks:
            self.deadlocks -= 1
            raise MigrationFailedError("deadlock detected", "40P01", ())


def played(deadlocks: int) -> list[Event]:
    told: list[Event] = []
    hands: Any = Hands(deadlocks)
    nobody: Any = None
    with contextlib.suppress(TrackEnd):
        UnderTraffic(hands, nobody, told.append).do(7, STEP)
    return told


def test_a_migration_that_a_deadlock_ends_is_run_again() -> None:
    traffic, migrated = (event for event in played(2) if isinstance(event, TrafficRan | Migrated))
    assert isinstance(traffic, TrafficRan)
    assert traffic.deadlocks == 2
    assert isinstance(migrated, Migrated)


def test_one_that_never_goes_through_fails() -> None:
    [failed] = [event for event in played(99) if isinstance(event, MigrationFailed)]
    assert failed.sqlstate == "40P01"
