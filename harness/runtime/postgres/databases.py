"""Databases and roles on a server: made for one run, known by full names, and gone when told.

Every function takes full names, which the caller makes unique for its run. On a server of others each is noted in the
session's ledger before it is made, so that it goes away after a crash too.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from harness.errors import PostgresError
from harness.runtime.postgres.carrying import carry_settings
from harness.runtime.postgres.maintenance import maintain
from harness.runtime.postgres.server import connect, first_line
from harness.runtime.reaper import Database, Ledger, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.runtime.postgres.server import Server

# A backend ends within milliseconds of being told, unless it is rolling back a lot.
TERMINATE_DEADLINE_S = 10.0
# CREATE DATABASE fails at once with 55006 where a session is still leaving the template; so does RENAME.
IN_USE_TRIES = 3
POLL_S = 0.002
# A comment on a role that a rehearsal made under a name of the user's: others of that name are none of ours.
SHARED_MARK = "made by a rehearsal of a rolling deploy; whichever ends last removes it"
# Key of the advisory lock under which such roles come and go; rehearsals that use one URL use one database for it.
SHARED_LOCK = 0x726F6C65


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
        _note(server, Database, name)
        if anew:
            _drop(server, connection, name)
        if template is None:
            _run(server, connection, statement, f"make database {name!r}")
        else:
            _run_alone(server, connection, statement, f"copy database {template!r} to {name!r}", template)
            for setting in carry_settings(connection, template, name):
                _run(server, connection, setting, f"give {name!r} the settings of {template!r}")


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
    _forget(server, Database, name)


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
        _note(server, Database, new)
        _run_alone(server, connection, statement, f"rename database {old!r} to {new!r}", old)
    _forget(server, Database, old)


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


def create_owner_role(server: Server, name: str) -> None:
    """Make the role that an application's objects belong to, or another one that nobody logs in as.

    Args:
        server: where.
        name: the role.

    Raises:
        PostgresError: the server refuses.
    """
    with maintain(server) as connection:
        _note(server, Role, name)
        _run(server, connection, sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)), f"make role {name!r}")
        _join(server, connection, name)


def share_role(server: Server, name: str, holder: str) -> bool:
    """Make a role under a name that rehearsals beside this one may use too, or take the one that is there.

    Args:
        server: where.
        name: the role, which nobody logs in as.
        holder: a role of this rehearsal alone, made a member: others see by it that the shared one is needed.

    Returns:
        Whether it was made here.

    Raises:
        PostgresError: there is one that no rights restrict, or that may not be given to others; or the server refuses.
    """
    with connect(server, autocommit=False) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SHARED_LOCK])
        found = connection.execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = %s", [name]
        ).fetchone()
        role = sql.Identifier(name)
        if found is None:
            _note(server, Role, name)
            _run(server, connection, sql.SQL("CREATE ROLE {} NOLOGIN").format(role), f"make role {name!r}")
            comment = sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(SHARED_MARK))
            _run(server, connection, comment, f"mark role {name!r}")
        elif found[0]:
            raise PostgresError(
                f"role {name!r} at {server.host}:{server.port} is a superuser or bypasses row-level security, so it "
                "restricts nobody; name another one in app_role under [database]"
            )
        grant = sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(holder))
        try:
            _run(server, connection, grant, f"let replicas act as role {name!r}")
        except PostgresError as error:
            if found is None:  # it is not made after all
                _forget(server, Role, name)
            raise PostgresError(
                f'{error}; let an administrator run GRANT "{name}" TO "{server.user}" WITH ADMIN OPTION, or name '
                "another role in app_role under [database]"
            ) from error
    return found is None


def unshare_role(server: Server, name: str, *, made_here: bool) -> None:
    """Remove a shared role where a rehearsal made it and none needs it any more.

    Args:
        server: where.
        name: the role; this rehearsal's members of it are gone.
        made_here: what `share_role` returned.
    """
    with connect(server, autocommit=False) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SHARED_LOCK])
        free = connection.execute(
            # Rights anywhere on the server keep DROP ROLE from working; memberships do not, and would go silently.
            # The administrator who made a role is a member of it from PostgreSQL 16 on.
            "SELECT true FROM pg_catalog.pg_roles r WHERE rolname = %s"
            " AND shobj_description(r.oid, 'pg_authid') = %s"
            " AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend d"
            "   WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid)"
            " AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles o ON o.oid = m.member"
            "   WHERE m.roleid = r.oid AND o.rolname <> current_user)",
            [name, SHARED_MARK],
        ).fetchone()
        if free:
            # Made by another administrator's rehearsal, which alone may remove it.
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    if free or made_here:  # whoever needs it still is going to remove it
        _forget(server, Role, name)


def create_login_role(server: Server, name: str, owner: str, settings: Mapping[str, str] | None = None) -> str:
    """Make the role that one replica, or the migrator, logs in as.

    It acts as the owner from its first statement on, so what it creates belongs to the owner, while `session_user`,
    `pg_stat_activity.usename` and the log's `user` name the replica, whatever its driver.

    Args:
        server: where.
        name: the role.
        owner: the owner role, or another one to act as, which the new one becomes a member of.
        settings: server settings for its sessions.

    Returns:
        Its password.

    Raises:
        PostgresError: the server refuses.
    """
    password = secrets.token_urlsafe(18)
    with maintain(server) as connection:
        # The verifier and not the password goes to the server: a statement can end in a log.
        verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        _note(server, Role, name)
        role, group = sql.Identifier(name), sql.Identifier(owner)
        statements = (
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}").format(role, sql.Literal(verifier), group),
            sql.SQL("ALTER ROLE {} SET role = {}").format(role, sql.Literal(owner)),
            *(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(key), sql.Literal(value))
                for key, value in (settings or {}).items()
            ),
        )
        for statement in statements:
            _run(server, connection, statement, f"make role {name!r}")
        _join(server, connection, name)
    return password


def drop_role(server: Server, name: str) -> None:
    """Remove a role that owns nothing any more; one that is gone already is fine.

    Args:
        server: where.
        name: the role.

    Raises:
        PostgresError: it still owns something, or the server refuses.
    """
    with maintain(server) as connection:
        statement = sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name))
        _run(server, connection, statement, f"drop role {name!r}")
    _forget(server, Role, name)


def _run(server: Server, connection: psycopg.Connection[Any], statement: sql.Composed, what: str) -> None:
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        raise PostgresError(
            f"PostgreSQL at {server.host}:{server.port} refuses to {what}: {first_line(error)} [{error.sqlstate}]"
        ) from error


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
    _run(server, connection, statement, what)


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


def _join(server: Server, connection: psycopg.Connection[Any], role: str) -> None:
    """Let an administrator who is no superuser act for a role: own its databases, end its sessions."""
    if not server.superuser:
        statement = sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role))
        _run(server, connection, statement, f"use role {role!r}")


def _note(server: Server, kind: type[Database | Role], name: str) -> None:
    for ledger, url in _ledger(server):
        ledger.record(kind(url, name))


def _forget(server: Server, kind: type[Database | Role], name: str) -> None:
    for ledger, url in _ledger(server):
        ledger.forget(kind(url, name))


def _ledger(server: Server) -> Iterator[tuple[Ledger, str]]:
    if server.ledger is not None:
        yield Ledger(server.ledger), server.conninfo()
