"""The databases of a rehearsal, one of which has the name by which an application that runs already knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import PostgresError, ScenarioError
from harness.model.release import ReleaseName
from harness.plan.subject import LIVE
from harness.runtime.postgres import connect, create_database_as, let_in, maintain
from harness.runtime.workspace import Workspace, log_settings

if TYPE_CHECKING:
    from harness.model.release import Running
    from harness.model.settings import Settings
    from harness.runtime.folders import Folders
    from harness.runtime.postgres import LogEntry, Server

#: What its sessions come to whenever a rehearsal ends them, or has no database under that name: none of its own doing.
_OUR_DOING = frozenset({"57P01", "3D000"})


def open_workspace(server: Server, prefix: str, settings: Settings, folders: Folders) -> Workspace:
    """The databases and roles of a rehearsal.

    Args:
        server: Where.
        prefix: Keeps rehearsals on one server apart.
        settings: All of them.
        folders: Those that go with the databases.

    Raises:
        ScenarioError: The old release runs already, and cannot be connected to this server as the settings say.
    """
    if settings.old.running is not None:
        return NamedWorkspace(server, prefix, settings.old.running, folders, settings.roles)
    return Workspace(server, prefix, settings.app_role, folders, settings.roles)


class NamedWorkspace(Workspace):
    """The same, where the database on which the old release serves has the name by which it knows it.

    The old release logs in as a role of its own, which is somebody else's: it is made a member of the owner role, and
    acts as that one in this database alone. Both go with what the rehearsal made.

    Args:
        server: Where; one of others, for the application was connected to it before.
        prefix: Keeps rehearsals on one server apart.
        running: What it is connected to.
        folders: Those that go with the databases.
        roles: Further roles that migrations name.

    Raises:
        ScenarioError: The server is none of others, or the role is not there, or is the rehearsal's own.
    """

    def __init__(
        self, server: Server, prefix: str, running: Running, folders: Folders | None = None, roles: tuple[str, ...] = ()
    ) -> None:
        self._running = running
        _check_server(server, running)
        super().__init__(server, prefix, folders=folders, roles=roles)

    def create(self, database: str) -> None:
        """An empty database that belongs to the owner, and lets the application in where it is the one.

        Raises:
            PostgresError: There is one already under the name by which it knows it.
        """
        if database != LIVE:
            super().create(database)
            return
        name = self.name(database)
        create_database_as(self.server, name, owner=self.owner, draft=super().name(database))
        self._databases.add(database)
        try:
            let_in(self.server, self._running.role, name, self.owner, log_settings(self.server))
        except PostgresError as error:
            raise PostgresError(
                f'{error}; let an administrator run GRANT "{self._running.role}" TO "{self.server.user}" WITH ADMIN '
                "OPTION, or name the server by the URL of a superuser"
            ) from error

    def name(self, database: str) -> str:
        """The full name of a database."""
        return self._running.database if database == LIVE else super().name(database)

    def role(self, who: str) -> str:
        """The login role of a replica or migrator; all old replicas are the application that runs already."""
        return self._running.role if who.startswith(f"{ReleaseName.OLD}-") else super().role(who)

    def login(self, who: str, database: str, *, is_replica: bool = False) -> dict[str, str]:
        """Values for the placeholders of a release's environment.

        The application has its own, which nobody here knows: what a journey sends to the database beside it, it sends
        as a role of the rehearsal.

        Args:
            who: Replica or migrator.
            database: What it connects to.
            is_replica: Whether it acts as replicas do; here they act as the owner too.
        """
        beside = f"beside-{who}" if self.role(who) == self._running.role else who
        return super().login(beside, database, is_replica=is_replica)

    def sessions(self, who: str) -> int:
        """How many connections a replica holds; the application may hold others to other databases."""
        with maintain(self.server) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND datname = %s",
                (self.role(who), self._running.database),
            ).fetchone()
        return int(row[0]) if row else 0

    def is_ours(self, entry: LogEntry) -> bool:
        """Whether an entry of the log is of this rehearsal: the application may use other databases too."""
        if entry.user != self._running.role:
            return super().is_ours(entry)
        return entry.database == self._running.database and entry.sqlstate not in _OUR_DOING


def _check_server(server: Server, running: Running) -> None:
    where = f"{server.host}:{server.port}"
    if server.disposable:
        raise ScenarioError(
            f"the old release runs already, connected to a server that is not this one ({server.provider}): name that "
            "server by --rolldeploy-postgres=postgresql://USER:PASSWORD@HOST:PORT/DATABASE or ROLLDEPLOY_POSTGRES_URL"
        )
    if running.role == server.user:
        raise ScenarioError(
            f"the rehearsal itself logs in at {where} as {running.role!r}, the role of the old release, so that nobody "
            "could tell them apart: name the server by the URL of another role"
        )
    with connect(server) as connection:
        if connection.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [running.role]).rowcount:
            return
    raise ScenarioError(
        f"there is no role {running.role!r} at {where}: name the one that the application logs in as by role under "
        "[old], or its server"
    )
