"""Which steps there are, and who makes them: one kind of migrations for each rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from harness.model.release import ReleaseName
from harness.model.revision import Revision, cut_history, plan_app_steps, plan_steps
from harness.runtime.django_migrator import DjangoMigrator
from harness.runtime.installing import place_without_server
from harness.runtime.migrator import AlembicMigrator, CommandMigrator, Migrator
from harness.runtime.process import Processes
from harness.runtime.python_migrator import PythonMigrator
from harness.runtime.sql_files import plan_files, read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.model.observed import SqlError
    from harness.model.revision import History
    from harness.model.settings import Migrations, Settings
    from harness.runtime.forks import Forks
    from harness.runtime.installed import Installed
    from harness.runtime.killable import Killable
    from harness.runtime.reaper import Session
    from harness.runtime.workplace import Workplace


class Historian(Migrator, Protocol):
    """Moves the schema, and knows all steps of its release; no server is needed to ask it."""

    def history(self) -> History:
        """All of them.

        Raises:
            MigrationError: They cannot be read.
        """


class Steps(NamedTuple):
    """What leads from one release to the next.

    Args:
        steps: In an order in which they can be run.
        base: Ids and labels of all that the old release has; None where nobody can be asked.
    """

    steps: tuple[Revision, ...]
    base: frozenset[str] | None


def start_migrator(
    place: Workplace,
    migrations: Migrations,
    url: str | None,
    killable: Callable[[int], Killable],
    refusal: Callable[[], SqlError | None],
) -> Migrator:
    """Whoever moves the schema, where a process of the release does it.

    Args:
        place: Where it runs.
        migrations: What the settings say.
        url: Value for ``sqlalchemy.url``, or None.
        killable: Where a program of the user's own is killed at a point.
        refusal: What PostgreSQL refused it last.
    """
    if migrations.command is not None:
        return CommandMigrator(place, migrations.command, killable, refusal)
    return start_historian(place, migrations, url, killable)


def start_historian(
    place: Workplace,
    migrations: Migrations,
    url: str | None = None,
    killable: Callable[[int], Killable] | None = None,
) -> Historian:
    """The same, where it can be asked for the steps too; without ``killable`` it is for nothing else."""
    if migrations.python is not None:
        return PythonMigrator(place, migrations.python, migrations.steps, killable)
    if migrations.django is not None:
        return DjangoMigrator(place, migrations.django)
    return AlembicMigrator(place, migrations, url)


def list_steps(
    settings: Settings, releases: Mapping[str, Installed], folder: Path, session: Session, forks: Forks
) -> Steps:
    """The steps that lead from the old release's schema to the new one's, and what came before them.

    Args:
        settings: All of them.
        releases: Both releases.
        folder: Gets logs.
        session: Told of the processes that are asked.
        forks: Starts them.

    Raises:
        MigrationError: They cannot be read.
    """
    migrations = settings.migrations
    if migrations.command is not None:
        return Steps(tuple(Revision(id=step) for step in migrations.steps), None)
    if migrations.sql is not None:
        old, new = (releases[name].root for name in (ReleaseName.OLD, ReleaseName.NEW))
        where = releases[ReleaseName.NEW].origin
        return Steps(plan_files(old, new, migrations.sql, where), frozenset(read_files(old, migrations.sql)))
    running = settings.old.running
    one = bool(migrations.steps) or running is not None
    both = [ReleaseName.NEW] if one else list(ReleaseName)  # of a chain, the pair alone
    asked: dict[str, Installed] = {name: releases[name] for name in both}
    histories = read_histories(migrations, asked, folder, session, forks)
    if migrations.steps:
        return Steps(histories[ReleaseName.NEW].revisions, None)
    new_history = histories[ReleaseName.NEW]
    # The code of a release that runs already is not here: it has what the new one has up to its revision.
    old_history = histories[ReleaseName.OLD] if running is None else cut_history(new_history, running.revision)
    base = old_history.ids() | {revision.label for revision in old_history.revisions}
    if migrations.django is not None:
        return Steps(plan_app_steps(old_history, new_history), base)
    return Steps(plan_steps(old_history, new_history, several_heads=migrations.target == "heads"), base)


def read_histories(
    migrations: Migrations, releases: Mapping[str, Installed], folder: Path, session: Session, forks: Forks
) -> dict[str, History]:
    """Asks, in each release's own environment, which steps it knows; no server is needed.

    Args:
        migrations: What the settings say.
        releases: Those that are asked.
        folder: Gets the logs.
        session: Told of the processes.
        forks: Starts them.

    Raises:
        MigrationError: One of them cannot tell.
    """
    processes = Processes(session)
    migrators: dict[str, Historian] = {}
    try:
        for name, installed in releases.items():
            place = place_without_server(installed, folder, processes, forks)
            migrators[name] = start_historian(place, migrations)
        return {name: migrator.history() for name, migrator in migrators.items()}
    finally:
        for migrator in migrators.values():
            migrator.close()
        processes.close()
