"""Kills the migrator at every point at which a migration can be left half done, and runs the migration again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.model.events import Migrated
from harness.model.schema import compare_schemas
from harness.model.torn import Tear, Torn
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.parts import TrackEnd
from harness.runtime.waiting import now

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from harness.model.events import Event
    from harness.model.schema import SchemaChange, SchemaObject
    from harness.plan.traffic_steps import TearMigration
    from harness.runtime.environment import Stagehands

#: A migration with more points than this is one that commits row by row: it is torn at the first ones.
_MOST_POINTS = 20
#: Attributes that name files, not meanings.
_FILES = frozenset({"storage"})


@dataclass(frozen=True)
class State:
    """A database, comparable with a copy of it: schema by names, and what is in each column."""

    schema: tuple[SchemaObject, ...]
    columns: Mapping[tuple[str, str], str]

    def rows_unlike(self, other: State) -> frozenset[tuple[str, str]]:
        """Columns that do not hold the same, of those that both have."""
        return frozenset(
            key for key in self.columns.keys() & other.columns.keys() if self.columns[key] != other.columns[key]
        )

    def without(self, columns: Collection[tuple[str, str]]) -> State:
        """The same, where some columns are not compared."""
        return replace(self, columns={key: value for key, value in self.columns.items() if key not in columns})

    def differences(self, other: State) -> tuple[tuple[SchemaChange, ...], tuple[str, ...]]:
        """What is otherwise there: changes of the schema, and tables whose rows are not the same."""
        tables = tuple(sorted({table for table, _ in self.rows_unlike(other)}))
        return compare_schemas(self.schema, other.schema), tables


class Tearing:
    """Tears the migrations of one track.

    Args:
        hands: Everything that touches the outside world.
        emit: Gets the events.
    """

    def __init__(self, hands: Stagehands, emit: Callable[[Event], None]) -> None:
        self._hands = hands
        self._emit = emit

    def do(self, number: int, step: TearMigration) -> None:
        """Tears one migration, and leaves the source migrated."""
        if not self._hands.can_kill_migrator:
            reason = "the steps are made by a command, which nobody can kill at a chosen point"
            self._emit(Torn(number=number, label=step.label, reason=reason))
            return
        before = look_by_name(self._hands, step.source).schema
        torn: list[tuple[Tear, State]] = []
        try:
            while len(torn) < _MOST_POINTS and self._kill(step, len(torn) + 1):
                torn.append(self._run_again(step, before))
            if len(torn) == _MOST_POINTS:
                self._upgrade(step)
            whole = look_by_name(self._hands, step.target)
            if any(whole.rows_unlike(state) for _, state in torn):
                self._upgrade(step)  # what differs between two runs that nobody disturbed means nothing
                whole = whole.without(whole.rows_unlike(look_by_name(self._hands, step.target)))
        except MigrationFailedError as error:
            self._emit(Torn(number=number, label=step.label, reason=f"the migration fails: {error.error}"))
            raise TrackEnd(f"the migration {step.label} failed in step {number}") from None
        tears = tuple(tear if tear.error else _judge(tear, whole.differences(state)) for tear, state in torn)
        self._emit(Torn(number=number, label=step.label, tears=tears))
        began = now()
        self._hands.migrator(step.source).upgrade(step.revision)
        duration_s = round(now() - began, 6)
        self._emit(Migrated(database=step.source, revision=step.revision, number=number, duration_s=duration_s))

    def _kill(self, step: TearMigration, point: int) -> bool:
        """Kills the migrator at a point of the migration; False where it has no such point, and went through."""
        self._hands.workspace.clone(step.source, step.target)
        self._hands.observer.take([self._hands.migrator_name(step.target)])
        killed = self._hands.migrator(step.target).upgrade_until_killed(step.revision, point)
        if killed:
            self._hands.renew_migrator(step.target)
        return killed

    def _upgrade(self, step: TearMigration) -> None:
        """Lets the migration go through."""
        self._hands.workspace.clone(step.source, step.target)
        self._hands.migrator(step.target).upgrade(step.revision)

    def _run_again(self, step: TearMigration, before: tuple[SchemaObject, ...]) -> tuple[Tear, State]:
        """Runs a torn migration again."""
        sent = self._hands.observer.take([self._hands.migrator_name(step.target)])
        state = look_by_name(self._hands, step.target)
        tear = Tear(
            statement=self._hands.observer.show(sent[-1].statement) if sent else "",
            left=compare_schemas(before, state.schema),
        )
        try:
            self._hands.migrator(step.target).upgrade(step.revision)
        except MigrationFailedError as error:
            return replace(tear, error=self._hands.redact(error.error), sqlstate=error.sqlstate), state
        return tear, look_by_name(self._hands, step.target)


def _judge(tear: Tear, differences: tuple[tuple[SchemaChange, ...], tuple[str, ...]]) -> Tear:
    schema, rows = differences
    return replace(tear, schema=schema, rows=rows)


def look_by_name(hands: Stagehands, database: str) -> State:
    """A database, comparable with another one that was made in the same way."""
    schema = tuple(_by_name(item) for item in hands.workspace.schema(database))
    return State(schema, hands.columns(database))


def _by_name(item: SchemaObject) -> SchemaObject:
    """The same, comparable with its like in another database: there it has another identifier, and other files."""
    attributes = {key: value for key, value in item.attributes.items() if key not in _FILES}
    return replace(item, identity=f"{item.kind} {item.full_name}", attributes=attributes)
