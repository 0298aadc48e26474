"""Has PostgreSQL itself tell, in its log, what each statement of a migration locked, read whole and wrote anew.

Event triggers fire inside the migration's own session, before and after each DDL statement: what they find in
``pg_locks`` and in the session's counts is exact, where looking from outside would be a guess at a moment.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from harness.runtime.postgres import connect, connect_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.postgres import Server

#: Schema of what is installed; no application has one of that name.
_SCHEMA = "rolldeploy_watch"
#: Begins each message; JSON follows.
MARK = "rolldeploy ddl "
#: A migration must not fail because of us: whatever goes wrong inside is not told. Only a snapshot is taken, so that
#: no lock is held that the migration does not hold itself.
_FUNCTION = """
CREATE FUNCTION {schema}.{name}() RETURNS {returns} LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $watch$
DECLARE told jsonb;
BEGIN
    told := jsonb_build_object(
        'kind', {kind}, 'tag', {tag}, 'at', extract(epoch FROM clock_timestamp()), 'xact', extract(epoch FROM now()),
        'query', left(current_query(), 4000),
        'locks', (
            SELECT jsonb_agg(jsonb_build_array(c.oid::bigint, l.mode))
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
                AND c.relkind IN ('r', 'p', 'm') AND c.oid >= 16384),
        'scans', (
            SELECT jsonb_agg(jsonb_build_array(relid::bigint, seq_scan, seq_tup_read))
            FROM pg_stat_xact_user_tables WHERE seq_scan > 0));
    {more}
    RAISE LOG '{mark}%', told;
    {end}
EXCEPTION WHEN OTHERS THEN
    {end}
END $watch$
"""
_REWRITE = """IF tg_event = 'table_rewrite' THEN
        told := told || jsonb_build_object('rewrites', pg_event_trigger_table_rewrite_oid()::bigint);
    END IF;"""


@dataclass(frozen=True)
class Relation:
    """One relation of a database.

    Args:
        name: With its schema where that is not ``public``.
        kind: ``pg_class.relkind``.
        storage: ``pg_class.relfilenode``; another one means that it was written anew.
    """

    name: str
    kind: str
    storage: int


@dataclass(frozen=True)
class Look:
    """What log entries name by numbers.

    Args:
        relations: By object identifier.
        sessions: Login roles by process.
    """

    relations: Mapping[int, Relation]
    sessions: Mapping[int, str]

    def __or__(self, later: Look) -> Look:
        """Both looks; names are those of the first, under which whoever waits knows them."""
        return Look({**later.relations, **self.relations}, {**later.sessions, **self.sessions})


def install_watch(server: Server, database: str, version_table: tuple[str | None, str] | None, migrator: str) -> None:
    """Puts the event triggers into a database that is thrown away afterwards.

    Args:
        server: Where.
        database: Full name of the database.
        version_table: Alembic writes into it behind each migration, in the same transaction: there is told what came
            after the last DDL statement.
        migrator: The login role of the migrations.
    """
    schema = sql.Identifier(_SCHEMA)
    kinds = {"tell": ("event_trigger", "tg_event", "tg_tag", _REWRITE, "RETURN;")}
    kinds["tell_rows"] = ("trigger", "'rows'", "''", "", "RETURN NULL;")
    with connect(server, database) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        for name, (returns, kind, tag, more, end) in kinds.items():
            text = sql.SQL(_FUNCTION).format(
                schema=schema,
                name=sql.Identifier(name),
                returns=sql.SQL(returns),
                kind=sql.SQL(kind),
                tag=sql.SQL(tag),
                more=sql.SQL(more),
                mark=sql.SQL(MARK),
                end=sql.SQL(end),
            )
            connection.execute(text)
        for event in ("ddl_command_start", "ddl_command_end", "table_rewrite"):
            statement = sql.SQL("CREATE EVENT TRIGGER {} ON {} EXECUTE FUNCTION {}.tell()")
            connection.execute(statement.format(sql.Identifier(f"rolldeploy_{event}"), sql.SQL(event), schema))
        _watch_versions(connection, version_table)
        for setting, value in (("log_lock_waits", "on"), ("deadlock_timeout", "10ms")):  # ours have both already
            statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(setting), sql.Literal(value)))
        # On a test's few rows a whole scan is the cheapest plan even where an index fits; so a scan that is left is
        # one that grows with the table.
        statement = sql.SQL("ALTER ROLE {} IN DATABASE {} SET enable_seqscan = off")
        connection.execute(statement.format(sql.Identifier(migrator), sql.Identifier(database)))


def _watch_versions(connection: psycopg.Connection[Any], table: tuple[str | None, str] | None) -> None:
    if table is None:
        return
    known = sql.Identifier(*(part for part in table if part))
    statement = sql.SQL(
        "CREATE TRIGGER rolldeploy_watch AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH STATEMENT "
        "EXECUTE FUNCTION {}.tell_rows()"
    )
    try:
        connection.execute(statement.format(known, sql.Identifier(_SCHEMA)))
    except psycopg.errors.UndefinedTable:
        return


def look(server: Server, database: str) -> Look:
    """Names of everything in a database, and of everybody who is connected to it.

    Args:
        server: Where.
        database: Full name of the database.
    """
    with connect(server, database) as connection:
        relations = connection.execute(
            "SELECT c.oid::bigint, CASE WHEN nspname IN ('public', 'pg_catalog') THEN '' ELSE nspname || '.' END "
            "|| relname, relkind::text, relfilenode::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        ).fetchall()
        sessions = connection.execute(
            "SELECT pid, coalesce(usename, backend_type) FROM pg_stat_activity WHERE datname = %s", (database,)
        ).fetchall()
    return Look({oid: Relation(name, kind, storage) for oid, name, kind, storage in relations}, dict(sessions))


class LongTransaction:
    """A session that has read every table and does not end its transaction, as a dump or a forgotten console does.

    Args:
        server: Where.
        login: Who it is, and in which database.
    """

    def __init__(self, server: Server, login: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._connection = connect_as(server, login)
        tables = self._connection.execute(
            "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' "
            "AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')"
        ).fetchall()
        for table in tables:
            self._connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(*table)))

    def close(self) -> None:
        """Ends the transaction; harmless when repeated."""
        with self._lock:
            self._connection.close()
