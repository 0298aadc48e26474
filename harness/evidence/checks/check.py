"""What a check is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.evidence.timeline import Timeline
    from harness.model.finding import Judgement


@dataclass(frozen=True, kw_only=True)
class Check:
    """Makes findings out of events, for one hazard.

    Args:
        name: In item ids, in ``[expect]`` and as the name of its page.
        title: What it asks, in a few words.
        judge: Says what happened at a step, by its label.
        each_step: Whether it asks that of each step.
        rollout: Whether it asks that of the deploy as a whole.
        old_alone: Whether only the old release is concerned: then it is nobody's business where the steps come after
            the code.
        breaks_old: Whether a failure means that the old release does not live with the step, whatever journeys show.
        of_tasks: Whether it asks only where there are one-off tasks.
        of_steps: Whether it asks that of the deploy as a whole only where there are migrations.
        at_boot: Whether it asks only where new replicas run the steps when they start.
    """

    name: str
    title: str
    judge: Callable[[Timeline, str], Judgement]
    each_step: bool = True
    rollout: bool = False
    old_alone: bool = True
    at_boot: bool = False
    of_tasks: bool = False
    of_steps: bool = False
    breaks_old: bool = False
