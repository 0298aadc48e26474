"""A server of others, for the tests of what a rehearsal asks of one and leaves on it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.runtime.postgres import acquire_server, connect
from harness.runtime.reaper import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.postgres import Server

PASSWORD = "somebodys-own-password"


@dataclass(frozen=True)
class Foreign:
    """A server of others, with roles on it.

    Args:
        server: Where it is, and its superuser.
    """

    server: Server

    def url(self, role: str) -> str:
        """Where it is, for one of the roles."""
        return f"postgresql://{role}:{PASSWORD}@{self.server.host}:{self.server.port}/postgres"

    def names(self) -> set[str]:
        """Every database and role."""
        with connect(self.server) as connection:
            rows = connection.execute("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles").fetchall()
        return {name for (name,) in rows}


@contextlib.contextmanager
def open_foreign() -> Iterator[Foreign]:
    """Starts one, with the roles ``newcomer``, ``deployer`` and ``boss``, who may ever more."""
    session = Session.create()
    server = acquire_server("embedded", session=session)
    with connect(server) as connection:
        for role, rights in (
            ("newcomer", "CREATEROLE"),
            ("deployer", "CREATEDB CREATEROLE"),
            ("boss", "SUPERUSER"),
        ):
            connection.execute(f"CREATE ROLE {role} LOGIN {rights} PASSWORD '{PASSWORD}'".encode())
    yield Foreign(server)
    assert session.release_all() == []
