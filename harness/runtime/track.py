"""Does the steps of one track, one after the other, and tells what happened. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from harness.errors import MigrationError, ReleaseError
from harness.model.cell import BASE, Actor, Cell
from harness.model.events import (
    Event,
    Migrated,
    MigrationFailed,
    ReplicaFailed,
    ReplicaReady,
    ReplicaStopped,
    SchemaChanged,
)
from harness.model.reached import find_bereft, find_reached
from harness.model.schema import SchemaObject, compare_schemas
from harness.model.writers import find_writers
from harness.plan.chain_steps import AdvanceDatabase
from harness.plan.steps import (
    AskHealth,
    CaptureSchema,
    CloneDatabase,
    Drive,
    DropDatabase,
    GrantRights,
    LoadSql,
    Migrate,
    Numbered,
    PrepareDatabase,
    RenameDatabase,
    StartReplicas,
    StopReplicas,
    WarmUp,
)
from harness.plan.task_steps import RunTask, TryTask
from harness.plan.traffic_steps import (
    AskUnderLock,
    BootTogether,
    CloseTraffic,
    CountTraffic,
    HoldTransaction,
    MigrateUnderTraffic,
    OpenTraffic,
    RetireReplicas,
    RouteTraffic,
    TearMigration,
    WatchLocks,
)
from harness.plan.watch_steps import AwaitBackground, LeaveAlone, PlanStatements
from harness.runtime.attempts import describe_failed_start
from harness.runtime.boots import Booting
from harness.runtime.driving import Driving
from harness.runtime.first_state import explain_first
from harness.runtime.holders import LOCK_NOT_AVAILABLE
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.parts import TrackEnd, Traffic
from harness.runtime.probing import ask_under_lock
from harness.runtime.replacing import Replacing
from harness.runtime.replica import NotReadyError
from harness.runtime.task_trials import Tasks
from harness.runtime.torn import Tearing
from harness.runtime.under_traffic import UnderTraffic
from harness.runtime.waiting import now
from harness.runtime.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.model.schema import SchemaChange
    from harness.runtime.environment import Stagehands

#: What a replica sends at its start counts for this cell, where it was started for none.
_FIRST = Cell(BASE, Actor.CONTROL)


class TrackRunner:
    """Does the steps of one track.

    Args:
        hands: Everything that touches the outside world.
        traffic: Moves the copies of journeys.
        emit: Gets the events.
        spare_copies: Numbers of copies that no plan has, for warming; shared by the tracks of a stage.
    """

    def __init__(
        self, hands: Stagehands, traffic: Traffic, emit: Callable[[Event], None], spare_copies: Iterator[int]
    ) -> None:
        self._hands = hands
        self._emit = emit
        self._witness = Witness(hands, emit)
        self._mine: set[str] = set()
        self._lost: set[Cell] = set()
        self._driving = Driving(self._witness, traffic, spare_copies)
        self._under_traffic = UnderTraffic(hands, traffic, emit)
        self._replacing = Replacing(hands, traffic, emit)
        self._tearing = Tearing(hands, traffic, emit, spare_copies)
        self._tasks = Tasks(hands, traffic, emit, spare_copies)
        self._schema: tuple[SchemaObject, ...] = ()

    def do(self, item: Numbered) -> None:  # noqa: C901, PLR0912  one case for each kind of step
        """Does one step."""
        number, step = item.number, item.step
        match step:
            case PrepareDatabase() | AdvanceDatabase():
                self._make_schema(number, step)
            case LoadSql(database=database, path=path):
                self._hands.load(database, path)
            case GrantRights(database=database):
                self._hands.workspace.grant_rights(database)
            case CaptureSchema():
                self._capture(number, step)
            case CloneDatabase(source=source, target=target):
                self._hands.workspace.clone(source, target)
            case DropDatabase(database=database):
                self._hands.workspace.drop(database)
            case RenameDatabase(source=source, target=target):
                self._hands.workspace.rename(source, target)
            case StartReplicas():
                self._start(number, step)
            case StopReplicas(replicas=names):
                self._stop(number, names)
            case WarmUp():
                self._driving.warm(number, step)
            case Migrate():
                self._migrate(number, step)
            case AskHealth():
                self._ask_health(number, step)
            case Drive():
                if step.cell not in self._lost:
                    self._driving.drive(number, step)
            case PlanStatements() | LeaveAlone() | AwaitBackground():
                self._witness.do(number, step)
            case WatchLocks() | HoldTransaction() | MigrateUnderTraffic():
                self._under_traffic.do(number, step)
            case OpenTraffic() | RouteTraffic() | RetireReplicas() | CountTraffic() | CloseTraffic():
                self._replacing.do(number, step)
            case AskUnderLock():
                ask_under_lock(self._hands, number, step, self._emit)
            case BootTogether():
                Booting(self._hands, self._emit).do(number, step)
                self._mine.update(step.replicas)
            case TearMigration():
                self._tearing.do(number, step)
            case RunTask() | TryTask():
                self._tasks.do(number, step)
            case _:
                assert_never(step)

    def close(self) -> None:
        """Ends what would go on by itself."""
        self._replacing.close()

    def stop_all(self, number: int) -> None:
        """Stops the replicas of this track."""
        self._stop(number, tuple(sorted(self._mine)))

    def _make_schema(self, number: int, step: PrepareDatabase | AdvanceDatabase) -> None:
        if isinstance(step, AdvanceDatabase):
            self._advance(step)
        else:
            self._prepare(number, step)

    def _prepare(self, number: int, step: PrepareDatabase) -> None:
        try:
            self._hands.prepare(step.database, step.release)
        except MigrationFailedError as error:
            if step.cell is not None:
                self._lose(number, step.cell, step.database, "head", error)
                return
            raise MigrationError(explain_first(step.release, error, self._hands.read_from)) from None

    def _advance(self, step: AdvanceDatabase) -> None:
        try:
            self._hands.advance(step.database, step.release, step.revisions)
        except MigrationFailedError as error:
            raise MigrationError(
                f"the {step.release} release's migrations fail on the data of the one before it: {error.error}; see "
                "what the rehearsal of these two says of it"
            ) from None

    def _capture(self, number: int, step: CaptureSchema) -> None:
        before, self._schema = self._schema, self._hands.workspace.schema(step.database)
        if step.label is None:
            self._hands.forget_sent(step.database)  # what made the database before is no step's doing
            return
        sent = self._hands.sent_by_migrator(step.database)
        changes = compare_schemas(before, self._schema)
        self._emit(
            SchemaChanged(
                number=number,
                label=step.label,
                changes=changes,
                written=tuple(sorted(sent.written.items())),
                writes=sent.writes,
                statements=sent.statements,
                reached=find_reached(self._schema, sent.written, () if changes else sent.statements),
                writers=find_writers((*before, *self._schema)),
                bereft=find_bereft(self._schema, sent.written, sent.statements),
            )
        )

    def _start(self, number: int, step: StartReplicas) -> None:
        if step.cell in self._lost:
            return
        ready = False
        looks = {name: self._hands.look(name) for name in {replica.database for replica in step.replicas}}
        before = {name: versions for name, (versions, _) in looks.items()}
        results = self._hands.fleet.start(step)
        for replica, result in zip(step.replicas, results, strict=True):
            if isinstance(result, NotReadyError):
                failed = ReplicaFailed(
                    replica=replica.name,
                    release=replica.release,
                    database=replica.database,
                    number=number,
                    cell=step.cell,
                    reason=result.reason,
                    signature=result.signature,
                    log=self._hands.redact.lines(result.log),
                    sql=self._hands.observer.refusals([replica.name]),
                )
                self._emit(failed)
                if step.cell is None:
                    raise ReleaseError(describe_failed_start(failed))
                self._lost.add(step.cell)
                continue
            self._mine.add(replica.name)
            logged = self._witness.drain(number, step.cell or _FIRST, [replica.name])
            schema = found = looks[replica.database][1]
            if self._witness.may_have_changed_schema(logged):
                schema = self._hands.workspace.schema(replica.database)
            ready = True
            after = self._hands.versions(replica.database)
            self._emit(
                ReplicaReady(
                    replica=replica.name,
                    release=replica.release,
                    database=replica.database,
                    number=number,
                    cell=step.cell,
                    after_s=round(result.after_s, 3),
                    moved=None if after == before[replica.database] else (before[replica.database], after),
                    changed=compare_schemas(found, schema),
                )
            )
        if step.moves_schema and ready:
            self._expect_move(number, step, before)

    def _expect_move(self, number: int, step: StartReplicas, before: Mapping[str, tuple[str, ...]]) -> None:
        """Ends the track where replicas that should have migrated serve on the schema that they found."""
        first = step.replicas[0]
        left = self._hands.versions(first.database)
        if left != before[first.database] or not self._hands.knows_versions:
            return
        who = "the first new replica's boot command" if first.boot else "the first new replica"
        remedy = "let it migrate" if first.boot else 'add boot = "..." under [new]'
        self._emit(
            ReplicaFailed(
                replica=first.name,
                release=first.release,
                database=first.database,
                number=number,
                cell=step.cell,
                reason=f"when = at-boot, but {who} left the schema at {', '.join(left) or 'nothing'}; {remedy}, or "
                "correct when = under [migrations]",
                signature="the schema was not moved",
            )
        )
        raise TrackEnd(f"the first new replicas did not move the schema in step {number}")

    def _stop(self, number: int, names: tuple[str, ...]) -> None:
        for name, killed in self._hands.fleet.stop(names):
            self._emit(ReplicaStopped(replica=name, number=number, killed=killed))
            self._driving.forget(name)

    def _migrate(self, number: int, step: Migrate) -> None:
        before = self._hands.workspace.schema(step.database) if step.cell is not None else ()
        began = now()
        try:
            self._hands.migrator(step.database).upgrade(step.revision)
        except MigrationFailedError as error:
            after = self._hands.workspace.schema(step.database) if step.cell is not None else ()
            self._lose(number, step.cell, step.database, step.revision, error, left=compare_schemas(before, after))
            if step.ends_track:
                raise TrackEnd(f"the migration {step.label} failed in step {number}") from None
            return
        took_s = round(now() - began, 6)
        self._hands.durations.note(step.revision, took_s)
        self._emit(Migrated(database=step.database, revision=step.revision, number=number, duration_s=took_s))

    def _lose(
        self,
        number: int,
        cell: Cell | None,
        database: str,
        revision: str,
        error: MigrationFailedError,
        *,
        left: tuple[SchemaChange, ...] = (),
    ) -> None:
        """Tells of a migration that failed; nothing can be driven in its cell any more."""
        self._emit(
            MigrationFailed(
                database=database,
                revision=revision,
                number=number,
                cell=cell,
                error=self._hands.redact(error.error),
                sqlstate=error.sqlstate,
                log=self._hands.redact.lines(error.log),
                left=left,
                held=self._hands.tell_holder(database) if error.sqlstate == LOCK_NOT_AVAILABLE else "",
            )
        )
        if cell is not None:
            self._lost.add(cell)

    def _ask_health(self, number: int, step: AskHealth) -> None:
        for name in step.replicas:
            replica = self._hands.fleet.get(name)
            if replica is None:
                continue
            sentence = replica.ask_health()
            sent = self._hands.observer.take([name])
            # One that asked PostgreSQL for nothing has left its sessions as they were.
            if sent or sentence is not None or not self._hands.workspace.sees_statements:
                self._driving.cool([name])
            if sentence is not None:
                if replica.status is not None:
                    sentence = f"exited with status {replica.status} while it served"
                self._emit(
                    ReplicaFailed(
                        replica=name,
                        release=replica.release.name,
                        database=replica.database,
                        number=number,
                        cell=step.cell,
                        reason=sentence,
                        signature=sentence,
                        log=self._hands.redact.lines(replica.tail()),
                        sql=tuple(item.error for item in sent if item.error is not None),
                    )
                )
