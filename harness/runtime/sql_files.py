"""Migrations that are plain SQL files: which of them are the steps, and how one is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg

from harness.errors import MigrationError
from harness.model.revision import Revision
from harness.model.statement import split_statements
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.postgres import connect_as

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.runtime.postgres import Server

#: First line of a file whose statements are sent one at a time.
_ALONE = re.compile(r"--\s*rolldeploy:\s*no-transaction\s*$", re.IGNORECASE)


def read_files(root: Path, folder: str) -> dict[str, Path]:
    """The SQL files of a release in the order of their names, by name without suffix.

    Args:
        root: The release's source.
        folder: Theirs, below it.
    """
    return {path.stem: path for path in sorted((root / folder).glob("*.sql"))}


def plan_files(old: Path, new: Path, folder: str, where: str = "") -> tuple[Revision, ...]:
    """The files that the new release has and the old one has not, as steps.

    Args:
        old: The old release's source.
        new: The new release's.
        folder: Theirs, below each.
        where: What the new release's source is called in a message; its path, where nothing else is said.

    Raises:
        MigrationError: There is none at all, or one that the old release has was edited or removed.
    """
    before, after = read_files(old, folder), read_files(new, folder)
    if not after:
        place = f"{folder} in {where}" if where else new / folder
        raise MigrationError(f"there is no *.sql file in {place}: correct sql = under [migrations]")
    for name, path in before.items():
        if name not in after or after[name].read_bytes() != path.read_bytes():
            done = "edited" if name in after else "removed"
            raise MigrationError(
                f"{folder}/{path.name} was {done} between the releases, though it has been run where the old one is: "
                "put it back as it was, and write the change into a new file"
            )
    return tuple(Revision(id=name, path=f"{folder}/{path.name}") for name, path in after.items() if name not in before)


class SqlMigrator:
    """Sends one file at a time, each on a connection of its own; which ones were sent is known by who asks.

    Args:
        files: By name.
        server: Where.
        login: User, password, host, port and database.
    """

    def __init__(self, files: Mapping[str, Path], server: Server, login: Mapping[str, str]) -> None:
        self._files = files
        self._server = server
        self._login = login

    def upgrade(self, revision: str) -> None:
        """Sends a file.

        Raises:
            MigrationFailedError: PostgreSQL refused it.
        """
        self.upgrade_until_killed(revision, 0)

    def upgrade_until_killed(self, revision: str, point: int) -> bool:
        """Does the same, and breaks off before the commit, or behind a statement that was sent alone."""
        try:
            text = self._files[revision].read_text(encoding="utf-8-sig")
            first, _, rest = text.partition("\n")
            alone = bool(_ALONE.match(first.rstrip()))
            with connect_as(self._server, self._login, autocommit=alone) as connection:
                for number, statement in enumerate(split_statements(rest) if alone else [text], start=1):
                    connection.execute(statement.encode())  # bytes go as they are, several statements too
                    if number == point:
                        connection.close()  # what was not committed is gone, as with a process that was killed
                        return True
        except psycopg.Error as error:
            message = " ".join(str(error).split())
            raise MigrationFailedError(f"{type(error).__name__}: {message}", error.sqlstate or "", ()) from None
        except (OSError, UnicodeDecodeError) as error:
            raise MigrationFailedError(f"{revision}.sql cannot be read: {error}", "", ()) from None
        return False

    def version_table(self) -> tuple[str | None, str] | None:
        """There is none: a table of ours would change the user's database."""
        return None

    def close(self) -> None:
        """Nothing runs between two files."""
