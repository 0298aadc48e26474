"""The folders of a rehearsal: one of each process's own, and one beside each database, which both releases share."""

from __future__ import annotations

import shutil
from pathlib import Path


class Folders:
    """Makes them, and removes them with the rehearsal.

    What releases share belongs to the database that they are connected to: it is copied, removed and renamed with it,
    so that a row and the file that it names come and go together, and tracks that run side by side do not meet.

    Args:
        root: Where.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def private(self, who: str) -> Path:
        """An empty folder of a process's own; what was there is gone."""
        folder = self._root / "private" / who
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        return folder

    def shared(self, database: str) -> Path:
        """What all processes share that are connected to a database."""
        folder = self._root / "shared" / database
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def copy(self, source: str, target: str) -> None:
        """Gives a database what another one's processes share; files of a special kind, as sockets, are left out."""
        self.drop(target)
        try:
            shutil.copytree(self.shared(source), self._root / "shared" / target, symlinks=True, ignore=_special)
        except shutil.Error as error:  # one for each file; a process may remove some while they are copied
            if any(Path(path).exists() for path, *_ in error.args[0]):
                raise

    def drop(self, database: str) -> None:
        """Removes what is shared there; harmless where there is nothing."""
        shutil.rmtree(self._root / "shared" / database, ignore_errors=True)

    def rename(self, source: str, target: str) -> None:
        """Gives what is shared there to another name."""
        self.drop(target)
        self.shared(source).rename(self._root / "shared" / target)

    def close(self) -> None:
        """Removes all of them."""
        shutil.rmtree(self._root, ignore_errors=True)


def _special(folder: str, names: list[str]) -> list[str]:
    """Those of the names that are neither file nor folder nor link."""
    paths = [Path(folder, name) for name in names]
    return [path.name for path in paths if not (path.is_symlink() or path.is_dir() or path.is_file())]
