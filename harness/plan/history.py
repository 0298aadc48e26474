"""Decides what the releases of a chain before the old one do: make the data that is carried along, meet each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.cell import BASE, BEHIND, OWN, Actor, Cell
from harness.model.release import ReleaseName
from harness.plan.chain_steps import AdvanceDatabase
from harness.plan.steps import (
    CloneDatabase,
    DropDatabase,
    GrantRights,
    LoadSql,
    PrepareDatabase,
    Replica,
    StartReplicas,
    StopReplicas,
)
from harness.plan.subject import EARLIER, SEED, TRIED, Subject, drive_all, migrate, names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.plan.builder import Origin, PlanBuilder


def plan_first_schema(builder: PlanBuilder, subject: Subject, database: str) -> None:
    """The old release's own schema, empty but for the user's seed data, which is written for the first release's."""
    line = _line(subject)
    builder.add(PrepareDatabase(database=database, release=line[0]))
    if subject.seed:
        builder.add(LoadSql(database=database, path=subject.seed))
    for earlier, following in zip(subject.earlier, line[1:], strict=True):
        _advance(builder, database, following, (*earlier.before, *earlier.after))


def plan_history(builder: PlanBuilder, subject: Subject, database: str = SEED) -> dict[str, Origin]:
    """Brings the first database to the old release's schema; each release of the chain before that one writes to it.

    It does so on its own schema, and behind the steps that are run while it still serves: there it leaves rows that
    the next release's migrations never saw. What it cannot do there is told where these two are rehearsed.

    Returns:
        Where each of them left copies paused, by its name.
    """
    line = _line(subject)
    builder.add(PrepareDatabase(database=database, release=line[0]))
    if subject.seed:
        builder.add(LoadSql(database=database, path=subject.seed))
    if subject.restricted:
        builder.add(GrantRights(database=database))
    origins: dict[str, Origin] = {}
    for earlier, following in zip(subject.earlier, line[1:], strict=True):
        name = earlier.name
        replicas = (Replica(name=f"earlier-{name}-seed", release=name, database=database),)
        builder.add(StartReplicas(replicas=replicas))
        origins[name] = drive_all(builder, Cell(OWN, Actor.EARLIER, name), replicas, [])
        if earlier.before:
            _advance(builder, database, following, earlier.before)
            drive_all(builder, Cell(BEHIND, Actor.EARLIER, name), replicas, [])
        builder.add(StopReplicas(replicas=names_of(replicas)))
        _advance(builder, database, following, earlier.after)
    return origins


def plan_earlier_across_steps(builder: PlanBuilder, subject: Subject, origins: Mapping[str, Origin]) -> None:
    """Each release before the old one is started anew on the old one's schema, and behind each step.

    Each of them gets a copy of its own, so that none reads what another one wrote there.
    """
    builder.track("earlier")
    _try_all(builder, BASE, 0, origins)
    for index, revision in enumerate(subject.revisions, start=1):
        builder.add(migrate(EARLIER, revision))
        _try_all(builder, revision.label, index, origins)
    builder.add(DropDatabase(database=EARLIER))


def _try_all(builder: PlanBuilder, step: str, index: int, origins: Mapping[str, Origin]) -> None:
    for name, origin in origins.items():
        cell = Cell(step, Actor.EARLIER, name)
        replicas = (Replica(name=f"earlier-{name}-{index}", release=name, database=TRIED),)
        builder.add(CloneDatabase(source=EARLIER, target=TRIED), StartReplicas(replicas=replicas, cell=cell))
        drive_all(builder, cell, replicas, [origin])
        builder.add(StopReplicas(replicas=names_of(replicas)), DropDatabase(database=TRIED))


def _line(subject: Subject) -> tuple[str, ...]:
    """The releases up to the old one, the oldest first."""
    return (*(earlier.name for earlier in subject.earlier), ReleaseName.OLD)


def _advance(builder: PlanBuilder, database: str, release: str, revisions: tuple[str, ...]) -> None:
    if revisions:
        builder.add(AdvanceDatabase(database=database, release=release, revisions=revisions))
