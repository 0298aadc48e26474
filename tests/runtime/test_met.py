"""What traffic met, by time, and what PostgreSQL refused meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from harness.model.exchange import TrafficFailure
from harness.runtime.met import name_refusals, sort_traffic
from harness.runtime.postgres import LogEntry
from harness.traffic.background import Request

BEGAN = 100.0
FAILURE = TrafficFailure(
    replica="old-1", journey="order", line="GET /", status=500, text="answered 500", at=100.2, duration_s=0.1
)


def entry(at: float, sqlstate: str, user: str = "rd_old_1", severity: str = "ERROR") -> LogEntry:
    time = datetime.fromtimestamp(at, UTC)
    return LogEntry(
        time=time, user=user, database="live", pid=1, severity=severity, sqlstate=sqlstate, message="no", statement="x"
    )


def test_what_ended_before_it_began_is_not_beside_it() -> None:
    requests = [
        Request(replica="old-1", line="GET /", status=200, began=ended - 0.2, ended=ended) for ended in (99.9, 100.1)
    ]
    early = replace(FAILURE, at=99.0)
    met = sort_traffic(requests, [early, FAILURE], BEGAN)
    assert (met.before, met.beside, met.failed_before, met.failed_beside) == (1, 1, (early,), (FAILURE,))


def test_a_failure_gets_the_codes_of_its_replica_while_it_was_under_way() -> None:
    entries = [
        entry(100.25, "40P01"),
        entry(100.26, "25P02", user="rd_new_1"),
        entry(100.27, "00000", severity="LOG"),
        entry(100.4, "23505"),
    ]
    silent = replace(FAILURE, silent=True)
    found = name_refusals([FAILURE, silent], entries, {"old-1": "rd_old_1"})
    assert [failure.sqlstates for failure in found] == [("40P01",), ()]
