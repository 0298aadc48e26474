"""Databases on a server: made for one run, known by full names, and gone when told.

Every function takes full names, which the caller makes unique for its run. On a server of others each is noted in the
session's ledger before it is made, so that it goes away after a crash too.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from harness.errors import PostgresError
from harness.runtime.postgres.carrying import carry_settings
from harness.runtime.postgres.maintenance import maintain
from harness.runtime.postgres.noted import forget, note, run
from harness.runtime.postgres.server import first_line
from harness.runtime.reaper import Database

if TYPE_CHECKING:
    from harness.runtime.postgres.server import Server

# A backend ends within milliseconds of being told, unless it is rolling back a lot.
TERMINATE_DEADLINE_S = 10.0
# CREATE DATABASE fails at once with 55006 where a session is still leaving the template; so does RENAME.
IN_USE_TRIES = 3
POLL_S = 0.002


def create_database(server: Server, name: str, *, owner: str, template: str | None = None, anew: bool = False) -> None:
    """Make a database, empty or as a copy.

    Args:
        server: where.
        name: the database.
        owner: the role that it will belong to; the objects in a copied database keep their owners.
        template: the database to copy; its sessions are ended first, as PostgreSQL demands.
        anew: whether one of that name is removed first, see :func:`drop_database`.

    Raises:
        PostgresError: the server refuses.
    """
    # Copying files takes 15 ms for 60 tables where fsync is off, and needs a checkpoint that hits everybody where it is
    # on; writing the copy through the log takes 25 to 200 ms and suits a server of others.
    strategy = sql.SQL("file_copy" if server.disposable else "wal_log")
    # template1 may hold what an administrator put there, and has sessions now and then; template0 has neither.
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {}").format(
        sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template or "template0"), strategy
    )
    with maintain(server) as connection:
        note(server, Database, name)
        if anew:
            _drop(server, connection, name)
        if template is None:
            run(server, connection, statement, f"make database {name!r}")
        else:
            _run_alone(server, connection, statement, f"copy database {template!r} to {name!r}", template)
            for setting in carry_settings(connection, template, name):
                run(server, connection, setting, f"give {name!r} the settings of {template!r}")


def create_database_as(server: Server, name: str, *, owner: str, draft: str) -> None:
    """Make an empty database under a name of the user's, unless there is one.

    It gets that name when it is there, and is noted under it only then: whoever cleans up behind a crash must never
    take a database of somebody else's for it.

    Args:
        server: where.
        name: the database.
        owner: the role that it will belong to.
        draft: a name that nobody else uses.

    Raises:
        PostgresError: there is one of that name, or the server refuses.
    """
    create_database(server, draft, owner=owner)
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
    try:
        with maintain(server) as connection:
            _run_alone(server, connection, statement, f"make database {name!r}", draft)
    except PostgresError as error:
        drop_database(server, draft)
        if isinstance(error.__cause__, psycopg.errors.DuplicateDatabase):
            raise PostgresError(
                f"there is a database {name!r} at {server.host}:{server.port} already, and a rehearsal makes and drops "
                "one of that name: rename that one, or have the application use another name, and say so under [old]"
            ) from None
        raise
    note(server, Database, name)
    forget(server, Database, draft)


def drop_database(server: Server, name: str) -> None:
    """Remove a database, whoever is connected; one that is gone already is fine.

    `WITH (FORCE)` would refuse whoever is no superuser while autovacuum is at work there, which a plain DROP DATABASE
    ends by itself (`TerminateOtherDBBackends` and `CountOtherDBBackends` in procarray.c).

    Args:
        server: where.
        name: the database.

    Raises:
        PostgresError: the server refuses.
    """
    with maintain(server) as connection:
        _drop(server, connection, name)
    forget(server, Database, name)


def _drop(server: Server, connection: psycopg.Connection[Any], name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    _run_alone(server, connection, statement, f"drop database {name!r}", name)


def rename_database(server: Server, old: str, new: str) -> None:
    """Give a database another name; its sessions are ended first, as PostgreSQL demands.

    Args:
        server: where.
        old: the name it has.
        new: the name it gets.

    Raises:
        PostgresError: the server refuses.
    """
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    with maintain(server) as connection:
        note(server, Database, new)
        _run_alone(server, connection, statement, f"rename database {old!r} to {new!r}", old)
    forget(server, Database, old)


def terminate_sessions(server: Server, database: str) -> int:
    """End all sessions on a database and wait until they are gone.

    Args:
        server: where.
        database: the database.

    Returns:
        How many there were.

    Raises:
        PostgresError: they are not gone in time, or may not be ended.
    """
    with maintain(server) as connection:
        return _terminate(server, connection, database)


def _run_alone(
    server: Server, connection: psycopg.Connection[Any], statement: sql.Composed, what: str, database: str
) -> None:
    """Run what PostgreSQL does only where nobody is connected; an application's pool may reconnect in between."""
    for _ in range(IN_USE_TRIES - 1):
        _terminate(server, connection, database)
        try:
            connection.execute(statement)
        except psycopg.errors.ObjectInUse:
            continue
        except psycopg.Error as error:
            raise PostgresError(
                f"PostgreSQL at {server.host}:{server.port} refuses to {what}: {first_line(error)} [{error.sqlstate}]"
            ) from error
        return
    _terminate(server, connection, database)
    run(server, connection, statement, what)


def _terminate(server: Server, connection: psycopg.Connection[Any], database: str) -> int:
    deadline = time.monotonic() + TERMINATE_DEADLINE_S
    seen: set[int] = set()
    while pids := _sessions(connection, database):
        seen.update(pids)
        try:
            connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])
        except psycopg.errors.InsufficientPrivilege as error:
            raise PostgresError(
                f"role {server.user!r} may not end the sessions on database {database!r}: {first_line(error)}"
            ) from error
        if time.monotonic() > deadline:
            raise PostgresError(
                f"{len(pids)} sessions on database {database!r} are still there {TERMINATE_DEADLINE_S:.0f} s after "
                "they were told to end; stop the application that keeps connecting"
            )
        time.sleep(POLL_S)
    return len(seen)


def _sessions(connection: psycopg.Connection[Any], database: str) -> list[int]:
    rows = connection.execute(
        # Without a user it is autovacuum, which only a superuser may end, and which gives way by itself.
        "SELECT pid FROM pg_catalog.pg_stat_activity "
        "WHERE datname = %s AND pid <> pg_backend_pid() AND usesysid IS NOT NULL",
        [database],
    )
    return [pid for (pid,) in rows]
