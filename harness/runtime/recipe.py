"""What the environment of a release is made of: the commands, and what they read, as a value that has a digest."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import sys
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import SourceError
from harness.runtime.uv import strip_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.model.release import Environment
    from harness.runtime.sources import Source

#: Grows when the same recipe would be made into another environment.
_FORMAT = 1
_DIGEST_LENGTH = 20
#: Where uv takes packages from: another index may have other ones of the same name.
_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
#: What a command of the user's own may read, besides the code.
_DEPENDENCY_FILES = (
    "uv.lock",
    "pylock.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements*.txt",
    "requirements/*.txt",
    "constraints*.txt",
)
#: Tables of a ``pyproject.toml`` that say what is installed; edits elsewhere make no other environment.
_PROJECT_TABLES = ("project", "build-system", "dependency-groups")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An environment that can be made, and found again by its digest.

    Args:
        python: What uv makes it with: a version, or the path of an interpreter.
        commands: Words of each command that fills it, in order.
        inputs: Digests of the files that they read, by name.
        exclude_newer: Nothing is installed that was published later; None takes the newest.
        index: Where packages come from, by the variables that say so, without credentials.
        own_pip: Whether it has a ``pip`` of its own, which a user's command may call.
        platform: What it runs on.
    """

    python: str
    commands: tuple[tuple[str, ...], ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    exclude_newer: str | None = None
    index: Mapping[str, str] = field(default_factory=dict)
    own_pip: bool = False
    platform: str = f"{sys.platform}-{platform.machine()}"

    @property
    def digest(self) -> str:
        """Its name in the cache."""
        text = json.dumps([_FORMAT, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def read_recipe(environment: Environment, source: Source, python: str) -> Recipe:
    """Looks at what a source has, and says how its environment is made.

    It is the first of these: the commands of ``setup``, ``uv.lock``, ``pylock.toml``, ``requirements.txt`` or the only
    ``requirements*.txt``, ``pyproject.toml``. The release's own code is not installed: it comes from the source.

    Args:
        environment: What the settings say.
        source: A folder, or a package.
        python: The interpreter that it is made with, where neither settings nor source ask for a version.

    Raises:
        SourceError: The source has nothing of all that.
    """
    extra = environment.requirements
    if source.package is not None:
        commands, inputs = [_install(source.package, *extra)], dict[str, str]()
    else:
        commands, inputs = _from_folder(environment, source)
        commands += [_install(*extra)] if extra else []
    if environment.setup and source.commit:
        inputs["commit"] = source.commit
    return Recipe(
        # Environments of one interpreter serve as well, whichever of its own environments pytest runs in.
        python=environment.python_version or _pinned(source) or str(Path(python).resolve()),
        commands=tuple(commands),
        inputs=inputs,
        exclude_newer=environment.exclude_newer,
        index={name: strip_credentials(os.environ[name]) for name in _INDEX_VARIABLES if os.environ.get(name)},
        own_pip=any("pip" in words and words[0] != "uv" for words in commands),
    )


def _from_folder(environment: Environment, source: Source) -> tuple[list[tuple[str, ...]], dict[str, str]]:
    root = source.root
    if environment.setup:
        return [_split(command) for command in environment.setup], dict(_digests(root, *_DEPENDENCY_FILES))
    if (root / "uv.lock").is_file():
        # What lies in the source itself is not copied into an environment that outlives it.
        sync = ("uv", "sync", "--frozen", "--no-dev", "--no-install-local")
        return [sync], dict(_digests(root, "uv.lock", "pyproject.toml"))
    if (root / "pylock.toml").is_file():
        return [("uv", "pip", "sync", "pylock.toml")], dict(_digests(root, "pylock.toml"))
    listed = sorted(path.name for path in root.glob("requirements*.txt"))
    if "requirements.txt" in listed or len(listed) == 1:
        chosen = "requirements.txt" if "requirements.txt" in listed else listed[0]
        read = _digests(root, "requirements*.txt", "requirements/*.txt", "constraints*.txt")
        return [("uv", "pip", "install", "--requirements", chosen)], dict(read)
    if listed:
        raise SourceError(
            f"the source '{source.description}' has {', '.join(listed)} and no requirements.txt: "
            f'say which, by setup = ["uv pip install -r {listed[0]}"]'
        )
    if (root / "pyproject.toml").is_file():
        return [("uv", "pip", "install", "--requirements", "pyproject.toml")], dict(_digests(root, "pyproject.toml"))
    raise SourceError(
        f"the source '{source.description}' has no uv.lock, pylock.toml, requirements.txt or pyproject.toml to make an "
        'environment from: say how by setup = ["..."], or name an interpreter by python ='
    )


def _install(*requirements: str) -> tuple[str, ...]:
    return ("uv", "pip", "install", "--", *requirements)


def _split(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise SourceError(
            f"the setup command '{command}' cannot be read: {error}; correct it in the settings"
        ) from None
    if not words:
        raise SourceError("a setup command is empty: correct setup = in the settings")
    return words


def _pinned(source: Source) -> str | None:
    """The version that a source asks for, as uv and pyenv read it; a folder of packages has none."""
    file = source.root / ".python-version"
    lines = file.read_text(encoding="utf-8").split() if source.package is None and file.is_file() else []
    return lines[0] if lines else None


def _digests(root: Path, *patterns: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file():
                content = _installed_by(path) if path.name == "pyproject.toml" else path.read_bytes()
                yield str(path.relative_to(root)), hashlib.sha256(content).hexdigest()


def _installed_by(project: Path) -> bytes:
    """As much of a ``pyproject.toml`` as says what is installed; all of one that uv will refuse."""
    content = project.read_bytes()
    try:
        data: dict[str, Any] = tomllib.loads(content.decode())
    except ValueError:
        return content
    tables = {name: data.get(name) for name in _PROJECT_TABLES}
    tool = data.get("tool")
    return json.dumps(
        [tables, tool.get("uv") if isinstance(tool, dict) else None], default=str, sort_keys=True
    ).encode()
