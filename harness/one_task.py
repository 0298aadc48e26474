"""Runs one one-off task on the state that it meets in the deploy, and says what it did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psycopg

from harness.errors import ScenarioError
from harness.model.tracks import TrackStopped
from harness.plan.planner import plan_state
from harness.plan.subject import LIVE
from harness.rehearsal import machine_failed
from harness.runtime.environment import Stagehands
from harness.runtime.inside import Inside
from harness.runtime.runner import Runner
from harness.runtime.tasks import run_task
from harness.secrets import Redactor
from harness.traffic.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.model.task import Task
    from harness.rehearsal import Listing
    from harness.runtime.forks import Forks
    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session
    from harness.traffic.driver import Cast


@dataclass(frozen=True, kw_only=True)
class Done:
    """One run of a task.

    Args:
        task: What was run, with its parameters.
        duration_s: Seconds that it took.
        error: Why it failed, in one sentence; or the empty string.
        output: All that it printed, secrets taken out.
        written: How many rows it wrote in each table.
    """

    task: Task
    duration_s: float
    error: str
    output: str
    written: Mapping[str, int]

    def lines(self) -> list[str]:
        """What a person wants to know."""
        params = ", ".join(f"{name} = {value}" for name, value in self.task.params.items())
        rows = ", ".join(f"{count} of {table}" for table, count in sorted(self.written.items()))
        return [
            f"task        {self.task.name}{f' ({params})' if params else ''}, as the {self.task.release} release",
            *(f"            {line}" for line in self.output.splitlines()),
            f"ended       {'well' if not self.error else self.error}, after {self.duration_s:.1f} s",
            f"rows        {rows or 'none'} written",
        ]


def choose_task(tasks: Iterable[Task], name: str, params: Iterable[str]) -> Task | None:
    """The task of a name with other values for its parameters; None where there is none of that name.

    Args:
        tasks: All of a rehearsal.
        name: Its name.
        params: ``KEY=VALUE``.

    Raises:
        ScenarioError: It has no such parameter.
    """
    task = next((task for task in tasks if task.name == name), None)
    if task is None:
        return None
    given = dict(task.params)
    for text in params:
        key, equals, value = text.partition("=")
        known = ", ".join(given) or "none"
        if not equals:
            raise ScenarioError(f"'{text}' sets no parameter of the task {name}: write KEY=VALUE; it has {known}")
        if key not in given:
            raise ScenarioError(f"the task {name} has no parameter '{key}', as '{text}' has it; there are: {known}")
        given[key] = value
    return replace(task, params=given)


def run_one_task(
    listing: Listing, cast: Cast, server: Server, task: Task, *, session: Session, forks: Forks, folder: Path
) -> Done:
    """Has the old release make its data, moves the schema to where the task is run, and runs it there.

    Args:
        listing: Settings, code and steps.
        cast: The journeys that make the data.
        server: Where the databases are made.
        task: What is run.
        session: Told of everything that is started.
        forks: Starts what needs Alembic.
        folder: Gets the logs.

    Raises:
        ScenarioError: Its state is not reached.
        HarnessError: The machine or the server failed.
    """
    redact = Redactor([server.password])
    driver = Driver(cast.journeys, cast.fixtures, redact, listing.settings.patience)
    try:
        with Stagehands(listing.site(server, session, forks, folder / "logs", redact)) as hands:
            driver.let_inside(Inside(hands.fleet, hands.workspace, listing.settings.patience.request_s))
            for event in Runner(hands, driver).run(plan_state(listing.subject(tuple(cast.journeys)), task.name)):
                if isinstance(event, TrackStopped):
                    raise ScenarioError(f"the state of the task {task.name} is not reached: {event.reason}")
            who, before = f"task-{task.name}", hands.rows_written(LIVE)
            run = run_task(hands, task, LIVE, who)
            log = folder / "logs" / f"{who}.log"
            output = redact(log.read_text(encoding="utf-8", errors="replace")) if log.is_file() else ""
            after = hands.rows_written(LIVE)
            written = {table: count - before.get(table, 0) for table, count in after.items()}
            written = {table: count for table, count in written.items() if count}
            return Done(task=task, duration_s=run.duration_s, error=run.error, output=output, written=written)
    except (psycopg.Error, OSError) as caught:
        raise machine_failed(caught, redact) from caught
    finally:
        driver.close()
