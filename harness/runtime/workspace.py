"""The databases and roles of one rehearsal on a server that others may use too."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from harness.errors import ScenarioError
from harness.model.settings import OWNER
from harness.runtime.catalog import capture_schema
from harness.runtime.contents import capture_columns
from harness.runtime.groups import Groups
from harness.runtime.migrator_sent import Rows
from harness.runtime.postgres import (
    Readers,
    connect,
    create_database,
    create_login_role,
    drop_database,
    drop_role,
    keep_sessions,
    maintain,
    rename_database,
)
from harness.runtime.versions import capture_versions
from harness.runtime.waiting import now

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model.schema import SchemaObject
    from harness.model.settings import AppRole
    from harness.runtime.folders import Folders
    from harness.runtime.postgres import LogEntry, Server, Swapper
    from harness.runtime.statements import Known, Refused, Statements


#: In a rehearsal the fleet holds no lock for longer than a request; who waits this long waits for a transaction that
#: was forgotten open. A migration that sets a time-out of its own has that one.
LOCK_TIMEOUT = "15s"

#: Rights on rows, by kind of object (``pg_class.relkind``); EXECUTE on functions is everybody's by default.
_RIGHTS = {"table": "SELECT, INSERT, UPDATE, DELETE", "sequence": "USAGE, SELECT, UPDATE"}
#: All that whoever asks may grant on: a superuser everything, another role what it owns.
_SCHEMAS = """
SELECT nspname FROM pg_namespace
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(nspowner, 'USAGE')
"""
_RELATIONS = """
SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, nspname, relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(relowner, 'USAGE')
"""

#: A session that was told to end is gone within milliseconds; its counts are not worth waiting longer for.
_STATISTICS_S = 1.0
_POLL_S = 0.002


class Workspace:
    """Makes databases and login roles under a prefix of its own, and removes them.

    Every replica has a login role of its own that acts as the owner's, or as a restricted one: the server's log and
    statistics name the replica, whatever its driver, and what it creates belongs to all.

    Args:
        server: Where.
        prefix: Keeps rehearsals on one server apart; lower case letters, digits and underscores.
        app_role: Whom replicas act as; everybody else acts as the owner.
        folders: Those that go with the databases, if any.
        roles: Further roles that migrations name.
    """

    def __init__(
        self,
        server: Server,
        prefix: str,
        app_role: AppRole = OWNER,
        folders: Folders | None = None,
        roles: tuple[str, ...] = (),
    ) -> None:
        self.server, self._kept = keep_sessions(server)
        self._readers = Readers(server)
        self._folders = folders
        self._prefix = prefix
        self._databases: set[str] = set()
        self._passwords: dict[str, str] = {}
        self._limited: set[str] = set()
        self._lock = threading.Lock()
        try:
            self._groups = Groups(self.server, prefix, app_role, roles)
        except BaseException:
            self._kept.close()
            raise
        self.owner, self.app_role = self._groups.owner, self._groups.app_role

    def create(self, database: str) -> None:
        """An empty database that belongs to the owner."""
        create_database(self.server, self.name(database), owner=self.owner)
        self._databases.add(database)

    def clone(self, source: str, target: str, swapper: Swapper | None = None) -> None:
        """A copy; whatever is still connected to the source is disconnected, as PostgreSQL asks for.

        It takes the place of what a track that ended early may have left under that name.

        Args:
            source: What is copied.
            target: The copy.
            swapper: Does it faster on a server of our own, where nobody is connected to the source.
        """
        self._readers.end(self.name(source), self.name(target))
        if swapper is None or not self.server.disposable:
            replaced = target in self._databases
            create_database(self.server, self.name(target), template=self.name(source), owner=self.owner, anew=replaced)
            if replaced and self._folders is not None:
                self._folders.drop(target)
        else:
            self.drop(target)
            swapper.copy(self.name(source), self.name(target), self.owner)
        self._databases.add(target)
        if self._folders is not None:
            self._folders.copy(source, target)

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        return database in self._databases

    def drop(self, database: str, swapper: Swapper | None = None) -> None:
        """Removes a database; harmless where there is none. As for a copy, a swapper does it faster."""
        if database in self._databases:
            self._readers.end(self.name(database))
            if swapper is None or not self.server.disposable:
                drop_database(self.server, self.name(database))
            else:
                swapper.drop(self.name(database))
            self._databases.discard(database)
            if self._folders is not None:
                self._folders.drop(database)

    def rename(self, source: str, target: str) -> None:
        """Gives a database another name; whatever is still connected to it is disconnected."""
        self._readers.end(self.name(source))
        rename_database(self.server, self.name(source), self.name(target))
        self._databases.discard(source)
        self._databases.add(target)
        if self._folders is not None:
            self._folders.rename(source, target)

    def swap(self, swapper: Swapper, source: str, target: str, aside: str) -> list[str]:
        """Puts ``source`` in the place of ``target``, which is put aside if it is there; says whose sessions it ended.

        On a server of others each name is noted before it is there, and nothing is told.
        """
        moves = [(target, aside)] if target in self._databases else []
        moves.append((source, target))
        self._readers.end(self.name(source), self.name(target))
        ended: list[str] = []
        if self.server.disposable:
            ended = swapper.swap(self.name(target), self.name(source), self.name(aside) if len(moves) > 1 else None)
        for before, after in moves:
            if not self.server.disposable:
                rename_database(self.server, self.name(before), self.name(after))
            self._databases.discard(before)
            self._databases.add(after)
            if self._folders is not None:
                self._folders.rename(before, after)
        return ended

    def login(self, who: str, database: str, *, is_replica: bool = False) -> dict[str, str]:
        """Values for the placeholders of a release's environment.

        Args:
            who: Replica or migrator; it gets a login role of its own.
            database: What it connects to.
            is_replica: Whether it acts as replicas do, and not as the owner.
        """
        role = self.role(who)
        with self._lock:
            if role not in self._passwords:
                acts_as = self.app_role if is_replica else self.owner
                self._passwords[role] = create_login_role(self.server, role, acts_as, log_settings(self.server))
        return {
            "user": role,
            "password": self._passwords[role],
            "host": self.server.host,
            "port": str(self.server.port),
            "database": self.name(database),
            "app_role": self.app_role,
        }

    def plan(self, statements: Statements, database: str) -> tuple[tuple[Known, ...], tuple[Refused, ...]]:
        """Plans all known statements of the old release, as the role that it acts as.

        Args:
            statements: All that are known.
            database: Where.
        """
        return statements.plan(self.server, self.name(database), self.app_role)

    @property
    def sees_statements(self) -> bool:
        """Whether the server's log has every statement of every replica."""
        return bool(log_settings(self.server))

    def limit_lock_waits(self, who: str) -> None:
        """Lets a migrator give up a lock that somebody holds on to, instead of waiting for ever."""
        role = self.role(who)
        if role in self._limited:
            return
        with maintain(self.server) as connection:
            statement = sql.SQL("ALTER ROLE {} SET lock_timeout = {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(LOCK_TIMEOUT)))
        self._limited.add(role)

    def load(self, database: str, path: Path) -> None:
        """Runs a file of SQL as the owner.

        Raises:
            ScenarioError: PostgreSQL refuses it.
        """
        with connect(self.server, self.name(database)) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self.owner)))
            try:
                connection.execute(path.read_bytes())
            except psycopg.Error as error:
                raise ScenarioError(f"the seed file {path} does not load: {str(error).splitlines()[0]}") from None

    def grant_rights(self, database: str) -> None:
        """Lets replicas read and write the rows of all that is there now; what comes later, its migration grants."""
        role = sql.Identifier(self.app_role)
        with connect(self.server, self.name(database)) as connection:
            if not self.server.superuser:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self.owner)))
            for (schema,) in connection.execute(_SCHEMAS).fetchall():
                connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), role))
            for kind, schema, name in connection.execute(_RELATIONS).fetchall():
                statement = sql.SQL("GRANT {} ON {} {} TO {}")
                rights, what = sql.SQL(_RIGHTS[kind]), sql.SQL(kind)
                connection.execute(statement.format(rights, what, sql.Identifier(schema, name), role))

    def versions(self, database: str, table: tuple[str | None, str] | None) -> tuple[str, ...]:
        """Rows of the version table; empty where there is none yet."""
        if table is None:
            return ()
        with self._readers.on(self.name(database)) as connection:
            return capture_versions(connection, table)

    def look(
        self, database: str, table: tuple[str | None, str] | None
    ) -> tuple[tuple[str, ...], tuple[SchemaObject, ...]]:
        """Rows of the version table and the whole schema."""
        with self._readers.on(self.name(database)) as connection:
            return () if table is None else capture_versions(connection, table), capture_schema(connection)

    def schema(self, database: str) -> tuple[SchemaObject, ...]:
        """All objects of a database that statements could depend on."""
        with self._readers.on(self.name(database)) as connection:
            return capture_schema(connection)

    def contents(
        self, database: str, version_table: tuple[str | None, str] | None
    ) -> tuple[tuple[SchemaObject, ...], dict[tuple[str, str], str]]:
        """The schema, and a digest of each column of each table but the version table."""
        with connect(self.server, self.name(database)) as connection:
            return capture_schema(connection), capture_columns(connection, version_table)

    def rows_written(self, database: str) -> dict[str, Rows]:
        """How many rows were inserted, updated and deleted in each table since the database was made.

        A session's counts are complete once it has ended (manual, 28.2 "The Cumulative Statistics System"), so it
        waits for that.
        """
        name = self.name(database)
        deadline = now() + _STATISTICS_S
        with connect(self.server, name) as connection:
            while now() < deadline:
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename LIKE %s",
                    (name, self.role("").replace("_", r"\_") + "%"),
                ).fetchone()
                if row is None or row[0] == 0:
                    break
                time.sleep(_POLL_S)
            rows = connection.execute(
                "SELECT CASE schemaname WHEN 'public' THEN '' ELSE schemaname || '.' END || relname, "
                "n_tup_ins, n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
            ).fetchall()
        return {str(table): Rows(inserted=int(new), changed=int(others)) for table, new, others in rows}

    def sessions(self, who: str) -> int:
        """How many connections a replica holds."""
        with maintain(self.server) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", (self.role(who),)
            ).fetchone()
        return int(row[0]) if row else 0

    def is_ours(self, entry: LogEntry) -> bool:
        """Whether an entry of the log is of this rehearsal."""
        return (entry.user or "").startswith(self.role(""))

    def name(self, database: str) -> str:
        """The full name of a database."""
        return f"{self._prefix}_{database}"

    def role(self, who: str) -> str:
        """The login role of a replica or migrator."""
        return f"{self._prefix}_{re.sub(r'[^a-z0-9]+', '_', who)}"

    def close(self) -> None:
        """Removes the databases; and the roles, where the server outlives the session."""
        try:
            for database in list(self._databases):
                self.drop(database)
            if not self.server.disposable:
                for role in self._passwords:
                    drop_role(self.server, role)
                self._groups.close()
        finally:
            self._readers.close()
            self._kept.close()


def log_settings(server: Server) -> dict[str, str]:
    """Settings of a login role that put every statement of it into the log, but no value that is bound to one."""
    if not (server.superuser and server.json_log):
        return {}
    return {"log_statement": "all", "log_parameter_max_length": "0"}
