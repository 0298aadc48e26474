"""Alembic, for ``migration_child.py``: tells its history and moves the schema.

The process lives as long as the rehearsal, since an interpreter's start costs about a second. It forks for each
request: a migration may declare a class on the application's own ``Base``, which works once in an interpreter.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import importlib.util
import os
import re
import signal
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command, context
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionMap
from sqlalchemy import event
from sqlalchemy.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Statements that leave nothing behind when they are killed, or when they are not.
_HARMLESS = re.compile(r"\s*(select|show|set|reset|begin|explain)\b", re.IGNORECASE)

#: Where what is installed lies.
_LIBRARIES = tuple({sysconfig.get_path(kind) + os.sep for kind in ("stdlib", "platstdlib", "purelib", "platlib")})
#: What is there before anything is asked.
_AT_START = frozenset(sys.modules)
#: Those that ``env.py`` has connected by.
_ENGINES: set[Engine] = set()
# SQLAlchemy before 2.0 tells whether it is a branch, too.
event.listen(Engine, "engine_connect", lambda connection, *_: _ENGINES.add(connection.engine))


class _Killer:
    """Ends this process at a chosen point of a migration: before it commits, or between statements that commit alone.

    Args:
        request: Says in ``kill_at`` which of them, from 1; a migration that has fewer comes to its end. It may be
            another one by the time that the migration begins.
    """

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._reached = 0
        self._pending = False
        self._committed = False

    def __enter__(self) -> None:
        event.listen(Engine, "before_cursor_execute", self._executes)
        event.listen(Engine, "after_cursor_execute", self._executed)
        event.listen(Engine, "commit", self._commits)

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._executes)
        event.remove(Engine, "after_cursor_execute", self._executed)
        event.remove(Engine, "commit", self._commits)

    def _executes(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """Between a commit and a statement that commits by itself; before another commit nothing else is there."""
        if self._committed and not _HARMLESS.match(statement):
            self._committed = False
            if _commits_alone(connection):
                self._reach()

    def _executed(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _HARMLESS.match(statement):
            return
        if _commits_alone(connection):
            self._reach()
        else:
            self._pending = True

    def _commits(self, _connection: Any) -> None:
        if self._pending:
            self._pending = False
            self._reach()
            self._committed = True

    def _reach(self) -> None:
        self._reached += 1
        if self._reached == self._request["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)
            # The first process of a container cannot be killed from inside (pid_namespaces(7)).
            os._exit(128 + signal.SIGKILL)


def _commits_alone(connection: Any) -> bool:
    return bool(connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT")


def answer(request: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Does what is asked.

    Args:
        request: What, in ``do``, and its arguments.
        options: Alembic's.
    """
    config = _config(options)
    match request["do"]:
        case "history":
            return _history(ScriptDirectory.from_config(config))
        case "upgrade":
            with _Killer(request):
                command.upgrade(config, request["revision"])
            return {}
        case "version-table":
            return _version_table(config)
        case unknown:
            raise ValueError(unknown)


def _config(options: dict[str, Any]) -> Config:
    """As Alembic's own command line makes it; a new one for each request, since ``env.py`` may write into it."""
    section = options["section"]
    arguments = argparse.Namespace(x=options["x"] or None)
    config = Config(_find(options["ini"], section), ini_section=section, cmd_opts=arguments)
    url = os.environ.get("ROLLDEPLOY_SQLALCHEMY_URL")  # holds a password, which a command line would show
    if url:
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def _find(ini: str, section: str) -> str:
    """The path of an ``alembic.ini``; for ``package:NAME/PATH`` that of a package, which is not imported for it.

    Paths in the file are relative to the working folder (Alembic's tutorial, "Editing the .ini File"). Who wrote it ran
    Alembic beside it, or above the package, in what was its repository: the nearest folder that has the scripts.
    """
    place, _, below = ini.partition(":")
    if place != "package":
        if not Path(ini).is_file():
            raise FileNotFoundError(f"there is no {ini}: correct alembic = under [migrations]")
        return ini
    name, _, inner = below.partition("/")
    found = importlib.util.find_spec(name)
    for folder in (found.submodule_search_locations if found else None) or ():
        path = Path(folder, inner).absolute()
        if path.is_file():
            scripts = Config(str(path), ini_section=section).get_main_option("script_location", ".")
            above = path.parents[: len(Path(inner).parents) + 1]
            os.chdir(next((place for place in above if (place / scripts).is_dir()), path.parent))
            return str(path)
    raise FileNotFoundError(f"there is no {inner} in a package {name}: correct alembic = under [migrations]")


