"""Where the sequences of a database stand, and how they are put back: no transaction that is rolled back does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from harness.runtime.postgres import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.workspace import Workspace

#: Those that fill a column, as ``serial`` and ``GENERATED AS IDENTITY`` make them: 'a' and 'i' in ``pg_depend``.
_OWNED = """
SELECT n.nspname, s.relname, tn.nspname, t.relname, a.attname, p.seqstart, pg_sequence_last_value(s.oid)
FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace JOIN pg_sequence p ON p.seqrelid = s.oid
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE p.seqincrement > 0 AND pg_has_role(s.relowner, 'USAGE')
"""


def capture_sequences(workspace: Workspace, database: str) -> dict[tuple[str, str], int | None]:
    """The last number that each sequence of a column gave, by schema and name; None where it gave none.

    Args:
        workspace: Knows the database.
        database: Which one.
    """
    with connect(workspace.server, workspace.name(database)) as connection:
        return {(row[0], row[1]): row[6] for row in connection.execute(_OWNED).fetchall()}


def put_back_sequences(workspace: Workspace, database: str, before: Mapping[tuple[str, str], int | None]) -> None:
    """Gives back the numbers that went with a transaction, so that the next one finds what the first had found.

    A gap among numbers does no harm, but rows that were numbered after it could not be compared with others.

    Args:
        workspace: Knows the database.
        database: Which one.
        before: Where they stood; what is in the table by now stays taken.
    """
    with connect(workspace.server, workspace.name(database)) as connection:
        if not workspace.server.superuser:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(workspace.owner)))
        for schema, name, *column, start, last in connection.execute(_OWNED).fetchall():
            if last in {None, before.get((schema, name))}:
                continue
            taken = [number for number in (before.get((schema, name)), _highest(connection, column)) if number]
            number = max(taken, default=start)
            statement = sql.SQL("SELECT setval({}::regclass, {}, {})")
            called = sql.Literal(bool(taken))
            place = sql.Literal(sql.Identifier(schema, name).as_string())
            connection.execute(statement.format(place, sql.Literal(number), called))


def _highest(connection: Any, column: list[str]) -> int | None:
    schema, table, name = map(sql.Identifier, column)
    row = connection.execute(sql.SQL("SELECT max({})::bigint FROM {}.{}").format(name, schema, table)).fetchone()
    highest: int | None = row[0]
    return highest
