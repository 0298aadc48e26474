"""Looks at a release whose source is a container image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.model.release import IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.settings import Migrations
    from harness.settings_source import KeyPath, Source

#: Begins a commit that is looked for, the end of which is a parenthesis.
_SOUGHT = re.compile(r"git:(tag|merge-base)\(")
#: As much of the grammar of references as tells them from something else; the engine knows the rest.
_REFERENCE = re.compile(r"[a-z0-9][A-Za-z0-9_.:/@-]*")
#: What makes or needs an interpreter of this machine; an image has its own.
_OF_A_FOLDER = ("environment", "setup", "requirements", "exclude_newer", "python_version", "preload")


def check_origin(source: Source, path: KeyPath, origin: str, given: Iterable[KeyPath]) -> None:
    """Refuses a source that cannot be rehearsed, and keys that mean nothing for an image.

    Args:
        source: The file, for what is to be said of it.
        path: Where its ``source`` stands.
        origin: The source.
        given: Keys of its own table; those of ``[release]`` may be meant for the other one.

    Raises:
        SettingsError: One of them.
    """
    if _SOUGHT.match(origin) and not origin.endswith(")"):
        raise source.refuse(path, f"'{origin}' does not end with its parenthesis: ) is missing, or too early")
    if not origin.startswith(IMAGE):
        return
    if not _REFERENCE.fullmatch(origin.removeprefix(IMAGE)):
        raise source.refuse(path, f"'{origin}' names no container image, as image:registry.example/app:1.2 does")
    for key in given:
        if key[-1] in _OF_A_FOLDER:
            raise source.refuse(key, "it means nothing for an image, which runs as it is: remove it")


def check_image_migrations(source: Source, migrations: Migrations, origins: Iterable[str]) -> None:
    """Refuses migrations by files that are read here, where a release is an image.

    Raises:
        SettingsError: They are.
    """
    if migrations.sql and any(origin.startswith(IMAGE) for origin in origins):
        raise source.refuse(
            ("migrations", "sql"),
            "the files are read from the releases' sources, and those of an image are inside it; name the code of both "
            "releases by path or git:REF, or run the files by steps and command",
        )
