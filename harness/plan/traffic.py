"""Decides what is tried once the rollout is over: what the old release's statements say of each schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.plan.builder import PlanBuilder
from harness.plan.steps import CloneDatabase, DropDatabase, PlanStatements
from harness.plan.subject import LIVE, SEED, Subject, finish, migrate

if TYPE_CHECKING:
    from harness.plan.steps import Plan


def plan_traffic(subject: Subject, *, first_number: int = 1) -> Plan:
    """Each step once more on a database of its own, to look at statements that no journey may have sent.

    Args:
        subject: What the plan is made for.
        first_number: Number of the first step; goes on after those of the rollout.
    """
    builder = PlanBuilder(subject.journeys)
    builder.stage("under traffic")
    builder.track("traffic")
    builder.add(DropDatabase(database=LIVE), CloneDatabase(source=SEED, target=LIVE), PlanStatements(database=LIVE))
    for revision in subject.revisions:
        builder.add(migrate(LIVE, revision), PlanStatements(database=LIVE, label=revision.label))
    builder.add(DropDatabase(database=LIVE), DropDatabase(database=SEED))
    return finish(subject, builder, first_number=first_number)
