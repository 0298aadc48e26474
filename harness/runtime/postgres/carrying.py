"""What belongs to a database and is not in it, so that PostgreSQL does not copy it from a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_FIND = """
SELECT entry, r.rolname FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
CROSS JOIN LATERAL unnest(s.setconfig) AS entry
WHERE d.datname = %s AND (s.setrole = 0
    OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)  -- nobody else may give others settings
    AND s.setrole NOT IN (SELECT setrole FROM pg_catalog.pg_db_role_setting WHERE setdatabase = 0
        AND EXISTS (SELECT FROM unnest(setconfig) e WHERE starts_with(e, 'role='))))  -- our own are given theirs anew
"""
#: Lists of names, which are kept as they are written in SQL; pg_dump knows them by the same list
#: (`variable_is_guc_list_quote` in dumputils.c).
_LISTS = frozenset(
    {"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries"}
    | {"temp_tablespaces", "unix_socket_directories"}
)


def carry_settings(connection: psycopg.Connection[Any], template: str, name: str) -> Iterator[sql.Composed]:
    """Statements that give a copy of a database what `ALTER DATABASE ... SET` said of the other one.

    And, as a superuser, what `ALTER ROLE ... IN DATABASE ... SET` said of it.

    Args:
        connection: To the server.
        template: The database that was copied.
        name: The copy.
    """
    for entry, role in connection.execute(_FIND, [template]).fetchall():
        key, _, value = entry.partition("=")
        given = sql.SQL(value) if key.lower() in _LISTS else sql.Literal(value)
        # A setting of an extension has a dot in its name, and each part of it is a name of its own.
        parts = sql.SQL(".").join(map(sql.Identifier, key.split(".")))
        database = sql.Identifier(name)
        whose = sql.SQL("DATABASE {}").format(database)
        if role is not None:
            whose = sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(role), database)
        yield sql.SQL("ALTER {} SET {} TO {}").format(whose, parts, given)
