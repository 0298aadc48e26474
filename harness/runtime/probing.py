"""Asks a replica's probes while every table is locked, as in the worst moment of a migration."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from harness.model.probed import Answer, Probed
from harness.runtime.postgres import connect
from harness.runtime.waiting import sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from harness.model.events import Event
    from harness.model.release import Probe
    from harness.plan.traffic_steps import AskUnderLock
    from harness.runtime.environment import Stagehands

#: Requests hold their locks for milliseconds; whoever holds one for longer is not waited for.
_LOCK_TIMEOUT = "3s"
_POLL_S = 0.02
_TABLES = """
SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(relowner, 'USAGE')
ORDER BY 1, 2
"""
_WAITED_FOR = """
SELECT DISTINCT CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || relname
FROM pg_locks l JOIN pg_class c ON c.oid = relation JOIN pg_namespace n ON n.oid = relnamespace
JOIN pg_stat_activity a USING (pid) WHERE NOT granted AND usename = %s
"""


def ask_under_lock(hands: Stagehands, number: int, step: AskUnderLock, emit: Callable[[Event], None]) -> None:
    """Locks every table, asks readiness and liveness of one replica once, and lets go.

    Args:
        hands: Everything that touches the outside world.
        number: Step of the plan.
        step: Whom, and where.
        emit: Gets the event.
    """
    replica = next((found for name in step.replicas if (found := hands.fleet.get(name)) is not None), None)
    if replica is None:
        emit(Probed(number=number, replica="", reason="no replica was there to be asked"))
        return
    asking = {"liveness": replica.release.liveness, "readiness": replica.release.readiness}
    with connect(hands.workspace.server, hands.workspace.name(step.database)) as connection:
        try:
            with connection.transaction(force_rollback=True):
                _lock_all(connection)
                answers = tuple(_ask_all(hands, replica.name, step.database, asking))
        except psycopg.errors.LockNotAvailable:
            reason = "the tables could not be locked: the application holds a lock for long"
            emit(Probed(number=number, replica=replica.name, reason=reason))
            return
    emit(Probed(number=number, replica=replica.name, answers=answers))


def _lock_all(connection: psycopg.Connection[Any]) -> None:
    tables = [sql.Identifier(schema, name) for schema, name in connection.execute(_TABLES).fetchall()]
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
    if tables:
        connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.SQL(", ").join(tables)))


def _ask_all(hands: Stagehands, name: str, database: str, asking: dict[str, Probe | None]) -> Iterator[Answer]:
    """One after the other; behind one that waits the next would wait with it, so it is not asked any more."""
    for kind, probe in asking.items():
        if probe is not None:
            answer = _ask(hands, name, database, kind, probe)
            yield answer
            if answer.problem:
                return


def _ask(hands: Stagehands, name: str, database: str, kind: str, probe: Probe) -> Answer:
    """Sends one probe, and looks meanwhile for which table the replica waits."""
    waited: set[str] = set()
    workspace = hands.workspace
    with (
        ThreadPoolExecutor(max_workers=1) as pool,
        connect(workspace.server, workspace.name(database)) as connection,  # whose tables have the names
    ):
        answer = pool.submit(hands.fleet.ask_while_starting, name, probe)
        while not answer.done():
            sleep(_POLL_S)
            if not answer.done():
                rows = connection.execute(_WAITED_FOR, (workspace.role(name),)).fetchall()
                waited.update(str(table) for (table,) in rows)
    return Answer(kind=kind, asked=str(probe.ask), problem=answer.result(), waited_for=tuple(sorted(waited)))
