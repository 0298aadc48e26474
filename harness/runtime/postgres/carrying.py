"""What belongs to a database and is not in it, so that PostgreSQL does not copy it from a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_FIND = """
SELECT entry FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
CROSS JOIN LATERAL unnest(s.setconfig) AS entry
WHERE d.datname = %s AND s.setrole = 0
"""
#: Lists of names, which are kept as they are written in SQL; pg_dump knows them by the same list
#: (`variable_is_guc_list_quote` in dumputils.c).
_LISTS = frozenset(
    {"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries"}
    | {"temp_tablespaces", "unix_socket_directories"}
)


def carry_settings(connection: psycopg.Connection[Any], template: str, name: str) -> Iterator[sql.Composed]:
    """Statements that give a copy of a database what `ALTER DATABASE ... SET` said of the other one.

    Args:
        connection: To the server.
        template: The database that was copied.
        name: The copy.
    """
    for (entry,) in connection.execute(_FIND, [template]).fetchall():
        key, _, value = entry.partition("=")
        given = sql.SQL(value) if key.lower() in _LISTS else sql.Literal(value)
        # A setting of an extension has a dot in its name, and each part of it is a name of its own.
        parts = sql.SQL(".").join(map(sql.Identifier, key.split(".")))
        yield sql.SQL("ALTER DATABASE {} SET {} TO {}").format(sql.Identifier(name), parts, given)
