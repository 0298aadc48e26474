"""Tells a folder in which somebody works on a release from one in which a commit is built: by what is in no commit."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.runtime.fingerprint import leave_out_made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Of these a new file is code wherever it lies: a module, or a migration that is Alembic's, Django's or plain SQL.
_CODE = frozenset({".py", ".sql"})
#: Whoever tests a release does not change it (pytest, "python_files", and its local plugins).
_TESTS = ("test_*.py", "*_test.py", "conftest.py")
#: Where pip puts packages that it installs, and setuptools the copy of a project that it builds, without being asked.
_INSTALLED = "site-packages"
_BUILT = ("build", "lib")


def is_worked_on(
    *, changed: Iterable[str], new: Iterable[str], tracked: Iterable[str], own: Collection[str], places: Collection[str]
) -> bool:
    """Whether something is in no commit that belongs to a release.

    A build leaves files as well: caches, results of tests, reports. So of the new files only those count that are code:
    Python or SQL, or of whatever kind lies in their folder already, as migrations in other languages do.

    Args:
        changed: Files of the commit that are others now, or are gone. All names are relative to one folder.
        new: Files that are in no commit, and not ignored.
        tracked: Files of the commit.
        own: Files that only the rehearsal reads.
        places: Folders in which commands leave what they write, so that a new file says nothing by its kind.
    """
    kinds = {(path.parent, path.suffix) for path in map(PurePosixPath, tracked) if str(path.parent) not in places}
    if any(name not in own and not _is_test(PurePosixPath(name)) for name in changed):
        return True
    paths = [PurePosixPath(name) for name in leave_out_made(new) if name not in own]
    return any(
        (path.suffix in _CODE or (path.parent, path.suffix) in kinds) and not _is_test(path) and not _is_built(path)
        for path in paths
    )


def _is_test(path: PurePosixPath) -> bool:
    return any(fnmatchcase(path.name, pattern) for pattern in _TESTS)


def _is_built(path: PurePosixPath) -> bool:
    folder, below = _BUILT
    pairs = zip(path.parts, path.parts[1:], strict=False)
    return _INSTALLED in path.parts or any(one == folder and two.startswith(below) for one, two in pairs)
