"""Everything of one rehearsal that touches the outside world, made in one place and taken down in one place."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from harness.errors import ScenarioError
from harness.model.release import ReleaseName
from harness.plan.subject import LANE, LIVE
from harness.runtime.belongings import Belongings
from harness.runtime.durations import Durations
from harness.runtime.fleet import Fleet
from harness.runtime.folders import Folders
from harness.runtime.killable import Killable
from harness.runtime.listing import start_migrator
from harness.runtime.lock_watch import install_watch
from harness.runtime.migrator import Migrator, run_command
from harness.runtime.migrator_sent import MigratorSent, count_rows, read_sent
from harness.runtime.named import open_workspace
from harness.runtime.observer import Observer
from harness.runtime.pods import find_network
from harness.runtime.process import Processes
from harness.runtime.sql_files import SqlMigrator, read_files
from harness.runtime.statements import Statements
from harness.runtime.versions import DJANGO_TABLE
from harness.runtime.waiting import Waits
from harness.template import fill, placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from harness.model.release import Release
    from harness.model.schema import SchemaObject
    from harness.model.settings import Settings
    from harness.model.task import Task
    from harness.runtime.forks import Forks
    from harness.runtime.installed import Installed
    from harness.runtime.observer import Logged
    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session
    from harness.secrets import Redactor


@dataclass(frozen=True, kw_only=True)
class Site:
    """What a rehearsal is made of.

    Args:
        settings: All of them.
        releases: Both releases; in a chain those before them too.
        server: Where its databases are.
        session: Told of everything that is started.
        forks: Starts programs whose libraries are imported ahead.
        folder: Gets the logs.
        prefix: Keeps rehearsals on one server apart.
        redact: Takes secrets out of what is kept.
        statements: What production sends, by the user's file.
    """

    settings: Settings
    releases: Mapping[str, Installed]
    server: Server
    session: Session
    forks: Forks
    folder: Path
    prefix: str
    redact: Redactor
    statements: tuple[str, ...] = ()


class Stagehands:
    """A context manager that owns processes, databases, roles and connections of one rehearsal.

    Args:
        site: What it is made of.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._stack = ExitStack()
        self._table: tuple[str | None, str] | None = None
        self._migrators: dict[str, Migrator] = {}
        self.redact, self.read_from = site.redact, site.settings.read_from
        self.waits, self.durations, self.statements = Waits(), Durations(), Statements()
        self._other_statements: dict[str, Statements] = defaultdict(Statements)
        self.filed = site.statements

    def __enter__(self) -> Self:
        site = self._site
        with ExitStack() as stack:
            folders = Folders(site.session.directory / "folders" / site.prefix)
            stack.callback(folders.close)
            self.workspace = open_workspace(site.server, site.prefix, site.settings, folders)
            stack.callback(self.workspace.close)
            self.observer = Observer(self.workspace, site.redact)
            stack.callback(self.observer.close)
            strategy, migrations = site.settings.strategy, site.settings.migrations
            ports = site.session.directory / "ports"
            belongings = Belongings(folders, site.redact, ports=strategy.ports, port_folder=ports)
            stack.callback(belongings.close)
            self.processes = Processes(site.session)
            stack.callback(self.processes.close)
            self.fleet = Fleet(
                site.releases,
                self.workspace,
                self.processes,
                site.redact,
                site.folder,
                forks=site.forks,
                belongings=belongings,
                time_scale=strategy.time_scale,
                waits=self.waits,
                network=find_network(site.server, site.releases.values(), site.session),
                named=placeholders(migrations.command or "") | placeholders(migrations.url or ""),
            )
            stack.callback(self._close_migrators)
            for database in (LIVE, LANE):  # their interpreters start while the first state is made
                self._migrators[database] = self._new_migrator(ReleaseName.NEW, database)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def migrator(self, database: str) -> Migrator:
        """Moves the schema of a database, in the new release's environment."""
        if database not in self._migrators:
            self._migrators[database] = self._new_migrator(ReleaseName.NEW, database)
        return self._migrators[database]

    @property
    def can_kill_migrator(self) -> bool:
        """Whether a migration can be killed at a chosen point."""
        return self._site.settings.migrations.can_be_killed(plain=self.workspace.server.plain)

    def renew_migrator(self, database: str) -> None:
        """Puts a new migrator in the place of one that is dead; where none can be started any more, there is none."""
        self._migrators.pop(database).close()
        self._migrators[database] = self._new_migrator(ReleaseName.NEW, database)

    def _close_migrators(self) -> None:
        for migrator in self._migrators.values():
            migrator.close()

    @property
    def version_table(self) -> tuple[str | None, str] | None:
        """Schema and name of the version table, where it is known."""
        return self._table

    def release(self, name: str) -> Release:
        """How a release is started."""
        return self._site.releases[name].release

    def task(self, name: str) -> Task:
        """A one-off task of the settings."""
        return next(task for task in self._site.settings.tasks if task.name == name)

    def statements_of(self, release: str) -> Statements:
        """What a release is known to send."""
        return self.statements if release == ReleaseName.OLD else self._other_statements[release]

    def contents(self, database: str) -> tuple[tuple[SchemaObject, ...], dict[tuple[str, str], str]]:
        """The schema, and a digest of each column of each table."""
        return self.workspace.contents(database, self._table)

    def deploy(self, database: str, revisions: tuple[str, ...]) -> None:
        """Moves a schema through some steps, in the way in which a deployment does it: by one call where it can be.

        Args:
            database: Where.
            revisions: Ids of the steps, in order.

        Raises:
            MigrationFailedError: One of them failed.
        """
        migrations = self._site.settings.migrations
        for revision in revisions[-1:] if migrations.by_one_call else revisions:
            self.migrator(database).upgrade(revision)

    def watch_locks(self, database: str) -> bool:
        """Has PostgreSQL tell what each migration locks; says whether it can."""
        if not self.workspace.sees_statements:
            return False
        self.migrator(database)  # it has to have its role
        server, role = self.workspace.server, self.workspace.role(self.migrator_name(database))
        install_watch(server, self.workspace.name(database), self._table, role)
        return True

    def migrator_name(self, database: str) -> str:
        """Whose session moves the schema of a database."""
        return _migrator_name(database)

    def tell_holder(self, database: str) -> str:
        """Who held the lock that the migrator of a database gave up, in one sentence; or the empty string."""
        return self.observer.tell_holder(self.migrator_name(database), database, self.fleet.names)

    def prepare(self, database: str, name: str) -> None:
        """Brings an empty database to a release's head, in the release's own way.

        Raises:
            MigrationFailedError: Its migrations fail.
            ScenarioError: One of its ``init`` commands fails.
        """
        self.workspace.create(database)
        migrations, release = self._site.settings.migrations, self._site.releases[name].release
        if release.running is not None:  # its migrations are the new release's first ones
            self.migrator(database).upgrade(release.running.revision)
            return
        if release.init:
            self._init(database, name)
            return
        if migrations.steps:  # nobody but the old release knows how a first database is made
            self._init(database, ReleaseName.OLD)
            for step in migrations.steps:
                self._migrators[database].upgrade(step)
            return
        if migrations.sql:
            first = self._new_migrator(name, database)
            for step in read_files(self._site.releases[name].root, migrations.sql):
                first.upgrade(step)
            return
        if name == ReleaseName.NEW and database in self._migrators:
            self._migrators[database].upgrade(migrations.target)
            return
        self.advance(database, name, (migrations.target,))

    def advance(self, database: str, name: str, revisions: tuple[str, ...]) -> None:
        """Runs some of a release's own migrations, one after the other.

        Args:
            database: Where.
            name: The release.
            revisions: Ids of the migrations.

        Raises:
            MigrationFailedError: One of them fails.
        """
        migrator = self._new_migrator(name, database)
        try:
            for revision in revisions:
                migrator.upgrade(revision)
            self._table = migrator.version_table()
        finally:
            migrator.close()

    def _init(self, database: str, name: str) -> None:
        def fail(sentence: str, log: tuple[str, ...]) -> ScenarioError:
            lines = "\n".join(f"    {line}" for line in self.redact.lines(log))
            return ScenarioError(f"the {name} release's init command {sentence}:\n{lines}")

        place = self.fleet.workplace(name, f"{name}-init", database)
        for command in self._site.releases[name].release.init:
            run_command(place.fill(command, replica=f"{name}-init"), place, fail)

    def rows_written(self, database: str) -> dict[str, int]:
        """How many rows were written in each table since the database was made, those of the migrations' own aside."""
        return count_rows(self.workspace.rows_written(database), self._books())

    def _books(self) -> list[str]:
        """Tables in which whoever moves the schema writes down what was done, with their schema unless it is public."""
        migrations = self._site.settings.migrations
        if migrations.django is not None:
            return [DJANGO_TABLE]
        books = list(migrations.version_tables)
        if self._table is not None:
            schema, name = self._table
            books.append(name if schema in {None, "public"} else f"{schema}.{name}")
        return books

    def sent_by_migrator(self, database: str) -> MigratorSent:
        """What the migrator has sent and written since it was asked last; what is on the migrations' own tables aside.

        Args:
            database: Where, made since then.
        """
        rows = self.workspace.rows_written(database)  # waits until the log is complete
        return read_sent(rows, self.forget_sent(database), self._books(), self.observer.show)

    def forget_sent(self, database: str) -> list[Logged] | None:
        """All that the migrator has sent since it was asked last; None where PostgreSQL's log does not tell."""
        return self.observer.take([_migrator_name(database)]) if self.workspace.sees_statements else None

    def load(self, database: str, path: str) -> None:
        """Runs the user's seed file.

        Raises:
            ScenarioError: There is none, or PostgreSQL refuses it.
        """
        file = self._site.settings.path.parent / path
        if not file.is_file():
            raise ScenarioError(f"there is no seed file {file}: see seed under [database]")
        self.workspace.load(database, file)

    @property
    def knows_versions(self) -> bool:
        """Whether there is a version table to look into, by what was asked so far."""
        return self._table is not None

    def versions(self, database: str) -> tuple[str, ...]:
        """Rows of the version table of a database."""
        return self.workspace.versions(database, self._find_table(database))

    def look(self, database: str) -> tuple[tuple[str, ...], tuple[SchemaObject, ...]]:
        """Rows of the version table of a database, and its schema."""
        return self.workspace.look(database, self._find_table(database))

    def _find_table(self, database: str) -> tuple[str | None, str] | None:
        if self._table is None and database in self._migrators:
            self._table = self._migrators[database].version_table()
        return self._table

    def _new_migrator(self, name: str, database: str) -> Migrator:
        migrations = self._site.settings.migrations
        who = _migrator_name(database, name)
        place = self.fleet.workplace(name, who, database)
        self.workspace.limit_lock_waits(who)
        login = self.fleet.login(name, who, database)
        if migrations.sql:
            return SqlMigrator(read_files(place.root, migrations.sql), self.workspace.server, login)
        url = fill(migrations.url, {**login, **place.values}) if migrations.url else None

        def killable(point: int) -> Killable:
            return Killable(self.workspace.server, point, lambda at: self.fleet.workplace(name, who, database, at=at))

        return start_migrator(place, migrations, url, killable, lambda: self.observer.last_refusal(who))


def _migrator_name(database: str, release: str = ReleaseName.NEW) -> str:
    return f"{release}-migrator-{database}"
