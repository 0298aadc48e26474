"""Kills the migrator at every point at which a migration can be left half done, and runs the migration again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.model.cell import BASE, Actor, Cell
from harness.model.events import Migrated
from harness.model.schema import ObjectKind, compare_schemas
from harness.model.statement import find_last_kept
from harness.model.torn import MOST_POINTS, Tear, Torn, Unserved
from harness.plan.steps import FULL_RUN, Attempt, Replica, StartReplicas
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.parts import TrackEnd
from harness.runtime.replica import NotReadyError
from harness.runtime.sequences import capture_sequences, put_back_sequences
from harness.runtime.waiting import now

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from harness.model.events import Attempted, Event
    from harness.model.schema import SchemaChange, SchemaObject
    from harness.plan.traffic_steps import TearMigration
    from harness.runtime.environment import Stagehands
    from harness.runtime.parts import Traffic

#: From this status on a request was not granted (RFC 9110, section 15.5).
_REFUSED = 400
#: Attributes that name files, not meanings.
_FILES = frozenset({"storage"})


@dataclass(frozen=True)
class State:
    """A database, comparable with a copy of it: schema by names, and what is in each column."""

    schema: tuple[SchemaObject, ...]
    columns: Mapping[tuple[str, str], str]

    def rows_unlike(self, other: State) -> frozenset[tuple[str, str]]:
        """Columns that do not hold the same, of those that both have.

        Numbers that a sequence gave are not the same where a second run took more of them, as ``ON CONFLICT DO
        NOTHING`` does: where nothing else of the table is otherwise, they mean nothing.
        """
        both = self.columns.keys() & other.columns.keys()
        unlike = frozenset(key for key in both if self.columns[key] != other.columns[key])
        numbered = {(item.owner, item.name) for item in self.schema if _is_numbered(item)}
        telling = {table for table, _ in unlike - numbered}
        more_than_numbers = {table for table, _ in both - numbered}
        return frozenset(key for key in unlike if key[0] in telling or key[0] not in more_than_numbers)

    def without(self, columns: Collection[tuple[str, str]]) -> State:
        """The same, where some columns are not compared."""
        return replace(self, columns={key: value for key, value in self.columns.items() if key not in columns})

    def differences(self, other: State) -> tuple[tuple[SchemaChange, ...], tuple[str, ...]]:
        """What is otherwise there: changes of the schema, and tables whose rows are not the same."""
        tables = tuple(sorted({table for table, _ in self.rows_unlike(other)}))
        return compare_schemas(self.schema, other.schema), tables


@dataclass(frozen=True)
class _Start:
    """What a migration begins with: what copies of it are compared with."""

    schema: tuple[SchemaObject, ...]
    state: State
    sequences: Mapping[tuple[str, str], int | None]


@dataclass(frozen=True)
class _Behind:
    """What a step of the plan has left in a database."""

    number: int
    database: str
    schema: tuple[SchemaObject, ...]
    state: State


class Tearing:
    """Tears the migrations of one track.

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
        self._took_s = 0.0
        self._behind: _Behind | None = None

    def do(self, number: int, step: TearMigration) -> None:
        """Tears one migration, and leaves the source migrated."""
        if not self._hands.can_kill_migrator:
            reason = (
                "the steps are made by a program of the release's own, and the server demands TLS, through which "
                "nobody sees where it commits"
            )
            self._emit(Torn(number=number, label=step.label, reason=reason))
            return
        start = self._start(number, step)
        torn: list[tuple[Tear, State]] = []
        try:
            while len(torn) < MOST_POINTS and self._kill(step, len(torn) + 1):
                torn.append(self._run_again(number, step, start))
            if len(torn) == MOST_POINTS:
                self._upgrade(step)
            found = look(self._hands, step.target)
            whole = found[1]
            if any(whole.rows_unlike(state) for _, state in torn):
                self._upgrade(step)  # what differs between two runs that nobody disturbed means nothing
                found = look(self._hands, step.target)
                whole = whole.without(whole.rows_unlike(found[1]))
        except MigrationFailedError as error:
            self._emit(Torn(number=number, label=step.label, reason=f"the migration fails: {error.error}"))
            raise TrackEnd(f"the migration {step.label} failed in step {number}") from None
        tears = tuple(tear if tear.error else _judge(tear, whole.differences(state)) for tear, state in torn)
        self._emit(Torn(number=number, label=step.label, replica=step.replica, tears=tears))
        # A run that nobody disturbed was made on a copy: it is what the source would become by another one.
        self._hands.workspace.drop(step.source)
        self._hands.workspace.rename(step.target, step.source)
        self._behind = _Behind(number, step.source, *found)
        self._emit(Migrated(database=step.source, revision=step.revision, number=number, duration_s=self._took_s))

    def _start(self, number: int, step: TearMigration) -> _Start:
        """What the migration begins with: what the one before has left, where nothing was done in between."""
        behind, self._behind = self._behind, None
        if behind is not None and (behind.number, behind.database) == (number - 1, step.source):
            schema, state = behind.schema, behind.state
        else:
            schema, state = look(self._hands, step.source)
        return _Start(schema, state, capture_sequences(self._hands.workspace, step.source))

    def _kill(self, step: TearMigration, point: int) -> bool:
        """Kills the migrator at a point of the migration; False where it has no such point, and went through."""
        self._hands.workspace.clone(step.source, step.target)
        self._hands.observer.take([self._hands.migrator_name(step.target)])
        began = now()
        killed = self._hands.migrator(step.target).upgrade_until_killed(step.revision, point)
        self._took_s = round(now() - began, 6)
        if killed:
            self._hands.renew_migrator(step.target)
        return killed

    def _upgrade(self, step: TearMigration) -> None:
        """Lets the migration go through."""
        self._hands.workspace.clone(step.source, step.target)
        began = now()
        self._hands.migrator(step.target).upgrade(step.revision)
        self._took_s = round(now() - began, 6)

    def _run_again(self, number: int, step: TearMigration, start: _Start) -> tuple[Tear, State]:
        """Has a release serve on a torn migration, and runs it again."""
        sent = self._hands.observer.take([self._hands.migrator_name(step.target)])
        schema, state = look(self._hands, step.target)
        kept = find_last_kept((item.session, item.statement) for item in sent if item.error is None)
        tear = Tear(
            statement=self._hands.observer.show(kept),
            left=compare_schemas(start.schema, schema),  # of a copy: a renamed table is known
            left_rows=tuple(sorted({table for table, _ in state.rows_unlike(start.state)})),
        )
        if step.journeys and (tear.left or tear.left_rows):
            tear = replace(tear, unserved=tuple(self._serve(number, step)))
        put_back_sequences(self._hands.workspace, step.target, start.sequences)
        try:
            self._hands.migrator(step.target).upgrade(step.revision)
        except MigrationFailedError as error:
            return replace(tear, error=self._hands.redact(error.error), sqlstate=error.sqlstate), state
        return tear, look_by_name(self._hands, step.target)

    def _serve(self, number: int, step: TearMigration) -> Iterator[Unserved]:
        """Runs each journey once on a copy of what is left: a copy, since the second run is to find no rows of ours."""
        name = step.replica
        self._hands.workspace.clone(step.target, step.aside)
        replica = Replica(name=name, release=step.release, database=step.aside)
        [started] = self._hands.fleet.start(StartReplicas(replicas=(replica,)))
        try:
            if isinstance(started, NotReadyError):
                codes = tuple(error.sqlstate for error in self._hands.observer.refusals([name]))
                yield Unserved(journey="", reason=self._hands.redact(started.reason), sqlstates=codes)
                return
            self._hands.observer.take([name])
            addresses = self._hands.fleet.addresses([name])
            for journey in step.journeys:
                copy = next(self._spare_copies)
                attempt = Attempt(copy=copy, journey=journey, origin="fresh", replicas=(name,), moves=FULL_RUN)
                cell = Cell(BASE, Actor.CONTROL)  # it counts for none
                done = self._traffic.move(attempt, addresses, number=number, cell=cell, round_=0)
                refused = self._hands.observer.refusals([name])
                if done is not None and done.failure is not None:
                    codes = tuple(dict.fromkeys(error.sqlstate for error in refused))
                    yield Unserved(journey=journey, reason=say_failure(done), sqlstates=codes)
        finally:
            self._hands.fleet.stop([name])
            self._hands.workspace.drop(step.aside)


