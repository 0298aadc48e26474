"""What is in the tables of a database, told so shortly that two databases can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

#: Tables with their columns; generated ones follow from others.
_COLUMNS = """
SELECT nspname, relname, array_agg(attname::text ORDER BY attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname !~ '^pg_'
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY 1, 2
"""
_DIGEST = "md5(string_agg(md5(coalesce({0}::text, '')) || ({0} IS NULL)::text, '' ORDER BY {0}::text))"


def capture_columns(
    connection: psycopg.Connection[Any], version_table: tuple[str | None, str] | None
) -> dict[tuple[str, str], str]:
    """What is in each column of each table, by table and column: a digest, whatever the order of rows.

    Args:
        connection: To the database.
        version_table: Schema and name of the table that is left out.
    """
    columns = connection.execute(_COLUMNS).fetchall()
    skipped = version_table[1] if version_table else ""
    found: dict[tuple[str, str], str] = {}
    for schema, table, names in columns:
        if table == skipped:
            continue
        digests = sql.SQL(", ").join(sql.SQL(_DIGEST).format(sql.Identifier(name)) for name in names)
        query = sql.SQL("SELECT {} FROM {}").format(digests, sql.Identifier(schema, table))
        row = connection.execute(query).fetchone() or ()
        shown = table if schema == "public" else f"{schema}.{table}"
        found.update({(shown, name): digest for name, digest in zip(names, row, strict=True)})
    return found
