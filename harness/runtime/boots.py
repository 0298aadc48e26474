"""Starts new replicas that migrate when they start, and holds them up in the middle of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from psycopg import sql

from harness.model.boots import AskedMeanwhile, Booted
from harness.model.release import ReleaseName
from harness.plan.steps import Replica, StartReplicas
from harness.runtime.postgres import connect
from harness.runtime.replica import NotReadyError
from harness.runtime.torn import look_by_name
from harness.runtime.waiting import await_true

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.events import Event
    from harness.model.schema import SchemaChange
    from harness.plan.traffic_steps import BootTogether
    from harness.runtime.environment import Stagehands

#: From the moment at which one waits, the others get so long to come to the same point: they were started at once.
_OTHERS_S = 5.0
#: Nobody is held up for longer, where nobody ever waits.
_MOST_S = 20.0
#: Whoever migrates behind its readiness begins within this.
_LATE_S = 3.0
_POLL_S = 0.05
#: Sessions of a role that wait for a lock, whoever has it.
_WAITING = "SELECT usename FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


class Booting:
    """Does one such step.

    Args:
        hands: Everything that touches the outside world.
        emit: Gets the events.
    """

    def __init__(self, hands: Stagehands, emit: Callable[[Event], None]) -> None:
        self._hands = hands
        self._emit = emit

    def _differences(self, step: BootTogether) -> tuple[tuple[SchemaChange, ...], tuple[str, ...]]:
        """What is otherwise than where one migrator made the steps, but for what chance makes different each time."""
        found, wanted = look_by_name(self._hands, step.database), look_by_name(self._hands, step.reference)
        if wanted.rows_unlike(found):
            self._hands.workspace.clone(step.source, step.reference)
            self._hands.deploy(step.reference, step.revisions)
            wanted = wanted.without(wanted.rows_unlike(look_by_name(self._hands, step.reference)))
        return wanted.differences(found)

    def do(self, number: int, step: BootTogether) -> None:
        """Starts them, holds them up, lets them go or cuts them off, and tells what came of it."""
        hands = self._hands
        replicas = tuple(
            Replica(name=name, release=ReleaseName.NEW, database=step.database, boot=step.boot)
            for name in step.replicas
        )
        hands.observer.take(step.replicas)
        hold = _Hold(hands, step)
        hold.start()
        try:
            results = hands.fleet.start(StartReplicas(replicas=replicas, within_s=step.within_s))
            if any(not isinstance(result, NotReadyError) for result in results):
                hold.await_late()
        finally:
            hold.end()
        named = tuple(zip(step.replicas, results, strict=True))
        refused = hands.observer.refusals(step.replicas)
        table = hands.version_table
        complete = hands.versions(step.database) == hands.versions(step.reference) if table is not None else None
        schema, rows = self._differences(step)
        release = hands.release(ReleaseName.NEW)
        startup, live = release.startup, release.liveness
        self._emit(
            Booted(
                number=number,
                replicas=step.replicas,
                cut=step.cut,
                waited=hold.waited,
                asked=hold.asked,
                has_liveness=live is not None,
                ready=tuple(name for name, result in named if not isinstance(result, NotReadyError)),
                failed=tuple((name, result.reason) for name, result in named if isinstance(result, NotReadyError)),
                sqlstates=tuple(dict.fromkeys(error.sqlstate for error in refused)),
                messages=tuple(dict.fromkeys(f"{error.sqlstate} {error.message}" for error in refused)),
                complete=complete,
                schema=schema,
                rows=rows,
                startup_s=startup.patience_s if startup is not None else None,
                live_s=live.patience_s if live is not None else None,
            )
        )


class _Hold(threading.Thread):
    """Locks the version table against writing until all replicas wait, or long enough; and asks them meanwhile."""

    def __init__(self, hands: Stagehands, step: BootTogether) -> None:
        super().__init__(name="rolldeploy-hold", daemon=True)
        self._hands = hands
        self._step = step
        self._started = threading.Event()
        self._over = threading.Event()
        self.waited: tuple[str, ...] = ()
        self.asked: tuple[AskedMeanwhile, ...] = ()

    def start(self) -> None:
        """Returns when the lock is held."""
        super().start()
        self._started.wait()

    def await_late(self) -> None:
        """Gives replicas that are ready already some time in which they may begin to migrate."""
        await_true(lambda: not self.is_alive() or bool(self.waited), timeout_s=_LATE_S, poll_s=_POLL_S)
        if self.waited:
            self.join()  # it lets go by itself

    def end(self) -> None:
        """Lets go, whatever happened."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """Holds the lock."""
        workspace, table = self._hands.workspace, self._hands.version_table
        if table is None:
            self._started.set()
            return
        database = workspace.name(self._step.database)
        with connect(workspace.server, database) as connection, connection.transaction():
            known = sql.Identifier(*(part for part in table if part))
            connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(known))
            self._started.set()
            self._await_waiting()
            if self.waited:
                self.asked = tuple(self._ask(name) for name in self._step.replicas)
            if self._step.cut:
                with connect(workspace.server) as other:
                    other.execute(_CUT, (database,))

    def _await_waiting(self) -> None:
        await_true(lambda: self._over.is_set() or bool(self._look()), timeout_s=_MOST_S, poll_s=_POLL_S)
        count = len(self._step.replicas)
        await_true(lambda: self._over.is_set() or len(self._look()) == count, timeout_s=_OTHERS_S, poll_s=_POLL_S)

    def _look(self) -> tuple[str, ...]:
        """Who waits now; whoever did once is known to."""
        workspace = self._hands.workspace
        with connect(workspace.server) as connection:
            roles = {
                role for (role,) in connection.execute(_WAITING, (workspace.name(self._step.database),)).fetchall()
            }
        found = tuple(name for name in self._step.replicas if workspace.role(name) in roles)
        self.waited = tuple(name for name in self._step.replicas if name in {*self.waited, *found})
        return found

    def _ask(self, name: str) -> AskedMeanwhile:
        release, fleet = self._hands.release(ReleaseName.NEW), self._hands.fleet
        if fleet.is_apart(name):
            return AskedMeanwhile(replica=name, live="", ready=False, apart=True)
        startup = fleet.ask_while_starting(name, release.startup) if release.startup is not None else None
        live = fleet.ask_while_starting(name, release.liveness) if release.liveness is not None else ""
        ready = not fleet.ask_while_starting(name, release.readiness)
        return AskedMeanwhile(replica=name, live=live, ready=ready, startup=startup)
