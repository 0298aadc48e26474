"""A server that runs already and belongs to somebody else: used with care, and left as it was found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

from harness.errors import PostgresError
from harness.runtime.postgres.server import Server, connect, inspect_server

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

SCHEMES = ("postgresql://", "postgres://")
# What Server carries by name; the rest of a URL, such as sslmode, is handed through.
_NAMED = ("host", "port", "user", "password", "dbname", "application_name")


def is_url(choice: str) -> bool:
    """Say whether a choice of server is a URL."""
    return choice.startswith(SCHEMES)


def use_url(url: str, session: Session) -> Server:
    """Take a server that runs already.

    Args:
        url: libpq's connection URL; it needs a host and a user.
        session: where databases and roles are noted, so that they go away after a crash.

    Raises:
        PostgresError: it does not answer, is older than 15, or its role may not make databases and roles.
    """
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        # Not the error's own text: it repeats the URL, and with it the password.
        raise PostgresError(
            "the server's URL cannot be read; it has the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
            "with special characters in the password written as %XX"
        ) from error
    host, user = given.get("host", ""), given.get("user", "")
    lacking = ["host"] * (not host or host.startswith("/")) + ["user"] * (not user)
    if lacking:
        raise PostgresError(
            f"the server's URL names no {' and no '.join(lacking)}; applications connect over TCP, so it has the form "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )
    server = Server(
        provider="url",
        host=host,
        port=int(given.get("port", "5432").split(",")[0]),
        user=user,
        password=given.get("password", ""),
        maintenance_db=given.get("dbname", "postgres"),
        options=tuple((name, value) for name, value in given.items() if name not in _NAMED),
    )
    server = inspect_server(server)
    if not server.superuser:
        _require_rights(server)
    session.watch()
    return replace(server, ledger=session.ledger.path)


def _require_rights(server: Server) -> None:
    with connect(server) as connection:
        row = connection.execute(
            "SELECT rolcreatedb, rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).fetchone()
    rights = dict(zip(("CREATEDB", "CREATEROLE"), row or (False, False), strict=True))
    missing = [name for name, held in rights.items() if not held]
    if missing:
        raise PostgresError(
            f"role {server.user!r} at {server.host}:{server.port} lacks {' and '.join(missing)}: "
            f'let an administrator run ALTER ROLE "{server.user}" CREATEDB CREATEROLE'
        )
