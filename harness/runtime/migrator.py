"""Moves schemas, in the environment of the release that the migrations belong to."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.errors import MigrationError
from harness.model.revision import History, Revision
from harness.model.settings import IN_PACKAGE, Migrations
from harness.runtime.migration_process import MIGRATION_TIMEOUT_S, MigrationProcess, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.observed import SqlError
    from harness.runtime.killable import Killable
    from harness.runtime.workplace import Workplace

#: What Alembic's child imports, and a driver, which costs a third as much as it; what is not there is not needed.
_PRELOAD = (
    "alembic.command",
    "alembic.config",
    "alembic.runtime.environment",
    "alembic.script",
    "sqlalchemy.engine",
    "psycopg",
)
#: What Alembic says where ``down_revision`` names none that is there: the revision alone.
_NO_REVISION = re.compile(r"KeyError: '([^']+)'")
#: How it gets the value of ``sqlalchemy.url``, which holds a password.
_URL = "ROLLDEPLOY_SQLALCHEMY_URL"


class MigrationFailedError(Exception):
    """A migration did not go through; the caller makes an event of it.

    Args:
        error: Type and message.
        sqlstate: PostgreSQL's code, or the empty string.
        log: Last lines of the migrator's log.
        migration: Which one it was, and where in its file; the empty string where nobody knows.
    """

    def __init__(self, error: str, sqlstate: str, log: tuple[str, ...], migration: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.sqlstate = sqlstate
        self.log = log
        self.migration = migration


class Migrator(Protocol):
    """Moves the schema of one database."""

    def upgrade(self, revision: str) -> None:
        """Moves it to a revision, through all that come before it.

        Raises:
            MigrationFailedError: The migration failed.
        """

    def upgrade_until_killed(self, revision: str, point: int) -> bool:
        """Does the same, and is killed at a point: before the migration commits, or behind a statement that did.

        Args:
            revision: Where to.
            point: Which of these, from 1.

        Returns:
            Whether it came so far, and is dead now; else the migration went through.

        Raises:
            MigrationFailedError: The migration failed before.
        """

    def version_table(self) -> tuple[str | None, str] | None:
        """Schema and name of the table that holds the version; None where nothing is known of it."""

    def close(self) -> None:
        """Ends whatever runs."""


class AlembicMigrator:
    """One long-lived child process that is told one revision at a time.

    Args:
        place: Where it runs.
        settings: Which ``alembic.ini``, section and arguments.
        url: Value for ``sqlalchemy.url``, or None.
    """

    def __init__(self, place: Workplace, settings: Migrations, url: str | None = None) -> None:
        packaged = settings.alembic.startswith(IN_PACKAGE)
        ini = settings.alembic if packaged else str(place.folder / settings.alembic)
        if not packaged and place.image is None and not Path(ini).is_file():
            raise MigrationError(
                f"there is no {settings.alembic} in {place.where}: set alembic = under [migrations] to its path "
                "below the release's source, or name there what else moves the schema: sql, python, django, or command"
            )
        self._place, self._again = place, False
        inside = f"{settings.alembic} for {place.python}", "there"
        self._where, self._there = inside if packaged else (place.where, place.there)
        named = f" -c {settings.alembic}" if settings.alembic != Migrations.alembic and not packaged else ""
        named += f" -n {settings.section}" if settings.section != Migrations.section else ""
        self._show = f"alembic{named} history"
        options = {"ini": ini, "section": settings.section, "x": list(settings.x)}
        place = replace(place, preload=_PRELOAD, strict=False)
        self._process = MigrationProcess(place.with_env(**{_URL: url}) if url else place, "alembic_child.py", options)

    def history(self) -> History:
        """All revisions that the release knows.

        Raises:
            MigrationError: Alembic cannot read them.
        """
        try:
            answer = self._process.ask({"do": "history"})
        except Refusal as error:
            lost = _NO_REVISION.fullmatch(error.sentence)
            why = f"a migration follows {lost[1]}, and no file has that revision" if lost else error.sentence
            raise MigrationError(
                f"Alembic cannot read the history in {self._where}: {self._place.retell(why)}; run "
                f'"{self._show}" {self._there} to see it'
            ) from None
        for id_, paths in answer.get("twice", {}).items():
            files = ", ".join(relative_path(path, self._place.folder) for path in paths)
            count = "two" if len(paths) == 2 else len(paths)  # noqa: PLR2004  the usual copy
            raise MigrationError(
                f"the revision {id_} is in {count} files of {self._where} ({files}): give all but one of them an id of "
                "its own, and say in down_revision what it follows"
            )
        return History(
            revisions=tuple(
                Revision(
                    id=item["id"],
                    down=tuple(item["down"]),
                    doc=first_line(item["doc"]),
                    path=relative_path(item["path"], self._place.folder),
                    mark=item["mark"],
                )
                for item in answer["revisions"]
            ),
            heads=tuple(answer["heads"]),
        )

    def upgrade(self, revision: str) -> None:
        """Moves the schema to a revision, through all that come before it.

        Raises:
            MigrationFailedError: The migration failed.
        """
        self.upgrade_until_killed(revision, 0)

    def upgrade_until_killed(self, revision: str, point: int) -> bool:
        """Does the same, and is killed at a point; see :class:`Migrator`."""
        return ask_to_upgrade(self._process, revision, point, again=self._again)

    def expect_again(self) -> None:
        """Says that each revision is asked for again and again: what comes before the database is done once for all."""
        self._again = True

    @property
    def runs(self) -> bool:
        """Whether it can be asked more, though a migration was killed."""
        return self._process.runs

    def version_table(self) -> tuple[str | None, str] | None:
        """Schema and name of the table in which ``env.py`` keeps the version.

        Raises:
            MigrationError: ``env.py`` cannot be run.
        """
        try:
            answer = self._process.ask({"do": "version-table"})
        except Refusal as error:
            raise MigrationError(
                f"the env.py of {self._where} cannot be run: {self._place.retell(error.sentence)}; it gets the "
                "database by the release's env, or by url = under [migrations]"
            ) from None
        return (answer["schema"], answer["table"]) if "table" in answer else None

    def close(self) -> None:
        """Ends the child process."""
        self._process.close()


def ask_to_upgrade(process: MigrationProcess, revision: str, point: int, *, again: bool = False) -> bool:
    """Has a child move the schema, and kill itself at a point; see :class:`Migrator`.

    Args:
        process: The child.
        revision: Where to.
        point: Where it kills itself, from 1; 0 is nowhere.
        again: Whether the same is to be asked for again.

    Raises:
        MigrationFailedError: The migration failed.
    """
    try:
        process.ask({"do": "upgrade", "revision": revision, "kill_at": point, "again": again})
    except Refusal as error:
        if point and error.killed:
            return True
        raise MigrationFailedError(error.sentence, error.sqlstate, error.log, error.place) from None
    return False


class CommandMigrator:
    """Runs the user's own command for each step, where Alembic cannot be driven.

    Args:
        place: Where it runs.
        command: Command line with ``{revision}``.
        killable: Where it runs to be killed at a point.
        refusal: What PostgreSQL refused it last, where that is known.
    """

    def __init__(
        self,
        place: Workplace,
        command: str,
        killable: Callable[[int], Killable],
        refusal: Callable[[], SqlError | None] = lambda: None,
    ) -> None:
        self._place = place
        self._command = command
        self._killable = killable
        self._refusal = refusal

    def upgrade(self, revision: str) -> None:
        """Runs the command.

        Raises:
            MigrationFailedError: It ended with another status than 0.
        """
        run_command(self._fill(self._place, revision), self._place, self._failed)

    def upgrade_until_killed(self, revision: str, point: int) -> bool:
        """Does the same, and is killed at a point; see :class:`Migrator`."""
        if not point:
            self.upgrade(revision)
            return False
        with self._killable(point) as target:
            try:
                run_command(self._fill(target.place, revision), target.place, self._failed, started=target.kill_by)
            except MigrationFailedError:
                if not target.killed:
                    raise
            return target.killed

    def _failed(self, sentence: str, log: tuple[str, ...]) -> MigrationFailedError:
        """Why: PostgreSQL's reason where there is one, else what the program said last."""
        refused = self._refusal()
        if refused is not None:
            return MigrationFailedError(f"{sentence}: {refused.message}", refused.sqlstate, log)
        last = " ".join(" ".join(log[-1:]).split())
        return MigrationFailedError(f"{sentence}: {last}" if last else sentence, "", log)

    def _fill(self, place: Workplace, revision: str) -> str:
        return place.fill(self._command, revision=revision, replica="migrator")

    def version_table(self) -> tuple[str | None, str] | None:
        """Nothing is known of one."""
        return None

    def close(self) -> None:
        """Nothing runs between two commands."""


def run_command(
    command: str,
    place: Workplace,
    fail: Callable[[str, tuple[str, ...]], Exception],
    *,
    started: Callable[[Callable[[], None]], None] = lambda _: None,
) -> None:
    """Runs one command of a release to its end.

    Args:
        command: The command line.
        place: Where.
        fail: Makes the exception out of a sentence and the last lines of the log.
        started: Told how it is killed, as soon as it runs.
    """
    child = place.start(command)
    started(child.kill)
    try:
        status = child.popen.wait(MIGRATION_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        child.stop(0.0)
    if status is None:
        raise fail(f"'{command}' did not end within {MIGRATION_TIMEOUT_S:.0f} s", child.tail())
    if status != 0:
        raise fail(f"'{command}' ended with status {status}", child.tail())


def first_line(text: str) -> str:
    """The first line of a docstring, or nothing."""
    return text.partition("\n")[0]


def relative_path(path: str, root: Path) -> str:
    """A path below a release's source, as one relative to it; of another one, the name."""
    try:
        return str(Path(path).resolve().relative_to(root.resolve()))
    except ValueError:
        return Path(path).name
