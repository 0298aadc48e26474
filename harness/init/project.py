"""The files of a project that tell how it is run, as texts; read once, looked at often."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: More is not looked at: a project is told by its first files, and generated ones tell nothing.
_MOST_FILES = 3000
_MOST_BYTES = 300_000
_SUFFIXES = {".py", ".ini", ".toml", ".yaml", ".yml", ".txt", ".cfg", ".sql"}
_NAMES = ("Procfile", "Dockerfile", ".env")
_SKIPPED = {"node_modules", "site-packages", "__pycache__", "build", "dist", "venv", "env"}
_NOT_SERVED = {"tests", "test", "docs", "examples", "example", "scripts"}


@dataclass(frozen=True)
class Project:
    """A project's files.

    Args:
        files: Texts by path, with ``/``, relative to the project.
    """

    files: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def modules(self) -> Mapping[str, ast.Module]:
        """The parsed files of the application: Python, and neither tests nor documentation."""
        found = {}
        for path in self.files:
            pure = PurePosixPath(path)
            if pure.suffix != ".py" or _NOT_SERVED & set(pure.parts[:-1]):
                continue
            if pure.name.startswith("test_") or pure.name in {"conftest.py", "setup.py"}:
                continue
            try:
                found[path] = ast.parse(self.files[path])
            except (SyntaxError, ValueError):  # written for another Python: it tells nothing here
                continue
        return found

    @cached_property
    def imported(self) -> frozenset[str]:
        """The packages that the application imports."""
        return frozenset(name for tree in self.modules.values() for name in _imports(tree))

    def named(self, name: str) -> list[str]:
        """Paths of the files of a name, those nearest to the top first."""
        return sorted((path for path in self.files if PurePosixPath(path).name == name), key=_depth)

    def with_suffix(self, *suffixes: str) -> list[str]:
        """Paths of the files of a kind, those nearest to the top first."""
        return sorted((path for path in self.files if PurePosixPath(path).suffix in suffixes), key=_depth)

    def requires(self, package: str) -> bool:
        """Whether a file of requirements names a package, or a module imports it."""
        texts = [self.files[path] for path in self.with_suffix(".toml", ".txt", ".cfg")]
        return package in self.imported or any(package in text.lower() for text in texts)


def read_project(folder: Path) -> Project:
    """Reads the files of a folder; environments, hidden folders and whatever is large are passed over."""
    files: dict[str, str] = {}
    for path in _walk(folder):
        if len(files) == _MOST_FILES:
            break
        wanted = path.suffix in _SUFFIXES or path.name.startswith(_NAMES)
        if wanted and path.stat().st_size <= _MOST_BYTES:
            files[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return Project(files)


def _walk(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        kept = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        folders[:] = sorted(name for name in kept if not (Path(top) / name / "pyvenv.cfg").is_file())
        yield from (path for name in sorted(names) if (path := Path(top) / name).is_file())


def module_name(path: str) -> str:
    """The module that a file is, where the project, or its folder ``src``, comes first on ``PYTHONPATH``."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[1:] if parts[0] == "src" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def call_name(node: ast.expr) -> str:
    """The last name of what is called: ``FastAPI`` of ``fastapi.FastAPI(...)``; empty where nothing is."""
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
        case _:
            return ""


def text_of(node: ast.expr | None) -> str | None:
    """The text of a literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of an argument by its name."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module)):
                found.add(module.partition(".")[0])
            case _:
                pass
    return found


def _depth(path: str) -> tuple[int, str]:
    return path.count("/"), path
