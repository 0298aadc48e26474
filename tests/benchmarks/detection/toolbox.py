"""A virtual environment with the tools that are compared, at pinned versions, apart from the project's own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: What is compared.
PINS = ("squawk-cli==2.70.0", "alembic-migration-linter==0.1.4", "pytest-alembic==0.13.1")
#: What migrations and ``env.py`` need beside them, as the rehearsals had it.
_SHARED = ("alembic", "sqlalchemy", "psycopg", "psycopg-binary", "pytest")


@dataclass(frozen=True)
class Toolbox:
    """Where the tools are.

    Args:
        folder: The virtual environment.
    """

    folder: Path

    def program(self, name: str) -> str:
        """The path of a command."""
        return str(self.folder / "bin" / name)


def make_toolbox(cache: Path) -> Toolbox:
    """Makes the environment, or takes the one that is there if it has the same pins.

    Args:
        cache: A folder that may be kept between runs.
    """
    folder, stamp = cache / "tools", cache / "tools.txt"
    pins = [*PINS, *(f"{name}=={version(name)}" for name in _SHARED)]
    text = "\n".join(pins)
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != text:
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins]
        subprocess.run(install, check=True, stdout=sys.stderr)
        stamp.write_text(text, encoding="utf-8")
    return Toolbox(folder)
