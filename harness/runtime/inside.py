"""Lets a journey reach past HTTP: the database as a replica sees it, and commands in the replica's environment."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from harness.errors import ReleaseError
from harness.runtime.observer import JOURNEY
from harness.runtime.postgres import connect_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.runtime.fleet import Fleet
    from harness.runtime.replica import RunningReplica
    from harness.runtime.workspace import Workspace


class Inside:
    """Does what a journey asks for, through a replica that runs; may be used by several threads.

    Args:
        fleet: All replicas.
        workspace: Knows their databases and roles.
        timeout_s: Seconds that a statement or a command may take.
    """

    def __init__(self, fleet: Fleet, workspace: Workspace, timeout_s: float) -> None:
        self._fleet = fleet
        self._workspace = workspace
        self._timeout_s = timeout_s

    def sql(
        self, name: str, statement: str, parameters: Sequence[object] | Mapping[str, object]
    ) -> list[dict[str, Any]]:
        """Runs one statement in a transaction and a session of its own, as the replica's role.

        Args:
            name: The replica.
            statement: With psycopg's placeholders ``%s`` or ``%(name)s`` where there are parameters.
            parameters: Their values.

        Returns:
            The rows, by column; none where the statement gives none.

        Raises:
            psycopg.Error: PostgreSQL refuses it, or it takes too long.
            ConnectionError: The replica does not run any more.
        """
        login = self._workspace.login(name, self._get(name).database, is_replica=True)
        with (
            connect_as(
                self._workspace.server,
                login,
                application_name=JOURNEY,
                options=f"-c statement_timeout={round(self._timeout_s * 1000)}",
            ) as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def run(self, name: str, command: str | list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, where and with what the replica was started.

        Args:
            name: The replica.
            command: A command line, split as a shell would, or its words.

        Raises:
            ReleaseError: There is no such command, or nobody here has started the replica.
            ConnectionError: The replica does not run any more.
            subprocess.TimeoutExpired: It took too long, and was killed.
        """
        replica = self._get(name)
        if replica.release.running is not None:
            raise ReleaseError(
                f"client.run() runs a command where a replica was started, and {name} runs already, started by "
                "somebody else: ask it over HTTP, or its database by client.sql()"
            )
        place = replica.place
        with tempfile.TemporaryDirectory(prefix="run-", dir=place.log.parent) as folder:
            output, errors = Path(folder, "stdout"), Path(folder, "stderr")
            child = replace(place, log=output).start(command, errors=errors)
            try:
                status = child.popen.wait(self._timeout_s)
            finally:
                child.stop(0.0)
            said = [file.read_text(encoding="utf-8", errors="replace") for file in (output, errors)]
            return subprocess.CompletedProcess(command, status, *said)

    def _get(self, name: str) -> RunningReplica:
        replica = self._fleet.get(name)
        if replica is None:
            raise ConnectionError(f"{name} does not run any more")
        return replica
