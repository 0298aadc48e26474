"""Roles on a server: made for one run, known by full names, and gone when told; and those that runs share."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from harness.errors import PostgresError
from harness.runtime.postgres.maintenance import maintain
from harness.runtime.postgres.noted import forget, note, run
from harness.runtime.postgres.server import connect
from harness.runtime.reaper import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.postgres.server import Server

# A comment on a role that a rehearsal made under a name of the user's: others of that name are none of ours.
SHARED_MARK = "made by a rehearsal of a rolling deploy; whichever ends last removes it"
# Key of the advisory lock under which such roles come and go; rehearsals that use one URL use one database for it.
SHARED_LOCK = 0x726F6C65


def create_owner_role(server: Server, name: str) -> None:
    """Make the role that an application's objects belong to, or another one that nobody logs in as.

    Args:
        server: where.
        name: the role.

    Raises:
        PostgresError: the server refuses.
    """
    with maintain(server) as connection:
        note(server, Role, name)
        run(server, connection, sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)), f"make role {name!r}")
        _join(server, connection, name)


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
        note(server, Role, name)
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
            run(server, connection, statement, f"make role {name!r}")
        _join(server, connection, name)
    return password


def let_in(server: Server, role: str, database: str, owner: str, settings: Mapping[str, str] | None = None) -> None:
    """Let a role of somebody else's act as an owner role in one database.

    What that changes goes by itself: the membership with the owner role, the settings with the database (manual, DROP
    ROLE and "ALTER ROLE ... IN DATABASE").

    Args:
        server: where.
        role: the role, which is there.
        database: the database, which was made for this run.
        owner: the owner role, which was too.
        settings: server settings for its sessions there.

    Raises:
        PostgresError: the server refuses.
    """
    whose = sql.SQL("ALTER ROLE {} IN DATABASE {} SET ").format(sql.Identifier(role), sql.Identifier(database))
    with maintain(server) as connection:
        run(
            server,
            connection,
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(owner), sql.Identifier(role)),
            f"let role {role!r} act as {owner!r}",
        )
        for key, value in {"role": owner, **(settings or {})}.items():
            statement = whose + sql.SQL("{} = {}").format(sql.Identifier(key), sql.Literal(value))
            run(server, connection, statement, f"set {key} of role {role!r} in database {database!r}")


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
        run(server, connection, statement, f"drop role {name!r}")
    forget(server, Role, name)


class SharedRoles:
    """Roles under names of the user's own, which rehearsals beside this one may need too.

    Args:
        server: where.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._made: dict[str, bool] = {}

    def share(self, name: str, holder: str, *, restricts: bool) -> None:
        """Make a role, or take the one that is there.

        Args:
            name: the role, which nobody logs in as.
            holder: a role of this rehearsal alone, made a member: others see by it that the shared one is needed.
            restricts: whether replicas act as it; else it is only to be there.

        Raises:
            PostgresError: there is one that no rights restrict, or that may not be given to others; or the server
                refuses.
        """
        self._made[name] = _share(self._server, name, holder, restricts=restricts)

    def close(self) -> None:
        """Remove those that a rehearsal made and that none needs any more; this rehearsal's members are gone."""
        for name, made_here in self._made.items():
            _unshare(self._server, name, made_here=made_here)


def _share(server: Server, name: str, holder: str, *, restricts: bool = True) -> bool:
    """Make a role under a name that rehearsals beside this one may use too, or take the one that is there.

    Args:
        server: where.
        name: the role, which nobody logs in as.
        holder: a role of this rehearsal alone, made a member: others see by it that the shared one is needed.
        restricts: whether replicas act as it; else it is only to be there.

    Returns:
        Whether it was made here.

    Raises:
        PostgresError: there is one that no rights restrict, or that may not be given to others; or the server refuses.
    """
    with connect(server, autocommit=False) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SHARED_LOCK])
        found = connection.execute(
            "SELECT rolsuper OR rolbypassrls, shobj_description(oid, 'pg_authid') FROM pg_catalog.pg_roles"
            " WHERE rolname = %s",
            [name],
        ).fetchone()
        if found is not None and not restricts and found[1] != SHARED_MARK:
            return False  # it is there, whoever else comes and goes
        role = sql.Identifier(name)
        if found is None:
            note(server, Role, name)
            run(server, connection, sql.SQL("CREATE ROLE {} NOLOGIN").format(role), f"make role {name!r}")
            comment = sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(SHARED_MARK))
            run(server, connection, comment, f"mark role {name!r}")
        elif found[0] and restricts:
            raise PostgresError(
                f"role {name!r} at {server.host}:{server.port} is a superuser or bypasses row-level security, so it "
                "restricts nobody; name another one in app_role under [database]"
            )
        grant = sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(holder))
        try:
            run(server, connection, grant, f"let replicas act as role {name!r}")
        except PostgresError as error:
            if found is None:  # it is not made after all
                forget(server, Role, name)
            raise PostgresError(
                f'{error}; let an administrator run GRANT "{name}" TO "{server.user}" WITH ADMIN OPTION, or name '
                "another role in app_role under [database]"
            ) from error
    return found is None


def _unshare(server: Server, name: str, *, made_here: bool) -> None:
    """Remove a shared role where a rehearsal made it and none needs it any more.

    Args:
        server: where.
        name: the role; this rehearsal's members of it are gone.
        made_here: what `_share` returned.
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
        forget(server, Role, name)


def _join(server: Server, connection: psycopg.Connection[Any], role: str) -> None:
    """Let an administrator who is no superuser act for a role: own its databases, end its sessions."""
    if not server.superuser:
        statement = sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role))
        run(server, connection, statement, f"use role {role!r}")
