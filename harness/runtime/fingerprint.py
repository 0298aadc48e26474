"""Tells whether two folders hold the same code, wherever they lie: by the names of their files and what is in them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Files that mark a folder as a report: what pytest leaves there, and what ``rolldeploy merge`` writes.
REPORT_MARKS = frozenset({"events.ndjson", "rolldeploy.json"})
#: Folders of these are written by tools, and differ from machine to machine (:pep:`405`).
_MADE_MARKS = REPORT_MARKS | {"pyvenv.cfg"}
_MADE = frozenset({"__pycache__", "node_modules"})

#: More is no folder of code, and would take longer than what it is good for.
_MOST_FILES = 20_000
_MOST_BYTES = 200_000_000


def digest_code(root: Path, names: Iterable[str] | None) -> str | None:
    """A digest of the code in a folder; files that tools make are no part of it.

    Left out are hidden files and folders, ``__pycache__``, ``node_modules``, virtual environments and reports.

    Args:
        root: The folder.
        names: Of its files, relative to it, as far as they belong to the project; None takes all.

    Returns:
        SHA-256 in hexadecimal; None where there are too many files, or one of them cannot be read.
    """
    try:
        found = set(_walk(root, "") if names is None else _listed(root, names))
        if len(found) > _MOST_FILES or sum((root / name).stat().st_size for name in found) > _MOST_BYTES:
            return None
        whole = hashlib.sha256()
        for name in sorted(found):
            whole.update(hashlib.sha256(os.fsencode(name)).digest())
            with (root / name).open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    except OSError:
        return None
    return whole.hexdigest()


def leave_out_folders(names: Iterable[str], marks: frozenset[str]) -> list[str]:
    """Names of files, without those in a folder that one of them marks, or anywhere below it.

    Args:
        names: Relative, with slashes.
        marks: Names of files; those in the folder that all names are relative to mark nothing.
    """
    paths = [(name, PurePosixPath(name)) for name in names]
    marked = {path.parent for _, path in paths if path.name in marks} - {PurePosixPath()}
    return [name for name, path in paths if marked.isdisjoint(path.parents)]


def leave_out_made(names: Iterable[str]) -> list[str]:
    """Names of files, without those that tools make; the same that :func:`digest_code` leaves out.

    Args:
        names: Relative, with slashes.
    """
    return leave_out_folders(filter(_is_code, names), _MADE_MARKS)


def _listed(root: Path, names: Iterable[str]) -> Iterator[str]:
    for name in leave_out_made(names):
        place = root / name
        if place.is_file():  # one that was deleted is named as long as that is in no commit
            yield name
        elif place.is_dir() and not place.is_symlink():  # another repository, whose files git does not name
            yield from _walk(root, name)


def _walk(root: Path, below: str) -> Iterator[str]:
    """All files of code; a few more than too many at most."""
    count = 0
    for here, folders, files in os.walk(root / below):
        if Path(here) != root and not _MADE_MARKS.isdisjoint(files):
            folders.clear()
            continue
        folders[:] = filter(_is_code, folders)
        found = [Path(here, name) for name in filter(_is_code, files)]
        yield from (path.relative_to(root).as_posix() for path in found if path.is_file())
        count += len(found)
        if count > _MOST_FILES:
            return


def _is_code(name: str) -> bool:
    return not any(part.startswith(".") or part in _MADE for part in PurePosixPath(name).parts)