def _history(script: ScriptDirectory) -> dict[str, Any]:
    twice = _find_twice(script)
    if twice:
        return {"twice": twice}
    revisions = [
        {
            "id": revision.revision,
            "down": _parents(revision.down_revision),
            "doc": (revision.doc or "").strip(),
            "path": revision.path,
            "mark": _mark(revision),
        }
        for revision in script.walk_revisions("base", "heads")
    ]
    return {"revisions": revisions[::-1], "heads": list(script.get_heads())}


def _find_twice(script: ScriptDirectory) -> dict[str, list[str]]:
    """Files by the id that several of them have: of these Alembic keeps the last, and only warns.

    It walks nothing, since such a graph is often past walking. Each file is read once: a migration may declare a class
    on the application's own ``Base``.
    """
    found: dict[str, set[str]] = {}

    def read() -> Iterator[Any]:
        for revision in script._load_revisions():  # noqa: SLF001  nobody else tells of both files
            found.setdefault(revision.revision, set()).add(revision.path)
            yield revision

    script.revision_map = RevisionMap(read)
    script.get_heads()
    return {id_: sorted(paths) for id_, paths in found.items() if len(paths) > 1}


def _mark(revision: Any) -> str:
    """When it is to be run, as far as it says so itself."""
    said = getattr(revision.module, "rolldeploy", "")
    if said:
        return str(said)
    labels = set(revision.branch_labels)
    return "after" if "contract" in labels else "before" if "expand" in labels else ""


def _parents(down: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [] if down is None else [down] if isinstance(down, str) else list(down)


def _version_table(config: Config) -> dict[str, Any]:
    """Runs ``env.py`` with nothing to do, to find out where it keeps the version."""
    seen: dict[str, Any] = {}

    def look(_rev: Any, context: Any) -> list[Any]:
        seen.update(table=context.version_table, schema=context.version_table_schema)
        return []

    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=look):
        script.run_env()
    return seen


def place(error: BaseException) -> str:
    """The migration in whose code an error came up: ``0001 (0001_rooms.py, line 12)``; else the empty string."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        names = frame.f_globals
        if "down_revision" in names and isinstance(names.get("revision"), str):
            found = f"{names['revision']} ({Path(frame.f_code.co_filename).name}, line {line})"
    return found


def rest() -> None:
    """Ends sessions that ``env.py`` left in a pool: a command line would have ended with its process.

    An asynchronous engine's connections belong to an event loop that is gone; they are dropped, not closed.
    """
    for engine in _ENGINES:
        engine.dispose(close=not engine.dialect.is_async)
    _ENGINES.clear()


def learn() -> list[str]:
    """Names of the libraries that are imported here, none where threads or connections of theirs go on.

    Modules of the application are left out: they may want to be imported by an ``env.py`` that has set them up.
    """
    gc.collect()
    try:
        threads = len(list(Path("/proc/self/task").iterdir()))
        tied = threads > 1 or any(map(_is_socket, Path("/proc/self/fd").iterdir()))
    except OSError:
        return []  # it cannot be told
    fresh = [item for item in sys.modules.items() if item[0] not in _AT_START]
    return [] if tied else [name for name, module in fresh if _is_library(module)]


def warm(names: list[str], options: dict[str, Any]) -> None:
    """Imports libraries that every fork would import.

    Args:
        names: As a fork has learned them.
        options: Alembic's; the package that the migrations belong to is the application.
    """
    own = options["ini"].removeprefix("package:").partition("/")[0]
    for name in names:
        if name.partition(".")[0] != own:
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)
    gc.freeze()


def stop_at(stand: Callable[[], None]) -> None:
    """Has a function called once, before ``env.py`` connects: the application is imported by then, and all revisions.

    Args:
        stand: It may come back in another process.
    """
    waits = [stand]

    def connects(*_: Any) -> None:
        if waits:
            waits.pop()
            # A long history takes longer to read than all else; what is wrong with it is told where Alembic reads it.
            with contextlib.suppress(Exception, SystemExit):
                context.script.get_heads()  # the one that the migration will be looked up in
            stand()

    event.listen(Engine, "do_connect", connects)


def _is_socket(descriptor: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(descriptor.readlink()).startswith("socket:")
    return False


def _is_library(module: Any) -> bool:
    origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
    return origin.startswith(_LIBRARIES) and sys.modules.get(module.__spec__.name) is module
