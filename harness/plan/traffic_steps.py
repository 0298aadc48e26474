"""Steps of a plan in which migrations are measured beside traffic."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.settings import Load  # noqa: TC001  msgspec resolves the annotations


@dataclass(frozen=True, kw_only=True)
class WatchLocks:
    """Has PostgreSQL tell from now on what each migration locks, reads whole and writes anew.

    Args:
        database: Where; it is thrown away in the end, since event triggers are installed there.
    """

    database: str


@dataclass(frozen=True, kw_only=True)
class HoldTransaction:
    """Opens a transaction that has read every table, as a dump or a report does, beside the migration that follows.

    It stays open for a time that begins with the migration, whose locks queue behind it; and requests queue behind
    the migration.

    Args:
        database: Where.
        duration_s: For how long.
    """

    database: str
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class MigrateUnderTraffic:
    """Moves a schema while clients send requests all the time.

    Args:
        database: Where.
        revision: Alembic's id; None for all steps by one call, as they are deployed.
        label: Readable name of the step, or ``rollout`` for all of them.
        replicas: Who answers, in turn; nobody where the traffic is turned off.
        load: How many clients, and how fast.
        again: Whether it is the second look, which tells an artefact of a busy machine from a finding.
    """

    database: str
    revision: str | None
    label: str
    replicas: tuple[str, ...]
    load: Load
    again: bool = False
