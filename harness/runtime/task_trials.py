"""Tries a one-off task in every way in which it may come to be run: twice, cut off and again, beside traffic."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.cell import BASE, Actor, Cell
from harness.model.locks import Party
from harness.model.task import Repeat, TaskRan, TaskTried
from harness.model.torn import Unserved
from harness.plan.steps import FULL_RUN, Attempt, Replica, StartReplicas
from harness.plan.task_steps import TryTask
from harness.runtime.gate import Gate
from harness.runtime.lock_waits import Parties, Sent, find_waits
from harness.runtime.lock_watch import look
from harness.runtime.met import CONTROL_S, lead_in, lead_out, name_refusals, sort_traffic
from harness.runtime.parts import TrackEnd
from harness.runtime.replica import NotReadyError
from harness.runtime.sequences import capture_sequences, put_back_sequences
from harness.runtime.tasks import Run, run_task, start_task
from harness.runtime.torn import look_by_name, say_failure
from harness.runtime.waiting import await_true, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.model.events import Event
    from harness.model.exchange import Met, TrafficFailure
    from harness.model.locks import LockWait
    from harness.model.task import Task
    from harness.plan.task_steps import RunTask
    from harness.runtime.environment import Stagehands
    from harness.runtime.parts import Request, Traffic
    from harness.runtime.torn import State

#: A task that writes more often is killed at so many of its statements, the first and the last among them.
_MOST_POINTS = 8
#: A task that takes longer is compared with no more of what requests meet without it.
_MOST_ALONE_S = 30.0
#: What is asked for here counts for no cell.
_NO_CELL = Cell(BASE, Actor.CONTROL)


class Tasks:
    """Runs and tries the tasks of one track.

    Args:
        hands: Everything that touches the outside world.
        traffic: Moves the copies of journeys.
        emit: Gets the events.
        spare_copies: Numbers of copies that no plan has.
    """

    def __init__(
        self, hands: Stagehands, traffic: Traffic, emit: Callable[[Event], None], spare_copies: Iterator[int]
    ) -> None:
        self._hands = hands
        self._traffic = traffic
        self._emit = emit
        self._spare_copies = spare_copies

    def do(self, number: int, step: RunTask | TryTask) -> None:
        """Does one step.

        Raises:
            TrackEnd: The task fails where it is run once and by itself: what comes behind it relies on it.
        """
        if isinstance(step, TryTask):
            self._try(number, step)
        else:
            run = run_task(self._hands, self._hands.task(step.task), step.database, f"task-{step.task}-{number}")
            self._tell(number, step.task, step.database, run)

    def _tell(self, number: int, task: str, database: str, run: Run) -> None:
        """Tells of one run by itself."""
        self._emit(
            TaskRan(
                number=number,
                task=task,
                database=database,
                duration_s=run.duration_s,
                error=run.error,
                output=run.output,
            )
        )
        if run.error:
            raise TrackEnd(f"the task {task} failed in step {number}: {run.error}")

    def _try(self, number: int, step: TryTask) -> None:
        """Tries a task, each time on a copy of the source, which stays as it is."""
        trial = _Trial(self._hands, self._hands.task(step.task), step, number)
        before = trial.look(step.source)
        once, statements = trial.run_once()
        if once.error:
            self._tell(number, step.task, step.target, once)
        written = self._hands.rows_written(step.target)
        whole = trial.look(step.target)
        repeats = [trial.run_again(Repeat())]
        repeats += [trial.kill_and_run_again(point, before) for point in _points(statements)]
        if any(whole.differences(state) != ((), ()) for _, state in repeats):
            trial.run_once()  # what differs between two runs that nobody disturbed means nothing
            whole = whole.without(whole.rows_unlike(trial.look(step.target)))
        twice, *torn = (_compare(repeat, state, whole) for repeat, state in repeats)
        told = TaskTried(
            number=number,
            task=step.task,
            point=step.point,
            alone_s=once.duration_s,
            output=once.output,
            written=tuple(sorted(written.items())),
            statements=statements,
            twice=twice,
            torn=tuple(torn),
        )
        self._emit(self._serve_meanwhile(trial, told))

    def _serve_meanwhile(self, trial: _Trial, told: TaskTried) -> TaskTried:
        """Has replicas serve before, beside and behind one run of the task."""
        trial.copy()
        with contextlib.ExitStack() as stack:
            names = self._start(trial, stack)
            if not names:
                return told  # that nobody starts at this point is a finding of its own
            asked = self._ask_before(trial, names)
            run, requests, waits, met = self._run_beside_traffic(trial, names, stack)
            unserved = list(self._ask_behind(trial, names, asked))
        failed = {failure.journey for failure in met.failed_beside}
        behind = {one.journey for one in unserved}
        if run.error:
            unserved.insert(0, Unserved(journey="", reason=f"beside traffic {run.error}"))
        return replace(
            told,
            beside_s=run.duration_s,
            requests=len(requests),
            lost=sum(request.status is None for request in requests),
            slowest_ms=round(max((one.ended - one.began for one in requests), default=0.0) * 1000, 1),
            waits=waits,
            unserved=tuple(unserved),
            met=(met, *self._look_again(trial, run.duration_s)) if failed - behind else (met,),
        )

    def _look_again(self, trial: _Trial, took_s: float) -> Iterator[Met]:
        """Has replicas serve on another copy, first for as long by themselves: what fails there is not the task's."""
        alone_s = min(max(CONTROL_S, took_s), _MOST_ALONE_S)
        trial.copy()
        with contextlib.ExitStack() as stack:
            names = self._start(trial, stack)
            if names:
                yield self._run_beside_traffic(trial, names, stack, alone_s)[3]

    def _start(self, trial: _Trial, stack: contextlib.ExitStack) -> list[str]:
        """Starts those who serve, until the stack is closed; the names of those that become ready."""
        replicas = trial.step.replicas
        fleet = tuple(
            Replica(name=name, release=release, database=trial.step.target) for name, release in replicas.items()
        )
        stack.callback(self._hands.fleet.stop, list(replicas))
        started = self._hands.fleet.start(StartReplicas(replicas=fleet))
        return [r.name for r, one in zip(fleet, started, strict=True) if not isinstance(one, NotReadyError)]

    def _run_beside_traffic(
        self, trial: _Trial, names: list[str], stack: contextlib.ExitStack, alone_s: float = 0.0
    ) -> tuple[Run, tuple[Request, ...], tuple[LockWait, ...], Met]:
        """Runs the task while clients send requests, where the settings have some."""
        hands, load = self._hands, trial.step.load
        background = None
        if load.clients:
            background = self._traffic.background(load, lambda: hands.fleet.addresses(names))
            stack.callback(background.stop)
            lead_in(background, alone_s)
        trial.rename()
        hands.observer.entries([*names, trial.who])
        server, database = hands.workspace.server, hands.workspace.name(trial.step.target)
        seen = look(server, database)
        began = wall_clock()
        run = trial.run()
        requests: tuple[Request, ...] = ()
        failures: tuple[TrafficFailure, ...] = ()
        if background is not None:
            requests, failures = lead_out(background)
        roles = {hands.workspace.role(name): (Party.REPLICA, name) for name in names}
        roles[hands.workspace.role(trial.who)] = (Party.MIGRATION, "the task")
        parties = Parties(roles=roles, look=seen | look(server, database), show=hands.observer.show)
        entries = hands.observer.entries([*names, trial.who])
        failures = name_refusals(failures, entries, {name: hands.workspace.role(name) for name in names})
        waits = find_waits(entries, parties, map(_sent, requests))
        return run, requests, waits, sort_traffic(requests, failures, began)

    def _ask_before(self, trial: _Trial, names: list[str]) -> Mapping[str, list[int]]:
        """Runs each journey that goes well here; returns the copies of it that are left paused."""
        asked: dict[str, list[int]] = {}
        for journey in trial.step.journeys:
            if all(self._move(trial, journey, next(self._spare_copies), name, FULL_RUN) is None for name in names):
                copies = [next(self._spare_copies) for _ in names]
                asked[journey] = [
                    copy
                    for copy, name in zip(copies, names, strict=True)
                    if self._move(trial, journey, copy, name, 1) is None
                ]
        return asked

    def _ask_behind(self, trial: _Trial, names: list[str], asked: Mapping[str, list[int]]) -> Iterator[Unserved]:
        """Goes on with what was left paused, each through another replica first; then runs each journey anew."""
        for journey, copies in asked.items():
            for index, name in enumerate(names):
                moves = [(copy, 1) for copy in copies[index + 1 :] + copies[: index + 1]]
                for copy, count in [*moves, (next(self._spare_copies), FULL_RUN)]:
                    unserved = self._move(trial, journey, copy, name, count)
                    if unserved is not None:
                        yield unserved
                        break

    def _move(self, trial: _Trial, journey: str, copy: int, name: str, moves: int) -> Unserved | None:
        """Moves a copy of a journey; None where it goes well."""
        addresses = self._hands.fleet.addresses([name])
        attempt = Attempt(copy=copy, journey=journey, origin="fresh", replicas=(name,), moves=moves)
        if name not in addresses:
            return Unserved(journey=journey, reason="the replica has ended", replica=name)
        self._hands.observer.take([name])
        done = self._traffic.move(attempt, addresses, number=trial.number, cell=_NO_CELL, round_=0)
        if done is None or done.failure is None:
            return None
        codes = tuple(dict.fromkeys(error.sqlstate for error in self._hands.observer.refusals([name])))
        return Unserved(journey=journey, reason=say_failure(done), sqlstates=codes, replica=name)


