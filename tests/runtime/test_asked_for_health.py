"""How warm a replica still is once its probes were asked."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.model.cell import Actor, Cell
from harness.model.events import ReplicaFailed
from harness.model.observed import SqlError
from harness.plan.steps import AskHealth, Numbered
from harness.runtime.observer import Logged
from harness.runtime.track import TrackRunner

if TYPE_CHECKING:
    from harness.model.events import Event

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STEP = AskHealth(replicas=("old-1",), cell=Cell("0001_first", Actor.OLD_WARM))
ERROR = SqlError(replica="old-1", sqlstate="42703", message="no such column")
SENT = Logged(time=NOON, replica="old-1", session=1, statement="SELECT 1")
REFUSED = Logged(time=NOON, replica="old-1", session=1, statement="SELECT plan", error=ERROR)


def asked(answer: str | None, sent: list[Logged], *, seen: bool = True) -> tuple[int, list[Event]]:
    """How many of a replica's six runs still count, and what is told."""
    release = SimpleNamespace(name="old")
    replica = SimpleNamespace(ask_health=lambda: answer, status=None, release=release, database="live", tail=list)
    hands: Any = SimpleNamespace(
        fleet=SimpleNamespace(get=lambda _: replica),
        observer=SimpleNamespace(take=lambda _: sent),
        redact=SimpleNamespace(lines=tuple),
        workspace=SimpleNamespace(sees_statements=seen),
    )
    events: list[Event] = []
    runner = TrackRunner(hands, SimpleNamespace(), events.append, itertools.count())
    runner._driving._runs["old-1"]["order"] = 6
    runner.do(Numbered(number=5, step=STEP))
    return runner._driving._runs["old-1"]["order"], events


def test_one_whose_probes_ask_postgresql_for_nothing_stays_as_warm_as_it_was() -> None:
    assert asked(None, []) == (6, [])


@pytest.mark.parametrize(
    ("answer", "sent", "seen"),
    [(None, [SENT], True), ("readiness failed", [], True), (None, [], False)],
    ids=["it asks for something", "it is not ready", "nobody sees what it sends"],
)
def test_any_other_is_to_be_warmed_again(answer: str | None, sent: list[Logged], seen: bool) -> None:
    assert asked(answer, sent, seen=seen)[0] == 0


def test_what_its_probe_was_refused_is_told() -> None:
    runs, (event,) = asked("readiness failed", [SENT, REFUSED])
    assert runs == 0
    assert isinstance(event, ReplicaFailed)
    assert event.sql == (ERROR,)
