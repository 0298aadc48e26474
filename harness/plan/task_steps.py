"""Steps of a plan in which one-off tasks are run."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  msgspec resolves the annotations
from dataclasses import dataclass

from harness.model.release import ReleaseName  # noqa: TC001  as above
from harness.model.settings import Load  # noqa: TC001  as above


@dataclass(frozen=True, kw_only=True)
class RunTask:
    """Runs a task once, where a deploy does.

    Args:
        database: Where.
        task: Its name in the settings.
    """

    database: str
    task: str


@dataclass(frozen=True, kw_only=True)
class TryTask:
    """Runs a task twice, kills it half-way and runs it again, and runs it beside traffic; each time on a copy.

    Args:
        source: The database at the point of the deploy at which the task is run; it stays as it is.
        target: The copies.
        task: Its name in the settings.
        point: When that is, in words.
        replicas: Who serves meanwhile, by name, and of which release.
        journeys: What they are asked for, before and behind it.
        load: How many clients there are meanwhile, and how fast.
    """

    source: str
    target: str
    task: str
    point: str
    replicas: Mapping[str, ReleaseName]
    journeys: tuple[str, ...]
    load: Load
