"""Facts that happened in a rehearsal, frozen. Everything that is judged or reported is judged from these alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from harness.model.availability import Retired, Served
from harness.model.boots import Booted
from harness.model.cell import Cell  # noqa: TC001  msgspec resolves the annotations when a journal is read
from harness.model.exchange import Exchange  # noqa: TC001  as above
from harness.model.locks import LocksSeen, TrafficRan
from harness.model.observed import Background, Filed, Sent, SqlError, StatementsPlanned, Wrote
from harness.model.probed import Probed
from harness.model.revision import Revision  # noqa: TC001  as above
from harness.model.rollout import Schedule  # noqa: TC001  as above
from harness.model.schema import SchemaChange  # noqa: TC001  as above
from harness.model.settings import Expected, ReadFrom  # noqa: TC001  as above
from harness.model.task import TaskRan, TaskTried
from harness.model.torn import Torn
from harness.model.tracks import StepEnded, TrackBegunAgain, TrackStopped
from harness.model.waiver import Baseline, Waivers  # noqa: TC001  as above


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why an attempt is not good.

    Args:
        kind: Type of the exception; ``http`` for a 5xx that the journey ignored, ``run`` for a command that failed.
        text: The exception's message in one or a few lines.
        where: ``file:line`` in the journey, or the empty string.
        source: The journey's line there, stripped.
    """

    kind: str
    text: str
    where: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Started:
    """The rehearsal began.

    Args:
        name: Name of the rehearsal.
        postgres: Provider and version.
        old: Resolved source of the old release.
        new: Resolved source of the new release.
        reduced: What could not be observed on this server, one sentence each.
        passed_over: Why other providers of PostgreSQL were not taken, one sentence each.
        read_from: What was read from the deployment's own file, if the settings name one.
        code: Names of releases, each with what differs where its code does: a commit, say, or a digest of files.
        compared: Where both releases are one commit, and no step lies between them: that, in one sentence.
    """

    name: str
    postgres: str
    old: str
    new: str
    reduced: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    read_from: ReadFrom | None = None
    code: tuple[tuple[str, str], ...] = ()
    compared: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a judgement depends on beside the facts: so that a finished run can be judged again.

    Args:
        schedule: When each step is run.
        revisions: The steps of the schema, in the order in which they are run.
        expected: What the settings expect to fail.
        journeys_left_out: Names of the journeys of the scenario that take no part.
        lock_wait_ms: Milliseconds for which a request may wait for a lock that a migration holds.
        tasks: Names of the one-off tasks.
        chain: Names of the releases of a chain up to the new one, the oldest first; none where there is no chain.
        waivers: Findings that are accepted, as far as that day; None where nobody looked for any.
        baseline: Findings that were there before, where only new ones are to fail.
        all_met: Whether a step fails that no journey meets.
        walk_alone: Whether what comes behind the walk takes no part.
        runs_already: Whether the old release runs already, so that no replica of it is started.
    """

    schedule: Schedule
    revisions: tuple[Revision, ...]
    expected: tuple[Expected, ...] = ()
    journeys_left_out: tuple[str, ...] = ()
    lock_wait_ms: float = 200.0
    tasks: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    waivers: Waivers | None = None
    baseline: Baseline | None = None
    all_met: bool = False
    walk_alone: bool = False
    runs_already: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all journeys take part, in all that there is: a part cannot tell what is not there."""
        return not self.journeys_left_out and not self.walk_alone


