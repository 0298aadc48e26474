"""Runs a one-off task to its end, in its release's environment."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.runtime.waiting import now

if TYPE_CHECKING:
    from harness.model.task import Task
    from harness.runtime.environment import Stagehands
    from harness.runtime.process import Child


@dataclass(frozen=True)
class Run:
    """One run of a task.

    Args:
        error: Why it failed, in one sentence; or the empty string.
        duration_s: Seconds that it took.
        output: The last lines of what it printed, secrets taken out.
    """

    error: str
    duration_s: float
    output: tuple[str, ...]


def run_task(hands: Stagehands, task: Task, database: str, who: str) -> Run:
    """Runs a task to its end; one that takes longer than it may is killed.

    Args:
        hands: Everything that touches the outside world.
        task: What is run.
        database: Where; it acts there as replicas do.
        who: Name of its login role and of its log; each run has its own.

    Raises:
        ReleaseError: There is no such command.
    """
    began = now()
    child = start_task(hands, task, database, who)
    try:
        status: int | None = child.popen.wait(task.timeout_s)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        child.stop(0.0)
    error = "" if status == 0 else f"it ended with status {status}"
    if status is None:
        error = f"it did not end within {task.timeout_s:g} s"
    return Run(error, round(now() - began, 3), hands.redact.lines(child.tail()))


def start_task(hands: Stagehands, task: Task, database: str, who: str) -> Child:
    """Starts a task; see :func:`run_task`."""
    place = hands.fleet.workplace(task.release, who, database, is_replica=True)
    params = {name: shlex.quote(value) for name, value in task.params.items()}
    return place.start(place.fill(task.command, replica=who, **params))