def say_failure(done: Attempted) -> str:
    """How it failed, in words that are the same for every port and address."""
    last = done.exchanges[-1] if done.exchanges else None
    if last is not None and (last.status is None or last.status >= _REFUSED):
        return f"{last.method} {last.path} " + (f"answered {last.status}" if last.status else "got no answer")
    return done.failure.text.splitlines()[0] if done.failure is not None else ""


def _is_numbered(item: SchemaObject) -> bool:
    """Whether a column gets its values from a sequence."""
    attributes = item.attributes
    by_default = attributes.get("default", "").startswith("nextval(")
    return item.kind is ObjectKind.COLUMN and (by_default or "identity" in attributes)


def _judge(tear: Tear, differences: tuple[tuple[SchemaChange, ...], tuple[str, ...]]) -> Tear:
    schema, rows = differences
    return replace(tear, schema=schema, rows=rows)


def look(hands: Stagehands, database: str) -> tuple[tuple[SchemaObject, ...], State]:
    """The schema of a database, comparable with a copy of it, and all of it as :func:`look_by_name` has it."""
    schema, columns = hands.contents(database)
    return schema, State(tuple(map(_by_name, schema)), columns)


def look_by_name(hands: Stagehands, database: str) -> State:
    """A database, comparable with another one that was made in the same way."""
    return look(hands, database)[1]


def _by_name(item: SchemaObject) -> SchemaObject:
    """The same, comparable with its like in another database: there it has another identifier, and other files."""
    attributes = {key: value for key, value in item.attributes.items() if key not in _FILES}
    return replace(item, identity=f"{item.kind} {item.full_name}", attributes=attributes)
