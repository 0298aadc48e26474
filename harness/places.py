"""Where the migrations of a report stand in the folder of the repository."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.report.annotations import Place
from harness.report.lines import find_line

if TYPE_CHECKING:
    from harness.report.document import StepRecord

#: Folders in which no migration of the repository stands, though copies of some may.
_NOT_OURS = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "build", "dist"})
_LARGEST = 1_000_000


class Repository:
    """The files of a repository, as far as migrations may be among them.

    Args:
        root: Its folder: reports name files from there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._named = cache(self._walk)

    def find(self, step: StepRecord, words: str) -> Place | None:
        """The line of a migration; line 1 where its file is not found, or not the only one of that path.

        Args:
            step: Whose migration.
            words: What a finding says of it.
        """
        path = self._locate(step.file)
        if path is None:
            return Place(path=step.file) if not Path(step.file).is_absolute() else None
        shown = path.relative_to(self._root).as_posix()
        if path.stat().st_size > _LARGEST:
            return Place(path=shown)
        text = path.read_text(encoding="utf-8", errors="replace")
        told = " ".join([words, *step.changes])
        return Place(path=shown, line=find_line(text, told, is_python=path.suffix == ".py"))

    def _locate(self, file: str) -> Path | None:
        straight = self._root / file
        if straight.is_file() and straight.is_relative_to(self._root):
            return straight
        tail = Path(file).parts
        found = [path for path in self._named(Path(file).name) if path.parts[-len(tail) :] == tail]
        return found[0] if len(found) == 1 else None

    def _walk(self, name: str) -> tuple[Path, ...]:
        """Every file of a name; hidden folders and those of installed packages aside."""
        found = []
        for folder, folders, files in os.walk(self._root):
            folders[:] = [one for one in folders if one not in _NOT_OURS and not one.startswith(".")]
            if name in files:
                found.append(Path(folder) / name)
        return tuple(found)
