"""How far a schema is, by the table in which whoever moves it writes that down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from typing import LiteralString

#: Where Django writes down what it did (``MigrationRecorder.Migration``).
DJANGO_TABLE = "django_migrations"
#: How far the schema is: the last migration of each app, and Alembic's heads.
_DJANGO_VERSIONS: LiteralString = "SELECT DISTINCT ON (app) app || '.' || name FROM {} ORDER BY app, id DESC"
_ALEMBIC_VERSIONS: LiteralString = "SELECT version_num FROM {} ORDER BY 1"


def capture_versions(connection: psycopg.Connection[Any], table: tuple[str | None, str]) -> tuple[str, ...]:
    """Rows of a version table; empty where there is none yet.

    Args:
        connection: To the database.
        table: Schema and name of the table.
    """
    schema, name = table
    known = sql.Identifier(schema, name) if schema else sql.Identifier(name)
    try:
        query = sql.SQL(_DJANGO_VERSIONS if name == DJANGO_TABLE else _ALEMBIC_VERSIONS)
        rows = connection.execute(query.format(known), prepare=False).fetchall()  # a step may make the table anew
    except psycopg.errors.UndefinedTable:
        return ()
    return tuple(str(row[0]) for row in rows)
