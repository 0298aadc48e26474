"""Reads ``[[task]]``: the one-off tasks of a deploy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.model.release import ReleaseName
from harness.model.rollout import When
from harness.model.task import Point, Task
from harness.settings_release import check_command
from harness.template import COMMAND_PLACEHOLDERS, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.settings_source import KeyPath, Source
    from harness.settings_tables import TaskTable

#: It becomes part of a login role's name, of which PostgreSQL keeps 63 bytes (manual, 4.1.1).
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")
_PARAMETER = re.compile(r"[a-z_]+")


def read_tasks(source: Source, given: Iterable[TaskTable], when: When) -> Iterator[Task]:
    """All tasks, in the order of the file.

    Args:
        source: The file, for what is to be said of it.
        given: The tables.
        when: When the deployment migrates.

    Raises:
        SettingsError: Something in one of them has no meaning.
    """
    names: set[str] = set()
    for index, table in enumerate(given, start=1):
        path = ("task", str(index))
        if not _NAME.fullmatch(table.name):
            sentence = f"'{table.name}' is no name of a task: up to 30 lower case letters, digits, - and _"
            raise source.refuse((*path, "name"), sentence)
        if table.name in names:
            raise source.refuse((*path, "name"), f"there is another task '{table.name}'")
        names.add(table.name)
        yield _read_task(source, path, table, when)


def _read_task(source: Source, path: KeyPath, table: TaskTable, when: When) -> Task:
    for key, value, known in (("release", table.release, ReleaseName), ("when", table.when, Point)):
        if value not in set(known):
            raise source.refuse((*path, key), f"'{value}' is none of {', '.join(known)}")
    point = Point(table.when)
    if bool(table.step) != (point is Point.AFTER_STEP):
        key = "step" if table.step else "when"
        raise source.refuse((*path, key), f'step = "..." and when = "{Point.AFTER_STEP}" go together')
    if table.step and when is When.AT_BOOT:
        sentence = f'nothing is run between two steps where the first new replica runs all of them (when = "{when}")'
        raise source.refuse((*path, "step"), sentence)
    for name in table.params:
        if not _PARAMETER.fullmatch(name) or name in COMMAND_PLACEHOLDERS:
            known_names = ", ".join(sorted(COMMAND_PLACEHOLDERS))
            sentence = f"a parameter's name is lower case letters and _, and none of {known_names}"
            raise source.refuse((*path, "params", name), sentence)
        if name not in placeholders(table.command):
            raise source.refuse((*path, "params", name), f"the command has no {{{name}}} that it could stand for")
    filled = COMMAND_PLACEHOLDERS | set(table.params)
    other = "one of the task's own gets its value under params"
    check_command(source, (*path, "command"), table.command, filled, other=other)
    return Task(
        name=table.name,
        command=table.command,
        params={name: str(value) for name, value in table.params.items()},
        release=ReleaseName(table.release),
        point=point,
        step=table.step,
        timeout_s=table.timeout_s,
    )
