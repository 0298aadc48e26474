"""One-off tasks: commands that are run once in a release's environment, and what came of trying them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import SettingsError
from harness.model.exchange import Met  # noqa: TC001  msgspec resolves the annotations when a journal is read
from harness.model.locks import LockWait  # noqa: TC001  as above
from harness.model.release import ReleaseName
from harness.model.revision import Revision, list_labels
from harness.model.schema import SchemaChange  # noqa: TC001  as above
from harness.model.torn import Unserved  # noqa: TC001  as above

if TYPE_CHECKING:
    from collections.abc import Mapping


class Point(StrEnum):
    """When in a deploy a task is run."""

    AFTER_STEP = "after_step"
    """Right behind one step of the schema, while whoever serves then serves on."""
    MIXED = "mixed"
    """While both releases serve; where the strategy never lets them, once the new one does."""
    AFTER_ROLLOUT = "after_rollout"
    """Once the new release alone serves, before the steps that come after the code."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A backfill, an import: one command with parameters.

    Args:
        name: What it is called by.
        command: Command line; ``{name}`` stands for a parameter.
        params: Values of its parameters, as text.
        release: In whose environment it is run.
        point: When.
        step: Behind which step, by id or label; with ``after_step`` alone.
        timeout_s: Seconds that it may take.
    """

    name: str
    command: str
    params: Mapping[str, str] = field(default_factory=dict)
    release: ReleaseName = ReleaseName.NEW
    point: Point = Point.AFTER_ROLLOUT
    step: str = ""
    timeout_s: float = 600.0


def place_tasks(tasks: tuple[Task, ...], steps: tuple[Revision, ...]) -> tuple[Task, ...]:
    """The same tasks, with the label of the step that each is run behind.

    Args:
        tasks: By the settings, with an id or a label.
        steps: The steps of the schema.

    Raises:
        SettingsError: There is no such step.
    """
    labels = {name: step.label for step in steps for name in (step.id, step.label)}
    for task in tasks:
        if task.step and task.step not in labels:
            raise SettingsError(
                f"the task {task.name} is to be run behind {task.step}: no such step; there are {list_labels(steps)}"
            )
    return tuple(replace(task, step=labels.get(task.step, "")) for task in tasks)


@dataclass(frozen=True, kw_only=True)
class TaskRan:
    """A task was run once, by itself.

    Args:
        number: Step of the plan.
        task: Its name.
        database: Where.
        duration_s: Seconds that it took.
        error: Why it failed, in one sentence; or the empty string.
        output: The last lines of what it printed, secrets taken out.
    """

    number: int
    task: str
    database: str
    duration_s: float
    error: str = ""
    output: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A task was run a second time, behind a first one that ended or was killed.

    Args:
        statement: What the first one had sent when it was killed, secrets taken out; the empty string where it ended.
        kept: Whether the database had kept anything of the first one.
        error: Why the second run failed, secrets taken out; or the empty string.
        output: The last lines that it printed where it failed.
        schema: What is otherwise than where it was run once.
        rows: Tables whose rows are otherwise.
    """

    statement: str = ""
    kept: bool = True
    error: str = ""
    output: tuple[str, ...] = ()
    schema: tuple[SchemaChange, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskTried:
    """A task was run twice, killed half-way and run again, and run beside traffic, each time on a copy.

    Args:
        number: Step of the plan.
        task: Its name.
        point: When it is run, in words.
        alone_s: Seconds that it took by itself.
        beside_s: Seconds that it took beside traffic; None where there was none.
        output: The last lines of what it printed, secrets taken out.
        written: How many rows it wrote in each table.
        statements: How many statements that write rows it sent; None where nobody could count them.
        twice: What a second run did.
        torn: One for each point at which it was killed.
        requests: How many were sent while it ran, and shortly before and after.
        lost: How many of them got no response.
        slowest_ms: Milliseconds that the slowest of them took.
        waits: Who waited for a lock that it held; the longest first.
        unserved: Journeys that went well before it, and fail behind it.
        met: What failed beside it and before, in each look: a second is taken where the first shows something.
    """

    number: int
    task: str
    point: str
    alone_s: float
    beside_s: float | None = None
    output: tuple[str, ...] = ()
    written: tuple[tuple[str, int], ...] = ()
    statements: int | None = None
    twice: Repeat | None = None
    torn: tuple[Repeat, ...] = ()
    requests: int = 0
    lost: int = 0
    slowest_ms: float = 0.0
    waits: tuple[LockWait, ...] = ()
    unserved: tuple[Unserved, ...] = ()
    met: tuple[Met, ...] = ()
