"""What came of new replicas that migrate when they start, held up in the middle of it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.schema import SchemaChange  # noqa: TC001  msgspec resolves the annotations when a journal is read


@dataclass(frozen=True, kw_only=True)
class AskedMeanwhile:
    """What a replica answered while its migration could not end.

    Args:
        replica: Its name.
        live: What came instead of a good answer of its liveness; the empty string where it was good.
        ready: Whether its readiness said that it may get traffic.
        apart: Whether it was at a ``boot`` that is run in a container of its own, where no probe is asked.
        startup: What came instead of a good answer of its startup probe; None where there is no such probe.
    """

    replica: str
    live: str
    ready: bool
    apart: bool = False
    startup: str | None = None


@dataclass(frozen=True, kw_only=True)
class Booted:
    """New replicas were started at once on the schema before all steps, and their migrations held up until all waited.

    Args:
        number: Step of the plan.
        replicas: Their names.
        cut: Whether the sessions that migrated were ended instead of let go.
        waited: Who was seen waiting for a lock: their own migration's, or another replica's.
        asked: What they answered meanwhile; nothing where nobody waited.
        has_liveness: Whether the settings say how to ask for liveness.
        ready: Who became ready in the end.
        failed: Name and reason of those that did not.
        sqlstates: What PostgreSQL refused them, each code once.
        messages: The same in words.
        complete: Whether the version table says in the end that all steps were made; None where nobody can tell.
        schema: What is otherwise than where one migrator made the steps.
        rows: Tables whose rows are otherwise.
        startup_s: Seconds that the startup probe gives a replica; None where there is no such probe.
        live_s: Seconds that liveness gives one, from its start or from the success of the startup probe; None where
            there is no liveness, or where that was not written down.
    """

    number: int
    replicas: tuple[str, ...]
    cut: bool
    waited: tuple[str, ...]
    asked: tuple[AskedMeanwhile, ...]
    has_liveness: bool
    ready: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    sqlstates: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    complete: bool | None = None
    schema: tuple[SchemaChange, ...] = ()
    rows: tuple[str, ...] = ()
    startup_s: float | None = None
    live_s: float | None = None
