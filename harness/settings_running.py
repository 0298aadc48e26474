"""Looks at a release that runs already: where that is, what it is connected to, what is not rehearsed with it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.release import RUNNING, ReleaseName, Running

if TYPE_CHECKING:
    from harness.model.settings import Migrations, Settings
    from harness.settings_source import KeyPath, Source
    from harness.settings_tables import ReleaseTable

#: Scheme, host and port; the rest would be a path, and journeys have their own.
_ADDRESS = re.compile(r"http://(?P<host>[^/:\[\]]+|\[[^\]]*\]):(?P<port>[0-9]{1,5})/?")
#: A rehearsal writes into the application: it must never come to that of production by a slip.
_LOOPBACK = ("127.0.0.1", "localhost")
_HIGHEST_PORT = 65535
#: What PostgreSQL takes for a name without a word (NAMEDATALEN is 64), but for those that are its own.
_NAME = re.compile(r"(?!pg_)(?!(public|none|postgres|template0|template1)$)[A-Za-z_][A-Za-z0-9_$-]{0,62}")
#: What it is connected to, each with an example.
_CONNECTED = {"database": "app", "role": "app_login", "revision": "4c1b0e6f2a77"}
#: What else means something for it.
_KNOWN = (*_CONNECTED, "source", "ready", "live", "start_timeout_s")
_INSTEAD = "name its code (a path, git:REF), its package (pypi:NAME==VERSION) or its image (image:REF)"


def read_running(source: Source, heading: KeyPath, own: ReleaseTable, path: KeyPath, origin: str) -> Running:
    """Where a release runs already, and what it is connected to.

    Args:
        source: The file, for what is to be said of it.
        heading: Where the release's own table stands.
        own: That table.
        path: Where its ``source`` stands.
        origin: The source.

    Raises:
        SettingsError: It is not the old one of two releases, is not on this machine, or something is missing.
    """
    if heading != (ReleaseName.OLD,):
        what = "a release of a chain" if heading != (ReleaseName.NEW,) else "the new release, whose migrations are run,"
        raise source.refuse(path, f"'{origin}' already runs, and {what} has to be started: {_INSTEAD}")
    match = _ADDRESS.fullmatch(origin.removeprefix(RUNNING))
    if match is None or not 0 < int(match["port"]) <= _HIGHEST_PORT:
        raise source.refuse(path, f"'{origin}' is no address like {RUNNING}http://127.0.0.1:8000")
    if match["host"] not in _LOOPBACK:
        raise source.refuse(
            path,
            f"'{match['host']}' may be another machine, and a rehearsal writes into the application: it has to run on "
            f"this one, at {' or '.join(_LOOPBACK)}",
        )
    for key in source.table(heading):
        if key not in _KNOWN:
            raise source.refuse((*heading, key), "it means nothing for a release that runs already: remove it")
    given = {key: getattr(own, key, None) for key in _CONNECTED}
    for key, example in _CONNECTED.items():
        if not given[key]:
            sentence = f'it runs already, and nothing is said of its {key}: add e.g. {key} = "{example}" under [old]'
            raise source.refuse(path, sentence)
        if key != "revision" and not _NAME.fullmatch(given[key] or ""):
            raise source.refuse(
                (*heading, key), f"'{given[key]}' cannot be the {key} of an application: like {example}"
            )
    return Running(port=int(match["port"]), **{key: value or "" for key, value in given.items()})


def refuse_running_keys(source: Source, heading: KeyPath) -> None:
    """Refuses what means something for a release that runs already alone.

    Raises:
        SettingsError: It is given.
    """
    for key in source.table(heading):
        if key in _CONNECTED:
            raise source.refuse(
                (*heading, key), f"it is of a release that runs already: remove it, or say source = {RUNNING}ADDRESS"
            )


def check_running(source: Source, settings: Settings) -> Settings:
    """Refuses what cannot be rehearsed with an old release that runs already; there is one replica of it.

    Args:
        source: The file, for what is to be said of it.
        settings: All of them.

    Raises:
        SettingsError: Something of that is asked for.
    """
    if settings.old.running is None:
        return settings
    told = "with an old release that runs already"
    for key in _other_ways(settings.migrations):
        raise source.refuse(("migrations", key), f"{told} the migrations have to be Alembic's: {_INSTEAD}")
    if settings.tasks:
        raise source.refuse(("task", "1"), f"{told} no one-off task is rehearsed: {_INSTEAD}")
    if settings.app_role.restricted:
        raise source.refuse(("database", "app_role"), f"{told} its own role acts as the owner of the tables: remove it")
    replicas = source.get(("strategy", "replicas"))
    if replicas is not None and settings.strategy.replicas != 1:
        raise source.refuse(("strategy", "replicas"), f"{told} there is one old replica: say replicas = 1")
    return replace(settings, strategy=replace(settings.strategy, replicas=1))


def _other_ways(migrations: Migrations) -> list[str]:
    """Keys of ways to move the schema that are none of Alembic's."""
    ways = {
        "command": migrations.command,
        "sql": migrations.sql,
        "python": migrations.python,
        "django": migrations.django,
    }
    return [key for key, way in ways.items() if way is not None]
