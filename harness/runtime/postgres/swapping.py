"""Puts one database in the place of another under applications that stay, in a few milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from harness.errors import PostgresError
from harness.runtime.postgres.carrying import carry_settings
from harness.runtime.postgres.databases import IN_USE_TRIES, POLL_S, TERMINATE_DEADLINE_S
from harness.runtime.postgres.server import connect, first_line
from harness.runtime.waiting import now, sleep

if TYPE_CHECKING:
    from harness.runtime.postgres.server import Server

#: Autovacuum, which has no user, gives way by itself.
_PIDS = """
SELECT usename, pid FROM pg_catalog.pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
"""
_TERMINATE = "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid"
_SESSIONS = "SELECT usename, count(*) FROM pg_catalog.pg_stat_activity WHERE datname = %s GROUP BY 1"


class Swapper:
    """Exchanges databases through one connection that stays open: a new one costs more than all else.

    Args:
        server: Where.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: psycopg.Connection[Any] = connect(server)

    def swap(self, name: str, other: str, aside: str | None) -> list[str]:
        """Gives a database the name of another one, which is put aside.

        Args:
            name: The name that applications know.
            other: The database that gets it.
            aside: The name that the former one gets; None where there is none yet.

        Returns:
            Whose sessions were ended, a role for each.

        Raises:
            PostgresError: The server refuses, or somebody connects again and again.
        """
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        moves = [(name, aside)] if aside is not None else []
        ended: list[str] = []
        for source, target in [*moves, (other, name)]:
            statement = rename.format(sql.Identifier(source), sql.Identifier(target))
            for tries_left in reversed(range(IN_USE_TRIES)):
                ended += self._terminate(source)
                try:
                    self._connection.execute(statement)
                except psycopg.errors.ObjectInUse as error:
                    if not tries_left:
                        raise self._refused(f"rename database {source!r} to {target!r}", error) from error
                except psycopg.Error as error:
                    raise self._refused(f"rename database {source!r} to {target!r}", error) from error
                else:
                    break
        return ended

    def copy(self, template: str, name: str, owner: str) -> None:
        """Makes a copy of a database that nobody is connected to.

        Raises:
            PostgresError: The server refuses.
        """
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
        identifiers = map(sql.Identifier, (name, owner, template))
        self._run(statement.format(*identifiers), f"copy database {template!r} to {name!r}")
        for setting in carry_settings(self._connection, template, name):
            self._run(setting, f"give {name!r} the settings of {template!r}")

    def drop(self, name: str) -> None:
        """Removes a database that nobody is connected to.

        Raises:
            PostgresError: The server refuses.
        """
        self._run(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)), f"drop database {name!r}")

    def _run(self, statement: sql.Composed, what: str) -> None:
        try:
            self._connection.execute(statement)
        except psycopg.Error as error:
            raise self._refused(what, error) from error

    def sessions(self, name: str) -> dict[str, int]:
        """How many sessions each role has on a database."""
        return {str(role): int(count) for role, count in self._connection.execute(_SESSIONS, [name]).fetchall()}

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _terminate(self, name: str) -> list[str]:
        """Ends all sessions on a database; PostgreSQL's own way to wait for that looks every 100 ms alone."""
        deadline = now() + TERMINATE_DEADLINE_S
        ended: dict[int, str] = {}
        while found := self._connection.execute(_PIDS, [name]).fetchall():
            ended.update((pid, str(role)) for role, pid in found)
            self._connection.execute(_TERMINATE, [[pid for _, pid in found]])
            if now() > deadline:
                raise PostgresError(
                    f"{len(found)} sessions on database {name!r} are still there {TERMINATE_DEADLINE_S:.0f} s after "
                    "they were told to end; stop the application that keeps connecting"
                )
            sleep(POLL_S)
        return list(ended.values())

    def _refused(self, what: str, error: psycopg.Error) -> PostgresError:
        where = f"PostgreSQL at {self._server.host}:{self._server.port}"
        return PostgresError(f"{where} refuses to {what}: {first_line(error)} [{error.sqlstate}]")
