"""What came of migrations that were killed half-way and run again."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.schema import SchemaChange  # noqa: TC001  msgspec resolves the annotations when a journal is read

#: A migration with more points than this is one that commits row by row: it is torn at the first ones.
MOST_POINTS = 20


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """What whoever served could not do on what a migration or a task had left.

    Args:
        journey: The journey that failed; the empty string where the replica did not even start.
        reason: How, in one sentence, secrets taken out.
        sqlstates: PostgreSQL's codes meanwhile.
        replica: Whoever that was, where several served.
    """

    journey: str
    reason: str
    sqlstates: tuple[str, ...] = ()
    replica: str = ""


@dataclass(frozen=True, kw_only=True)
class Tear:
    """The migrator was killed at one point of a migration, and run again.

    Args:
        statement: The last of its statements that lasts, secrets taken out; the empty string where none does.
        left: What the schema had kept of it: nothing, where all of it is in one transaction.
        left_rows: Tables whose rows were otherwise then than before it.
        unserved: What the release that serves meanwhile failed to do on that; nothing is tried where nothing is left.
        error: Why the second run failed, secrets taken out; the empty string where it went through.
        sqlstate: PostgreSQL's code, or the empty string.
        schema: What is otherwise than where nobody was killed, behind the second run.
        rows: Tables whose rows are otherwise.
    """

    statement: str
    left: tuple[SchemaChange, ...] = ()
    left_rows: tuple[str, ...] = ()
    unserved: tuple[Unserved, ...] = ()
    error: str = ""
    sqlstate: str = ""
    schema: tuple[SchemaChange, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Torn:
    """One step, killed at every point at which it commits something.

    Args:
        number: Step of the plan.
        label: The step of the schema.
        replica: Name of the one that drove journeys on what was left.
        tears: One for each point.
        reason: Why it was not tried, in one sentence; or the empty string.
    """

    number: int
    label: str
    replica: str = ""
    tears: tuple[Tear, ...] = ()
    reason: str = ""
