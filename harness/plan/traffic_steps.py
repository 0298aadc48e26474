"""Steps of a plan in which migrations, and the replacement of replicas, are measured beside traffic."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.release import ReleaseName  # noqa: TC001  msgspec resolves the annotations
from harness.model.rollout import Drain  # noqa: TC001  as above
from harness.model.settings import Load  # noqa: TC001  as above


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
        revisions: Ids of the steps. Several are made by one call, as they are deployed.
        label: Readable name of the step, or ``rollout`` for all that come on one side of the code.
        replicas: Who answers, in turn; nobody where the traffic is turned off.
        load: How many clients, and how fast.
        again: Whether it is the second look, which tells an artefact of a busy machine from a finding.
    """

    database: str
    revisions: tuple[str, ...]
    label: str
    replicas: tuple[str, ...]
    load: Load
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class TearMigration:
    """Kills the migrator at every point at which a migration can be left half done, and runs it again each time.

    Whoever serves meanwhile has to live with what is left. In the end the source has the step behind it.

    Args:
        source: The database before the step.
        target: What is torn: a copy for each point.
        revision: Alembic's id.
        label: Readable name of the step.
        aside: A copy of what is left, on which a replica serves.
        replica: Its name.
        release: Of the release that serves while the step is run.
        journeys: What it is asked for there; none where nobody serves while the step is run.
    """

    source: str
    target: str
    revision: str
    label: str
    aside: str
    replica: str
    release: ReleaseName
    journeys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BootTogether:
    """Starts new replicas at once that migrate when they start, and holds them up until each of them waits.

    The version table is locked against writing: whoever runs the steps gets to their end and no further, and whoever
    comes too waits for that one, if anything makes it wait. Then they are let go, or those that migrate are cut off.

    Args:
        replicas: Names of the new replicas that start.
        database: Before all steps.
        boot: Whether ``boot`` is run before ``serve``.
        source: The first state, from which the reference was made.
        reference: A database behind all steps, made by one migrator.
        revisions: Ids of the steps.
        cut: Whether the sessions that wait are ended.
        within_s: Seconds in which they have to become ready; None leaves it to the release.
    """

    replicas: tuple[str, ...]
    database: str
    boot: bool
    source: str
    reference: str
    revisions: tuple[str, ...]
    cut: bool = False
    within_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class AskUnderLock:
    """Asks the probes of one replica while every table is locked, as in the worst moment of a migration.

    Args:
        database: Where.
        replicas: The first of them that runs is asked.
    """

    database: str
    replicas: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OpenTraffic:
    """Has clients send requests all the time from here on.

    Args:
        replicas: Who gets them, in turn.
        load: How many clients, and how fast.
    """

    replicas: tuple[str, ...]
    load: Load


@dataclass(frozen=True, kw_only=True)
class RouteTraffic:
    """Sends requests to other replicas from here on, as a load balancer does whose endpoints have changed.

    Args:
        replicas: Who gets them; those that do not run get none.
    """

    replicas: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RetireReplicas:
    """Stops replicas that serve: each has a request under way when it is told to, and gets no more before or after.

    A Deployment stops none before those that take its place are ready: then nobody is stopped here either.

    Args:
        replicas: Who is stopped, one after the other.
        drain: Whether they get no more traffic before or after they are told to stop.
        once_ready: Who has to run for it.
    """

    replicas: tuple[str, ...]
    drain: Drain
    once_ready: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CountTraffic:
    """Waits until clients have asked for something in this state, and tells what became of it.

    Args:
        state: Who serves, in words.
    """

    state: str


@dataclass(frozen=True, kw_only=True)
class CloseTraffic:
    """Ends the clients; those that wait for an answer get it first."""
