"""How PostgreSQL is run by root: it refuses to, so its programs run as a user who may do nothing."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from harness.errors import PostgresError
from harness.runtime.reaper import Folder

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

# `nobody` comes first: as `postgres` a server of ours could reach the files of the machine's real one.
CANDIDATES = ("nobody", "postgres")
# A rehearsal of 100 steps keeps some 100 databases of 8 MB and 1 GB of write-ahead log; a full /dev/shm stops the
# server, so there must be several times that. Most containers have 64 MB there, and get the disk.
MEMORY_ROOM_BYTES = 4 << 30
# What a server needs of an installation; headers, static libraries and documentation stay where they are.
_SKIPPED = shutil.ignore_patterns("*.a", "include", "doc", "man", "pgxs", "pkgconfig")


@dataclass(frozen=True)
class RunAs:
    """The account that PostgreSQL's programs run under.

    Args:
        uid: user id; None means the account that runs pytest.
        gid: group id.
    """

    uid: int | None = None
    gid: int | None = None

    def spawn_options(self) -> dict[str, Any]:
        """Give what `subprocess.run` needs to start a program under this account."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make a file or folder belong to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Say whether this account can pass through every folder down to a path.

        Args:
            path: the path; read from its mode bits alone, so an access list that allows more counts as "no".
        """
        if self.uid is None:
            return True
        for folder in (path, *path.parents):
            status = folder.stat()
            owner = status.st_uid == self.uid
            if not status.st_mode & (stat.S_IXUSR if owner else stat.S_IXOTH):
                return False
        return True


def choose_account() -> RunAs:
    """Choose the account for PostgreSQL's programs.

    Raises:
        PostgresError: pytest runs as root and the machine knows no account without rights.
    """
    if os.geteuid() != 0:
        return RunAs()
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL does not run as root, and this machine has neither a user 'nobody' nor 'postgres'; "
        "run pytest as another user"
    )


def choose_data_parent(account: RunAs) -> Path:
    """Choose the folder under which a data directory is made: in memory where there is plenty.

    Copying a database of 60 tables takes 10 to 20 ms there, each time. On disk it takes 20 ms on a quiet machine and
    180 ms on a busy one, though fsync is off: making 1000 files waits for the file system's journal.

    Args:
        account: who must be able to reach it.

    Raises:
        PostgresError: there is none.
    """
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp follows
    if memory.is_dir() and os.access(memory, os.W_OK) and account.reaches(memory):
        room = min(shutil.disk_usage(memory).free, psutil.virtual_memory().available)
        if room >= MEMORY_ROOM_BYTES:
            return memory
    return choose_disk_parent(account)


def choose_disk_parent(account: RunAs) -> Path:
    """Choose a temporary folder on disk.

    Args:
        account: who must be able to reach it.

    Raises:
        PostgresError: there is none.
    """
    candidates = [Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - mkdtemp follows
    for folder in candidates:
        if folder.is_dir() and os.access(folder, os.W_OK) and account.reaches(folder):
            return folder
    raise PostgresError(
        "PostgreSQL does not run as root, and its unprivileged user cannot reach the temporary folder "
        f"{candidates[0]}; set TMPDIR to a folder that everybody may pass through"
    )


def provide_programs(bindir: Path, account: RunAs, session: Session) -> Path:
    """Give the folder with PostgreSQL's programs such that an account can run them.

    A virtual environment below /root, or in any other closed folder, is out of reach for the unprivileged user. Then
    the installation is copied (some 35 MB, 0.1 s): its programs find libraries and data relative to themselves.

    Args:
        bindir: the programs as installed.
        account: who must run them.
        session: what removes a copy.

    Raises:
        PostgresError: no folder for a copy is in reach either.
    """
    if all(account.reaches((bindir / program).resolve()) for program in ("initdb", "postgres")):
        return bindir
    # On disk, for /dev/shm is often mounted such that nothing in it can be executed.
    folder = Path(tempfile.mkdtemp(prefix="rolldeploy-programs-", dir=choose_disk_parent(account)))
    session.record(Folder(folder))
    account.give(folder)
    root = bindir.resolve().parent
    package = root.parent
    copy = folder / package.name / root.name
    shutil.copytree(root, copy, symlinks=True, ignore=_SKIPPED)
    # auditwheel puts the libraries that the programs share beside the package, which they find as
    # $ORIGIN/../../../<package>.libs; so the copy keeps that shape.
    shared = package.with_name(f"{package.name}.libs")
    if shared.is_dir():
        shutil.copytree(shared, folder / shared.name, symlinks=True)
    for made in (copy.parent, *copy.parent.rglob("*")):
        if made.is_dir() and not made.is_symlink():
            made.chmod(0o755)
    return copy / bindir.name
