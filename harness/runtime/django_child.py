"""Django, for ``migration_child.py``: its plan, and ``migrate`` by the project's own ``manage.py``."""

from __future__ import annotations

import os
import re
import runpy
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

#: Statements that leave nothing behind when they are killed, or when they are not.
_HARMLESS = re.compile(r"\s*(select|show|set|reset|begin|explain|savepoint|release|rollback)\b", re.IGNORECASE)


class _Killer:
    """Ends this process at a chosen point of a migration: before it commits, or behind something that is kept.

    Django writes some migrations into its table only behind their commit: in that moment, for which no author of a
    migration can do anything, nobody is killed.

    Args:
        point: Which of them, from 1; a migration that has fewer comes to its end.
        revision: App and name of the migration.
    """

    def __init__(self, point: int, revision: tuple[str, str]) -> None:
        self._left = point
        self._revision = revision
        self._atomic = True
        self._pending = False
        self._kept = False
        self._watched: list[Any] = []

    def watch(self, connection: Any, **_: Any) -> None:
        """Looks at a connection that was opened, once."""
        if connection not in self._watched:
            self._watched.append(connection)
            self._atomic = MigrationExecutor(None).loader.graph.nodes[self._revision].atomic
            connection.execute_wrappers.append(self._execute)
            connection.commit = self._before_commit(connection.commit)

    def _execute(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if _HARMLESS.match(str(sql)):
            return execute(sql, params, many, context)
        if context["connection"].in_atomic_block:
            self._pending = True
            return execute(sql, params, many, context)
        if self._kept:
            self._reach()
        result = execute(sql, params, many, context)
        self._kept = True
        return result

    def _before_commit(self, commit: Callable[[], None]) -> Callable[[], None]:
        def reach_and_commit() -> None:
            if self._pending:
                self._reach()
                self._kept = not self._atomic
            self._pending = False
            commit()

        return reach_and_commit

    def _reach(self) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
            # The first process of a container cannot be killed from inside (pid_namespaces(7)).
            os._exit(128 + signal.SIGKILL)


def answer(request: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Does what is asked.

    Args:
        request: What, in ``do``, and its arguments.
        options: The path of ``manage.py``.
    """
    script = options["manage"]
    sys.path.insert(0, str(Path(script).parent))
    match request["do"]:
        case "history":
            return _history(script)
        case "upgrade":
            app, _, name = request["revision"].partition(".")
            if request["kill_at"]:
                killer = _Killer(request["kill_at"], (app, name))
                connection_created.connect(killer.watch)
            # With --traceback what went wrong is raised, not printed.
            _manage(script, "migrate", "--noinput", "--traceback", *([app, name] if name else []))
            return {}
        case unknown:
            raise ValueError(unknown)


def rest() -> None:
    """Nothing is left to do: the process ends behind each answer."""


def _manage(script: str, *arguments: str) -> None:
    sys.argv[:] = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if error.code:
            raise


def _history(script: str) -> dict[str, Any]:
    """What ``migrate`` would do on an empty database, in its order; no database is asked."""
    _manage(script, "version")  # who else knows where the settings are?
    settings.INSTALLED_APPS  # noqa: B018  says why there are none
    django.setup()
    executor = MigrationExecutor(None)
    graph = executor.loader.graph
    plan = executor.migration_plan(graph.leaf_nodes(), clean_start=True)
    return {
        "revisions": [_describe(migration, graph) for migration, _ in plan],
        "heads": [".".join(key) for key in graph.leaf_nodes()],
        "conflicts": executor.loader.detect_conflicts(),
    }


def _describe(migration: Any, graph: Any) -> dict[str, Any]:
    key = (migration.app_label, migration.name)
    module = sys.modules[migration.__module__]
    return {
        "id": ".".join(key),
        "down": sorted(".".join(parent.key) for parent in graph.node_map[key].parents),
        "replaces": [".".join(replaced) for replaced in migration.replaces],
        "doc": (module.__doc__ or "").strip(),
        "path": module.__file__ or "",
        "mark": str(getattr(module, "rolldeploy", "")),
    }
