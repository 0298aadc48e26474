"""Moves a schema while clients send requests all the time, and tells who waited for whom."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypeAlias, assert_never

from harness.model.events import Event, Migrated, MigrationFailed
from harness.model.locks import TURNED_OFF, LocksSeen, Party, TrafficRan
from harness.plan.traffic_steps import HoldTransaction, MigrateUnderTraffic, WatchLocks
from harness.runtime.holders import DEADLOCK, LOCK_NOT_AVAILABLE
from harness.runtime.lock_waits import Parties, Sent, find_waits
from harness.runtime.lock_watch import LongTransaction, Look, look
from harness.runtime.lock_work import find_work, sort_entries
from harness.runtime.met import CONTROL_S, lead_in, lead_out, name_refusals, sort_traffic
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.parts import TrackEnd, in_short
from harness.runtime.waiting import now, sleep, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.exchange import Met, TrafficFailure
    from harness.runtime.environment import Stagehands
    from harness.runtime.parts import Background, Request, Traffic
    from harness.runtime.postgres import LogEntry

#: The steps that are done here.
TrafficStep: TypeAlias = WatchLocks | HoldTransaction | MigrateUnderTraffic

#: A migration that gives up a lock is run again, as its author means it to be.
_TRIES = 3
_PAUSE_S = 0.05
#: Name of the session that holds a transaction open.
_HOLDER = "long-transaction"


class UnderTraffic:
    """Does those steps of one track that belong together.

    Args:
        hands: Everything that touches the outside world.
        traffic: Sends the requests.
        emit: Gets the events.
    """

    def __init__(self, hands: Stagehands, traffic: Traffic, emit: Callable[[Event], None]) -> None:
        self._hands = hands
        self._traffic = traffic
        self._emit = emit
        self._watching = False
        self._held: tuple[LongTransaction, float] | None = None
        self._let_go = threading.Event()

    def do(self, number: int, step: TrafficStep) -> None:
        """Does one step."""
        match step:
            case WatchLocks(database=database):
                self._watching = self._hands.watch_locks(database)
            case HoldTransaction(database=database, duration_s=duration_s):
                login = self._hands.workspace.login(_HOLDER, database)
                self._held = LongTransaction(self._hands.workspace.server, login), duration_s
            case MigrateUnderTraffic():
                self._migrate(number, step)
            case _:
                assert_never(step)

    def _migrate(self, number: int, step: MigrateUnderTraffic) -> None:
        serving = self._hands.fleet.addresses(step.replicas)
        held_s = self._held[1] if self._held is not None else 0.0
        background: Background | None = None
        requests: tuple[Request, ...] = ()
        failures: tuple[TrafficFailure, ...] = ()
        refused: list[float] = []
        failed: MigrationFailedError | None = None
        with contextlib.ExitStack() as stack:
            stack.callback(self._end_transaction)
            if step.load.clients and serving:
                background = self._traffic.background(step.load, lambda: self._hands.fleet.addresses(step.replicas))
                stack.callback(background.stop)  # where the migration ends by an exception that is none of its own
                lasts_s = self._hands.durations.expected(step.revisions) + held_s
                lead_in(background, CONTROL_S if step.again else 0.0, lasts_s=lasts_s)
            before = self._look(step.database)
            self._hands.observer.entries(self._names(step))
            self._begin_to_let_go()
            began, began_at = now(), wall_clock()
            try:
                self._upgrade(step, refused)
            except MigrationFailedError as error:
                failed = error
            duration_s = now() - began
            if background is not None:
                requests, failures = lead_out(background)
        migrated = (round(began_at, 4), round(duration_s, 6))
        entries = self._hands.observer.entries(self._names(step))
        roles = {name: self._hands.workspace.role(name) for name in step.replicas}
        met = sort_traffic(requests, name_refusals(failures, entries, roles), began_at)
        self._tell_traffic(
            number, step, requests if background else None, met, held_s=held_s, refused=refused, migrated=migrated
        )
        self._tell_locks(number, step, before, requests, entries)
        revision = step.revisions[-1]
        if failed is not None:
            self._emit(
                MigrationFailed(
                    database=step.database,
                    revision=revision,
                    number=number,
                    cell=None,
                    error=self._hands.redact(failed.error),
                    sqlstate=failed.sqlstate,
                    log=self._hands.redact.lines(failed.log),
                )
            )
            raise TrackEnd(
                f"the migration {step.label} failed in step {number}",
                by_chance=DEADLOCK if failed.sqlstate == DEADLOCK else "",
            )
        self._emit(Migrated(database=step.database, revision=revision, number=number, duration_s=round(duration_s, 6)))

    def _upgrade(self, step: MigrateUnderTraffic, refused: list[float]) -> None:
        """Runs the migration; where it gives up a lock, once more when whoever held it is gone."""
        while True:
            began = now()
            try:
                self._hands.deploy(step.database, step.revisions)
            except MigrationFailedError as error:
                if error.sqlstate != LOCK_NOT_AVAILABLE or len(refused) == _TRIES - 1:
                    raise
                refused.append(round((now() - began) * 1000, 1))
                self._let_go.wait()
                sleep(_PAUSE_S)
            else:
                return

    def _begin_to_let_go(self) -> None:
        """The transaction's time begins with the migration."""
        self._let_go.clear()
        if self._held is None:
            self._let_go.set()
            return
        timer = threading.Timer(self._held[1], self._end_transaction)
        timer.daemon = True
        timer.start()

    def _end_transaction(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held[0].close()
        self._let_go.set()

    def _names(self, step: MigrateUnderTraffic) -> list[str]:
        return [*step.replicas, self._hands.migrator_name(step.database), _HOLDER]

    def _look(self, database: str) -> Look:
        workspace = self._hands.workspace
        return look(workspace.server, workspace.name(database)) if self._watching else Look({}, {})

    def _tell_traffic(
        self,
        number: int,
        step: MigrateUnderTraffic,
        requests: tuple[Request, ...] | None,
        met: Met,
        *,
        held_s: float,
        refused: list[float],
        migrated: tuple[float, float],
    ) -> None:
        reason = ""
        sent = requests or ()
        if not step.load.clients:
            reason = TURNED_OFF
        elif requests is None:
            reason = "no replica was there to take background traffic"
        self._emit(
            TrafficRan(
                number=number,
                label=step.label,
                again=step.again,
                clients=step.load.clients if requests is not None else 0,
                reason=reason,
                requests=len(sent),
                lost=sum(request.status is None for request in sent),
                slowest_ms=round(max((one.ended - one.began for one in sent), default=0.0) * 1000, 1),
                held_s=held_s,
                refused_after_ms=tuple(refused),
                sent=in_short(sent),
                migrated_at=migrated[0],
                migrated_s=migrated[1],
                met=met if requests is not None else None,
            )
        )

    def _tell_locks(
        self,
        number: int,
        step: MigrateUnderTraffic,
        before: Look,
        requests: tuple[Request, ...],
        entries: list[LogEntry],
    ) -> None:
        if not self._watching:
            return
        hands, workspace = self._hands, self._hands.workspace
        after = self._look(step.database)
        migrator = workspace.role(hands.migrator_name(step.database))
        roles = {workspace.role(name): (Party.REPLICA, name) for name in step.replicas}
        roles[migrator] = (Party.MIGRATION, "the migration")
        roles[workspace.role(_HOLDER)] = (Party.REHEARSAL, "a transaction held open by the rehearsal")
        parties = Parties(roles=roles, look=before | after, show=hands.observer.show)
        sent = tuple(Sent(one.replica, one.line, one.began, one.ended) for one in requests)
        sessions = sort_entries(entry for entry in entries if entry.user == migrator)
        found = [find_work(one, before, after, hands.observer.show) for one in sessions.values()]
        self._emit(
            LocksSeen(
                number=number,
                label=step.label,
                again=step.again,
                waits=find_waits(entries, parties, sent),
                work=tuple(one for work, _ in found for one in work),
                beside=tuple(one for _, beside in found for one in beside),
            )
        )
