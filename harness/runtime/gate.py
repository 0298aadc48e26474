"""Stops a session in the middle of what it writes, exactly where that was asked for, to kill its process there.

Statement triggers count what a role writes, in a sequence, which no rollback takes back; at the chosen statement the
session waits for an advisory lock that is never let go while its process lives. So it does not depend on time where a
process is killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from psycopg import sql

from harness.runtime.postgres import connect

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    import psycopg

    from harness.runtime.workspace import Workspace

#: Schema of what is installed; no application has one of that name.
_SCHEMA = "rolldeploy_gate"
#: Key of the lock; advisory locks are each database's own.
_KEY = 7_405_117_290_554_103
#: A session that was told to end is gone within milliseconds.
_END_MS = 5_000
_TABLES = """
SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_has_role(relowner, 'USAGE')
ORDER BY 1, 2
"""
_FUNCTION = """
CREATE FUNCTION {schema}.count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $gate$
BEGIN
    IF session_user = {role} AND nextval({sequence}) = {point} THEN
        PERFORM pg_advisory_xact_lock({key});
    END IF;
    RETURN NULL;
END $gate$
"""
#: Triggers of one event fire in the order of their names: what the application's own write comes before.
_TRIGGER = """
CREATE TRIGGER zzz_rolldeploy_gate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count()
"""
_ALWAYS = "ALTER TABLE {table} ENABLE ALWAYS TRIGGER zzz_rolldeploy_gate"


class Gate:
    """A context manager: counts the statements with which a role writes rows, and stops it at one of them.

    Args:
        workspace: Whose database and role they are.
        database: Where; what is installed is gone at the end.
        who: Whose session is stopped.
        point: At which statement, from 1; None counts only.
    """

    def __init__(self, workspace: Workspace, database: str, who: str, point: int | None = None) -> None:
        self._workspace = workspace
        self._database = database
        self._role = workspace.role(who)
        self._point = point

    def __enter__(self) -> Self:
        self._connection = connect(self._workspace.server, self._workspace.name(self._database))
        try:
            self._install(self._connection)
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the sessions of the role, and takes down what was installed."""
        with self._connection as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE usename = %s", (_END_MS, self._role)
            )
            connection.execute("SELECT pg_advisory_unlock_all()")
            self._act_as_owner(connection)
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(_SCHEMA)))

    def reached(self) -> bool:
        """Whether the session waits at the chosen statement."""
        row = self._connection.execute(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE locktype = 'advisory' "
            "AND NOT granted AND usename = %s AND datname = current_database())",
            (self._role,),
        ).fetchone()
        return row is not None and bool(row[0])

    def count(self) -> int:
        """How many statements that write rows the role has sent, whether they found any or not."""
        query = sql.SQL("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {}")
        row = self._connection.execute(query.format(sql.Identifier(_SCHEMA, "written"))).fetchone()
        return int(row[0]) if row is not None else 0

    def _act_as_owner(self, connection: psycopg.Connection[Any]) -> None:
        if not self._workspace.server.superuser:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self._workspace.owner)))

    def _install(self, connection: psycopg.Connection[Any]) -> None:
        schema = sql.Identifier(_SCHEMA)
        self._act_as_owner(connection)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(sql.SQL("CREATE SEQUENCE {}.written").format(schema))
        point = sql.Literal(self._point or 0)
        connection.execute(
            sql.SQL(_FUNCTION).format(
                schema=schema,
                role=sql.Literal(self._role),
                sequence=sql.Literal(f"{_SCHEMA}.written"),
                point=point,
                key=sql.Literal(_KEY),
            )
        )
        for names in connection.execute(_TABLES).fetchall():
            table = sql.Identifier(*names)
            connection.execute(sql.SQL(_TRIGGER).format(table=table, schema=schema))
            connection.execute(sql.SQL(_ALWAYS).format(table=table))
        connection.execute("RESET ROLE")
        connection.execute("SELECT pg_advisory_lock(%s)", (_KEY,))
