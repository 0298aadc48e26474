"""PostgreSQL servers for rehearsals: started or borrowed, filled with databases and roles, and listened to."""

from __future__ import annotations

from harness.runtime.postgres.acquire import (
    CHOICES,
    DEFAULT_IMAGE,
    URL_VARIABLE,
    acquire_server,
    check_choice,
    release_server,
)
from harness.runtime.postgres.databases import (
    create_database,
    create_database_as,
    drop_database,
    rename_database,
    terminate_sessions,
)
from harness.runtime.postgres.maintenance import Readers, keep_sessions, maintain
from harness.runtime.postgres.relay import Relay
from harness.runtime.postgres.roles import SharedRoles, create_login_role, create_owner_role, drop_role, let_in
from harness.runtime.postgres.server import Server, connect, connect_as
from harness.runtime.postgres.serverlog import LogEntry, ServerLog
from harness.runtime.postgres.swapping import Swapper

__all__ = [
    "CHOICES",
    "DEFAULT_IMAGE",
    "URL_VARIABLE",
    "LogEntry",
    "Readers",
    "Relay",
    "Server",
    "ServerLog",
    "SharedRoles",
    "Swapper",
    "acquire_server",
    "check_choice",
    "connect",
    "connect_as",
    "create_database",
    "create_database_as",
    "create_login_role",
    "create_owner_role",
    "drop_database",
    "drop_role",
    "keep_sessions",
    "let_in",
    "maintain",
    "release_server",
    "rename_database",
    "terminate_sessions",
]
