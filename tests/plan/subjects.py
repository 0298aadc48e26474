"""Subjects of plans: by hand, and drawn by Hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from harness.model.revision import Revision
from harness.model.rollout import Drain, Kind, Strategy
from harness.plan.planner import plan_walk
from harness.plan.rollout import plan_rollout_at
from harness.plan.subject import Earlier, Subject
from harness.plan.traffic import plan_traffic

if TYPE_CHECKING:
    from harness.plan.steps import Plan

WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
JOURNEYS = ("order", "stock")


def make_revisions(count: int) -> tuple[Revision, ...]:
    """Revisions with ids ``0001``, ``0002`` and labels ``0001_first``, ``0002_second``."""
    return tuple(
        Revision(
            id=f"{number:04}",
            down=(f"{number - 1:04}",) if number > 1 else (),
            doc=word,
            path=f"migrations/versions/{number:04}_{word}.py",
        )
        for number, word in enumerate(WORDS[:count], start=1)
    )


def make_subject(steps: int = 1, journeys: tuple[str, ...] = JOURNEYS, **fields: Any) -> Subject:
    return Subject(name="orders", revisions=make_revisions(steps), journeys=journeys, **fields)


def plan_rehearsal(subject: Subject, split: int) -> tuple[Plan, Plan, Plan]:
    """The walk, the rollout that goes on after it, and what comes at the end."""
    walk = plan_walk(subject)
    rollout = plan_rollout_at(subject, split, first_number=_last(walk) + 1)
    return walk, rollout, plan_traffic(subject, first_number=_last(rollout) + 1)


def _last(plan: Plan) -> int:
    return max(item.number for stage in plan.stages for track in stage.tracks for item in track.steps)


#: Two releases of a chain before the old one; between the second and the old one a step comes after the code too.
EARLIER = (Earlier(name="v1", before=("a",)), Earlier(name="v2", before=("b",), after=("c",)))

_COUNTS = st.sampled_from(["0", "1", "25%", "50%", "100%"])

SUBJECTS = st.builds(
    make_subject,
    steps=st.integers(1, 3),
    journeys=st.sampled_from([("order",), JOURNEYS]),
    strategy=st.builds(
        Strategy,
        kind=st.sampled_from(Kind),
        replicas=st.integers(1, 4),
        max_surge=_COUNTS,
        max_unavailable=_COUNTS,
        canary=_COUNTS,
        drain=st.sampled_from(Drain),
    ),
    old_boot=st.booleans(),
    old_bypass=st.booleans(),
    new_boot=st.booleans(),
    seed=st.sampled_from([None, "seed.sql"]),
    restricted=st.booleans(),
    at_boot=st.booleans(),
    split=st.sampled_from([None, 0, 1]),
    earlier=st.sampled_from([(), EARLIER[:1], EARLIER]),
).filter(lambda subject: subject.split is None or not subject.at_boot)

REHEARSALS = SUBJECTS.flatmap(
    lambda subject: st.builds(plan_rehearsal, st.just(subject), st.integers(0, len(subject.revisions)))
)
