"""Cells: who is observed at which step, what came of it, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Actor(StrEnum):
    """Who is driven by the journeys at a state."""

    CONTROL = "control"
    """The old fleet on the old schema: if this fails, nothing after it means anything."""
    OLD_WARM = "old-warm"
    """Old replicas that have served since before the step."""
    OLD_COLD = "old-cold"
    """A fresh old replica, started by ``serve`` alone after the step."""
    OLD_BOOT = "old-boot"
    """A fresh old replica, started by ``boot`` and then ``serve``."""
    OLD_BYPASS = "old-bypass"
    """The same with the variables that keep its start from minding the schema."""
    NEW_AHEAD = "new-ahead"
    """The new release on the schema before the step."""
    NEW_WARM = "new-warm"
    """New replicas that served before the step, after it."""
    OLD = "old"
    """The old release in the rollout, behind each step that comes before the code."""
    MIXED = "mixed"
    """Both releases at once: each reads what the other wrote."""
    NEW = "new"
    """The new release alone, after the rollout."""
    ROLL_BACK = "roll-back"
    """The old release again, on data that the new one wrote; the schema stays."""
    NEW_CONTROL = "new-control"
    """The new release on a fresh database of its own: tells a plain bug from an incompatibility."""
    EARLIER = "earlier"
    """A release of a chain that is older than the old one, started after the step."""


#: Cells of the rollout stand for the release as a whole, not for one step.
ROLLOUT = "rollout"
#: Cells before the first step.
BASE = "base"
#: The schema of an earlier release of a chain itself, where it makes the data that is carried along.
OWN = "own"
#: The same release behind the steps that lead to the next one, as the last of its replicas meet them.
BEHIND = "behind"
#: Replicas that serve background traffic stand for no cell: what they show is for the checks.
TRAFFIC = "traffic"

#: Who is asked at each step.
STEP_ACTORS = (
    Actor.OLD_WARM,
    Actor.OLD_COLD,
    Actor.OLD_BOOT,
    Actor.OLD_BYPASS,
    Actor.NEW_AHEAD,
    Actor.NEW_WARM,
)
#: Whose start may change the schema, on a copy of its own; the verdict does not count it.
BOOT_ACTORS = (Actor.OLD_BOOT, Actor.OLD_BYPASS)
#: Who is asked on the old release's own schema too, beside the control run: a further replica, started there.
BASE_ACTORS = (Actor.OLD_COLD, *BOOT_ACTORS)
#: Who is asked once, for the rollout as a whole.
ROLLOUT_ACTORS = (Actor.OLD, Actor.MIXED, Actor.NEW, Actor.ROLL_BACK)


@dataclass(frozen=True, order=True)
class Cell:
    """One place of the matrix.

    Args:
        step: Label of the revision, or ``base`` or ``rollout``.
        actor: Who is driven.
        release: Which of the earlier releases of a chain; the empty string for every other actor.
    """

    step: str
    actor: Actor
    release: str = ""

    def __str__(self) -> str:
        """The form that item ids and reports use."""
        return f"{self.step}-{self.actor}" + (f"-{self.release}" if self.release else "")


class Status(StrEnum):
    """What came of one journey in one cell."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    FAIL = "fail"
    TRANSIENT = "transient"
    """It failed and recovered without help."""
    UNTESTED = "untested"
    """Nothing was exercised there."""
    INCONCLUSIVE = "inconclusive"
    """It failed, and the control run of the same release failed too."""
    SKIPPED = "skipped"
    """The walk never came to it."""


#: From worst to best: a cell shows the worst of its journeys.
SEVERITY = (Status.FAIL, Status.TRANSIENT, Status.INCONCLUSIVE, Status.SKIPPED, Status.UNTESTED, Status.PASS)


class Verdict(StrEnum):
    """When a step may be run."""

    BEFORE = "before"
    """Old code works on the new schema, new code needs it: before the new code rolls out."""
    AFTER = "after"
    """New code works on the old schema, old code breaks on the new one: once no old replica is left."""
    EITHER = "either"
    """Both hold."""
    NEITHER = "neither"
    """Both break: two deploys, or downtime."""
    UNTESTED = "untested"
    """One of the two halves was not seen."""
