"""Statements that make and remove what lasts on a server, and the ledger in which that is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from harness.errors import PostgresError
from harness.runtime.postgres.server import first_line
from harness.runtime.reaper import Database, Ledger, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import sql

    from harness.runtime.postgres.server import Server


def run(server: Server, connection: psycopg.Connection[Any], statement: sql.Composed, what: str) -> None:
    """Run one statement.

    Raises:
        PostgresError: the server refuses; `what` says to do what.
    """
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        raise PostgresError(
            f"PostgreSQL at {server.host}:{server.port} refuses to {what}: {first_line(error)} [{error.sqlstate}]"
        ) from error


def note(server: Server, kind: type[Database | Role], name: str) -> None:
    """Note what is about to be made, where the server outlives the session."""
    for ledger, url in _ledger(server):
        ledger.record(kind(url, name))


def forget(server: Server, kind: type[Database | Role], name: str) -> None:
    """Note that it is gone."""
    for ledger, url in _ledger(server):
        ledger.forget(kind(url, name))


def _ledger(server: Server) -> Iterator[tuple[Ledger, str]]:
    if server.ledger is not None:
        yield Ledger(server.ledger), server.conninfo()