class _Trial:
    """The runs of one task, each under a login role of its own: PostgreSQL's log tells them apart."""

    def __init__(self, hands: Stagehands, task: Task, step: TryTask, number: int) -> None:
        self._hands = hands
        self._task = task
        self.step = step
        self.number = number
        self._names = (f"task-{task.name}-{number}-{index}" for index in itertools.count(1))
        self.who = ""

    def rename(self) -> None:
        """Gives the next run its name."""
        self.who = next(self._names)

    def copy(self) -> None:
        """Makes the target as it was before the task."""
        self._hands.workspace.clone(self.step.source, self.step.target)

    def look(self, database: str) -> State:
        """A database, comparable with a copy of it."""
        return look_by_name(self._hands, database)

    def run(self) -> Run:
        """Runs the task on what is there."""
        return run_task(self._hands, self._task, self.step.target, self.who)

    def run_once(self) -> tuple[Run, int]:
        """Runs it on a fresh copy, and counts the statements that write rows."""
        self.copy()
        self.rename()
        with self._gate() as gate:
            return self.run(), gate.count()

    def run_again(self, repeat: Repeat) -> tuple[Repeat, State]:
        """Runs it on what an earlier run left."""
        self.rename()
        run = self.run()
        if run.error:
            repeat = replace(repeat, error=run.error, output=run.output)
        return repeat, self.look(self.step.target)

    def kill_and_run_again(self, point: int, before: State) -> tuple[Repeat, State]:
        """Kills it at one of its statements, and runs it again."""
        workspace = self._hands.workspace
        self.copy()
        self.rename()
        with self._gate(point) as gate:
            child = start_task(self._hands, self._task, self.step.target, self.who)
            try:
                await_true(lambda: child.status is not None or gate.reached(), timeout_s=self._task.timeout_s)
            finally:
                child.kill()
                child.stop(0.0)
        sent = self._hands.observer.take([self.who])
        statement = self._hands.observer.show(sent[-1].statement) if sent else f"its statement {point} that writes"
        kept = before.differences(self.look(self.step.target)) != ((), ())
        put_back_sequences(workspace, self.step.target, capture_sequences(workspace, self.step.source))
        return self.run_again(Repeat(statement=statement, kept=kept))

    def _gate(self, point: int | None = None) -> Gate:
        return Gate(self._hands.workspace, self.step.target, self.who, point)


def _points(statements: int) -> list[int]:
    """Which statements it is killed at, from 1: all of them, or so many that lie evenly."""
    if statements <= _MOST_POINTS:
        return list(range(1, statements + 1))
    return [1 + round(index * (statements - 1) / (_MOST_POINTS - 1)) for index in range(_MOST_POINTS)]


def _compare(repeat: Repeat, state: State, whole: State) -> Repeat:
    if repeat.error:
        return repeat
    schema, rows = whole.differences(state)
    return replace(repeat, schema=schema, rows=rows)


def _sent(request: Request) -> Sent:
    return Sent(request.replica, request.line, request.began, request.ended)
