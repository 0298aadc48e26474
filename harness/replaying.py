"""Plays a saved rollout once more, and refuses one of which nothing could be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.plan.conduct import advance, opening
from harness.plan.schedule import Start
from harness.plan.tale import describe
from harness.theatre import judge_tale, open_theatre

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.plan.conduct import Terms
    from harness.plan.schedule import Schedule
    from harness.plan.tale import Tale
    from harness.theatre import Production
    from harness.traffic.journeys import Journey


def replay(production: Production, schedule: Schedule) -> Tale:
    """Plays a saved schedule once more, with processes that are started for it.

    Args:
        production: What is replayed, and with what.
        schedule: What is played.

    Raises:
        ScenarioError: An action does not fit the settings or the journeys any more, or the rollout cannot be played to
            its end.
        HarnessError: The machine or the server failed.
    """
    refuse_other_values(production.cast.journeys, schedule)
    with open_theatre(production) as theatre:
        refuse_unfit(theatre.terms, schedule)
        tale = judge_tale(theatre.fresh(theatre.terms), schedule.actions, production.listing.settings.explore)
    refuse_excused(tale)
    return tale


def refuse_other_values(journeys: Mapping[str, Journey], schedule: Schedule) -> None:
    """Refuses a schedule whose journeys draw other values by now: with these they would not even begin.

    Raises:
        ScenarioError: The first journey that does.
    """
    for action in schedule.actions:
        if not isinstance(action, Start) or action.values is None or action.journey not in journeys:
            continue
        saved, drawn = sorted(action.values), sorted(journeys[action.journey].strategies)
        if saved != drawn:
            raise ScenarioError(
                f"the plan was saved when the journey {action.journey} drew {', '.join(saved) or 'nothing'}, and it "
                f"draws {', '.join(drawn) or 'nothing'} by now: explore again"
            )


def refuse_excused(tale: Tale) -> None:
    """Refuses to call it well where a rollout was not played to its end.

    Raises:
        ScenarioError: It ended early, with what a release alone does as well.
    """
    if tale.excused:
        raise ScenarioError(
            f"the rollout ends at action {tale.told[-1].number}, and nothing can be said of it: {tale.excused}; repair "
            "that, or explore again"
        )


def refuse_unfit(terms: Terms, schedule: Schedule) -> None:
    """Refuses a schedule of which something cannot be played any more.

    Raises:
        ScenarioError: The first action that does not fit.
    """
    world = opening(terms)
    for number, action in enumerate(schedule.actions, start=1):
        after = advance(terms, world, action)
        if after is None:
            raise ScenarioError(
                f"action {number} of the plan, '{describe(action)}', does not fit here: this rehearsal has the steps "
                f"{', '.join(terms.steps)}, the journeys {', '.join(terms.journeys)} and {terms.replicas} replicas"
            )
        world = after
