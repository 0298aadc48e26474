"""Django's migrations: the plan is Django's own, and each step is run by ``manage.py migrate APP NAME``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.errors import MigrationError
from harness.model.revision import History, Revision
from harness.runtime.migration_process import MigrationProcess, Refusal
from harness.runtime.migrator import ask_to_upgrade, first_line, relative_path
from harness.runtime.versions import DJANGO_TABLE

if TYPE_CHECKING:
    from harness.runtime.workplace import Workplace

#: What every project's ``manage.py migrate`` imports.
_PRELOAD = ("django.core.management", "django.db.migrations.executor", "django.db.backends.postgresql.base")


class DjangoMigrator:
    """Runs the project's ``manage.py`` in a process of its own for each step, as a deployment does.

    Args:
        place: Where it runs.
        script: Path of ``manage.py`` below the release's source.
    """

    def __init__(self, place: Workplace, script: str) -> None:
        self._script = script
        if place.image is None and not (place.root / script).is_file():
            raise MigrationError(
                f"there is no {script} in {place.where}: set django = under [migrations] to the path of manage.py "
                "below the release's source"
            )
        self._place = place if place.preload else replace(place, preload=_PRELOAD, strict=False)

    def history(self) -> History:
        """All migrations of all installed apps, as ``app.name``, in the order in which Django would run them.

        Raises:
            MigrationError: Django cannot load them, or would not run them.
        """
        process = self._start()
        try:
            answer = process.ask({"do": "history"})
        except Refusal as error:
            raise MigrationError(
                f"Django cannot read the migrations by {self._script} in {self._place.where}: "
                f'{self._place.retell(error.sentence)}; run "python manage.py showmigrations" {self._place.there} to '
                "see it"
            ) from None
        finally:
            process.close()
        for app, names in answer["conflicts"].items():
            raise MigrationError(
                f"the app {app} in {self._place.where} ends with {len(names)} migrations ({', '.join(names)}): merge "
                'them with "python manage.py makemigrations --merge"'
            )
        return History(
            revisions=tuple(
                Revision(
                    id=item["id"],
                    down=tuple(item["down"]),
                    doc=first_line(item["doc"]),
                    path=relative_path(item["path"], self._place.folder),
                    mark=item["mark"],
                    replaces=tuple(item["replaces"]),
                )
                for item in answer["revisions"]
            ),
            heads=tuple(answer["heads"]),
        )

    def upgrade(self, revision: str) -> None:
        """Runs ``migrate APP NAME``; for ``head``, ``migrate``.

        Raises:
            MigrationFailedError: It failed.
        """
        self.upgrade_until_killed(revision, 0)

    def upgrade_until_killed(self, revision: str, point: int) -> bool:
        """Does the same, and is killed at a point; see :class:`Migrator`."""
        process = self._start()
        try:
            return ask_to_upgrade(process, revision, point)
        finally:
            process.close()

    def version_table(self) -> tuple[str | None, str] | None:
        """Django's own."""
        return None, DJANGO_TABLE

    def close(self) -> None:
        """Nothing runs between two steps."""

    def _start(self) -> MigrationProcess:
        return MigrationProcess(self._place, "django_child.py", {"manage": str(self._place.folder / self._script)})
