"""Makes events of what PostgreSQL's log has of the replicas: whose statements, in which request, refused or not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.model.observed import Background, Filed, Sent, StatementsPlanned, Unplannable
from harness.model.statement import defines
from harness.plan.watch_steps import AwaitBackground, LeaveAlone, PlanStatements
from harness.runtime.attempts import assign_logged
from harness.runtime.waiting import now, sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model.cell import Cell
    from harness.model.events import Attempted, Event
    from harness.runtime.attempts import Done
    from harness.runtime.environment import Stagehands
    from harness.runtime.observer import Logged


@dataclass(frozen=True)
class Witness:
    """Watches the replicas of one track.

    Args:
        hands: Knows the log, and the statements so far.
        emit: Gets the events.
    """

    hands: Stagehands
    emit: Callable[[Event], None]
    _left_alone: dict[Cell, float] = field(default_factory=dict)

    def tell_attempts(
        self, number: int, cell: Cell, names: Iterable[str], done: list[Done], *, journey: str = ""
    ) -> tuple[Attempted, ...]:
        """Tells of attempts, with what PostgreSQL says of them.

        Args:
            number: Step of the plan.
            cell: In which cell.
            names: The replicas through which they ran.
            done: The attempts, in order.
            journey: The journey that all of them are of; the empty string where they are of several.
        """
        logged = self.hands.observer.take(names)
        complete, background = self.hands.workspace.sees_statements, self.hands.statements.background
        assigned = assign_logged(logged, done, complete=complete, background=background)
        for event in assigned.attempts:
            self.emit(event)
        if assigned.background:
            self.emit(Background(number=number, cell=cell, errors=assigned.background))
        if journey and complete:
            self._tell_seen(number, cell, names)
        self._tell_new(number, cell, logged, journey)
        return assigned.attempts

    def do(self, number: int, step: LeaveAlone | AwaitBackground | PlanStatements) -> None:
        """Does one step."""
        match step:
            case LeaveAlone():
                self._leave_alone(number, step)
            case AwaitBackground():
                self._await_background(number, step)
            case PlanStatements():
                self._tell_planned(number, step)

    def drain(self, number: int, cell: Cell, names: Iterable[str]) -> list[Logged]:
        """Takes what was logged so far away from what comes: it belongs to a start or to a probe."""
        logged = self.hands.observer.take(names)
        self._tell_new(number, cell, logged)
        return logged

    def may_have_changed_schema(self, logged: list[Logged]) -> bool:
        """Whether the schema is worth another look after these statements."""
        return not self.hands.workspace.sees_statements or any(defines(item.statement) for item in logged)

    def _leave_alone(self, number: int, step: LeaveAlone) -> None:
        """What these replicas send from here on is their own doing."""
        self.drain(number, step.cell, step.replicas)
        self._left_alone[step.cell] = now()

    def _await_background(self, number: int, step: AwaitBackground) -> None:
        """Tells what replicas did since they were left alone; such statements are never held against a journey."""
        since = self._left_alone.pop(step.cell)
        sleep(max(0.0, since + step.duration_s - now()))
        logged = self.hands.observer.take(step.replicas)
        self.hands.statements.note_background(item.statement for item in logged)
        self._tell_new(number, step.cell, logged)
        self.emit(
            Background(
                number=number,
                cell=step.cell,
                waited_s=step.duration_s,
                statements=sum(item.error is None for item in logged),
                errors=assign_logged(logged, [], complete=self.hands.workspace.sees_statements).background,
            )
        )

    def _tell_planned(self, number: int, step: PlanStatements) -> None:
        """Has every known statement of the old release planned, and tells what came of it."""
        if step.label is None and self.hands.filed:
            for statement in self.hands.filed:
                self.hands.statements.learn(statement, sent=False)
            self.emit(Filed(statements=tuple(map(self.hands.observer.show, self.hands.filed))))
        planned, refused = self.hands.workspace.plan(self.hands.statements, step.database)
        self.emit(
            StatementsPlanned(
                number=number,
                label=step.label,
                sent=sum(known.sent for known in planned),
                filed=sum(not known.sent for known in planned),
                left_out=self.hands.statements.left_out,
                refused=tuple(
                    Unplannable(
                        statement=self.hands.observer.show(item.known.text),
                        sqlstate=item.sqlstate,
                        message=self.hands.redact(item.message),
                        sent=item.known.sent,
                    )
                    for item in refused
                ),
            )
        )

    def _tell_seen(self, number: int, cell: Cell, names: Iterable[str]) -> None:
        """That its statements are seen, for each release once: one that sends none is not one that nobody sees."""
        replicas = filter(None, map(self.hands.fleet.get, names))
        for release in dict.fromkeys(replica.release.name for replica in replicas):
            if self.hands.statements_of(release).tell_first():
                self.emit(Sent(number=number, cell=cell, release=release, journey="", statements=()))

    def _tell_new(self, number: int, cell: Cell, logged: list[Logged], journey: str = "") -> None:
        """Statements that were not known of a release and a journey before."""
        new: dict[str, list[str]] = defaultdict(list)
        for item in logged:
            replica = self.hands.fleet.get(item.replica)
            if replica is None or item.error is not None:
                continue
            release = replica.release.name
            if self.hands.statements_of(release).learn(item.statement, journey=journey):
                new[release].append(self.hands.observer.show(item.statement))
        for release, statements in new.items():
            self.emit(Sent(number=number, cell=cell, release=release, journey=journey, statements=tuple(statements)))