@dataclass(frozen=True, kw_only=True)
class ReplicaReady:
    """A replica became ready.

    Args:
        replica: Its name.
        release: What it runs.
        database: What it is connected to.
        number: Step of the plan.
        cell: The cell that it was started for, if one.
        after_s: Seconds from its start.
        moved: Rows of the version table before and after the start, where the start moved them.
        changed: What the start did to the schema.
    """

    replica: str
    release: str
    database: str
    number: int
    cell: Cell | None
    after_s: float
    moved: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    changed: tuple[SchemaChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReplicaFailed:
    """A replica did not become ready, lost its readiness or died.

    Args:
        replica: Its name.
        release: What it runs.
        database: What it was to be connected to.
        number: Step of the plan.
        cell: The cell in which that happened, if one.
        reason: One sentence: exited with which status, or not ready in which time.
        signature: What makes two such failures the same one: command and exit status, never a message.
        log: Last lines of its log, secrets taken out.
        sql: What PostgreSQL refused it meanwhile.
    """

    replica: str
    release: str
    database: str
    number: int
    cell: Cell | None
    reason: str
    signature: str
    log: tuple[str, ...] = ()
    sql: tuple[SqlError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReplicaStopped:
    """A replica was stopped as planned."""

    replica: str
    number: int
    killed: bool


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """A migration was applied.

    Args:
        database: Where.
        revision: Its id.
        number: Step of the plan.
        duration_s: Seconds that it took.
    """

    database: str
    revision: str
    number: int
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class SchemaChanged:
    """What a step did to the schema, by the system catalogs before and after it.

    Args:
        number: Step of the plan.
        label: The step of the schema.
        changes: Everything that was added, dropped, renamed or changed.
        written: Tables in which it wrote rows, and how many; here and below the version table is left out.
        writes: How many statements it sent that write rows, found or not; None where PostgreSQL's log does not tell.
        statements: Those, and what it sent that changes the schema, without secrets; nothing where the log is silent.
        reached: Names in ``written`` and, without changes, in ``statements``, each with others that lead to the same.
        writers: Functions that may write rows, or call one that may.
        bereft: Tables in ``written`` whose rows its statements removed, each with those whose foreign keys look at it.
    """

    number: int
    label: str
    changes: tuple[SchemaChange, ...]
    written: tuple[tuple[str, int], ...] = ()
    writes: int | None = None
    statements: tuple[str, ...] = ()
    reached: tuple[tuple[str, tuple[str, ...]], ...] = ()
    writers: tuple[str, ...] = ()
    bereft: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, kw_only=True)
class MigrationFailed:
    """A migration did not go through.

    Args:
        database: Where.
        revision: Its id.
        number: Step of the plan.
        cell: The cell that it counts for, if one.
        error: Type and message, secrets taken out.
        sqlstate: PostgreSQL's code, or the empty string.
        log: Last lines of the migrator's log.
        left: What it has done to the schema all the same, where it counts for a cell: what was committed before.
        held: Who held the lock that it gave up, in one sentence; or the empty string.
    """

    database: str
    revision: str
    number: int
    cell: Cell | None
    error: str
    sqlstate: str = ""
    log: tuple[str, ...] = ()
    left: tuple[SchemaChange, ...] = ()
    held: str = ""


@dataclass(frozen=True, kw_only=True)
class Warmed:
    """How often each replica had run every working journey since its last error, before a step.

    Args:
        number: Step of the plan.
        cell: What they are warmed for.
        runs: Each replica, its count, and the count from which on every connection holds prepared statements.
    """

    number: int
    cell: Cell
    runs: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Attempted:
    """One copy of a journey was moved through one or more replicas in a cell.

    Args:
        number: Step of the plan.
        cell: The cell that it counts for.
        journey: The journey's name.
        round: 1 or 2: a first pass hides what a cache still holds, a second what fails once.
        copy: Number of the copy, unique in the plan.
        origin: Where the copy was started: the cell's text, or ``fresh`` in this very state.
        replicas: Who answered, in the order of the segments.
        segment: Index of the journey's segment that ran last, from 0.
        ended: Whether the journey came to its end.
        data: What Hypothesis drew for this copy, printed; or the empty string.
        exchanges: Requests and responses.
        failure: None where all went well.
        sql: What PostgreSQL refused these replicas meanwhile.
        log: Last lines of the last replica's log where the attempt failed.
        at: When it began, in seconds since the epoch; 0 where that was not written down.
        wrote: What it stored, where PostgreSQL's log has every statement.
    """

    number: int
    cell: Cell
    journey: str
    round: int
    copy: int
    origin: str
    replicas: tuple[str, ...]
    segment: int
    ended: bool = False
    data: str = ""
    exchanges: tuple[Exchange, ...] = ()
    failure: Failure | None = None
    sql: tuple[SqlError, ...] = ()
    log: tuple[str, ...] = ()
    at: float = 0.0
    wrote: tuple[Wrote, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The rehearsal ended.

    Args:
        duration_s: Seconds from start to end.
        error: The scenario or harness error that stopped it, or the empty string.
    """

    duration_s: float
    error: str = ""


Event: TypeAlias = (
    Started
    | Asked
    | StepEnded
    | ReplicaReady
    | ReplicaFailed
    | ReplicaStopped
    | Migrated
    | SchemaChanged
    | MigrationFailed
    | Warmed
    | Attempted
    | TrackStopped
    | TrackBegunAgain
    | Sent
    | Filed
    | StatementsPlanned
    | Background
    | LocksSeen
    | TrafficRan
    | Served
    | Retired
    | Torn
    | Booted
    | TaskRan
    | TaskTried
    | Probed
    | Ended
)
