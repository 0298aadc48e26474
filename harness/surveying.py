"""Finds out, before rollouts are explored, what the walk tells already: nobody asks for that again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.model.release import ReleaseName
from harness.plan.survey import read_survey, survey_new, survey_old, survey_torn
from harness.plan.wishes import KILL_POINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.plan.conduct import Barred, Terms
    from harness.plan.schedule import Action
    from harness.plan.tale import Tale
    from harness.runtime.company import Kept
    from harness.runtime.player import Player
    from harness.theatre import Theatre

#: Kinds of failures that say that an invariant is broken, and not that it cannot be asked: pytest.fail's is ``Failed``.
_BROKEN = frozenset({"AssertionError", "Failed", "http", "run"})


@dataclass(frozen=True, kw_only=True)
class Surveyed:
    """What was found out.

    Args:
        terms: What the settings allow, and what is not asked.
        left_out: A line for each thing that is not.
        stuck: Whether processes do not get over an exchange of their database, where new ones are well.
    """

    terms: Terms
    left_out: tuple[str, ...]
    stuck: bool


class Surveyor:
    """Tries each release by itself.

    Args:
        theatre: Has new processes.
        player: Plays with those that stay.
        kept: These; they are told of a request that wakes them.
    """

    def __init__(self, theatre: Theatre, player: Player, kept: Kept) -> None:
        self._theatre = theatre
        self._player = player
        self._kept = kept
        self._terms = theatre.terms
        self._stuck = False

    def survey(self) -> Surveyed:
        """Tries everything.

        Raises:
            ScenarioError: An invariant does not hold before anything is deployed.
        """
        for release in ReleaseName:
            self._ask_at_rest(release)
        barred = self._try(survey_old(self._terms)) | self._try(survey_new(self._terms))
        torn = self._torn()
        return Surveyed(
            terms=replace(self._terms, barred=barred, untorn=frozenset(torn)),
            left_out=(
                *(f"a migrator that dies in {step}: that it cannot be run again the walk tells" for step in torn),
                *self._describe(barred),
            ),
            stuck=self._stuck,
        )

    def _ask_at_rest(self, release: ReleaseName) -> None:
        """Refuses an invariant that would accuse the deploy of what has nothing to do with it.

        What a step by itself breaks is the deploy's doing, and found as a rollout. An invariant that cannot be asked of
        the new release, such as one that names a column which is gone, says nothing of the deploy.
        """
        broken = self._player.at_rest(release) and self._theatre.fresh(self._terms).at_rest(release)
        if broken is None:
            return
        name, _, failure = broken
        why = f"{failure.kind}: {' '.join(failure.text.split())}" + (f" ({failure.where})" if failure.where else "")
        if release == ReleaseName.OLD:
            raise ScenarioError(
                f"the invariant {name} does not hold before anything is deployed: {why}; have it say what holds there "
                "too"
            )
        if failure.kind not in _BROKEN:
            raise ScenarioError(
                f"the invariant {name} cannot be asked of the new release alone on its own schema: {why}; have it ask "
                "only for what both releases have"
            )

    def _try(self, actions: tuple[Action, ...]) -> frozenset[Barred]:
        """What fails in the walk's own states, where it fails with processes that are started for it too."""
        tale = self._player.play(actions, past_trouble=True)
        self._kept.getter = self._kept.getter or _find_getter(tale)
        seen = read_survey(self._terms, tale)
        if not seen:
            return seen
        barred = read_survey(self._terms, self._theatre.fresh(self._terms).play(actions, past_trouble=True))
        self._stuck = self._stuck or not seen <= barred
        return barred

    def _torn(self) -> list[str]:
        """Steps that cannot be run again where the migrator died in them."""
        if not self._terms.can_be_killed:
            return []
        return [step for step in self._terms.steps if self._is_torn(step)]

    def _is_torn(self, step: str) -> bool:
        for point in range(1, KILL_POINTS + 1):
            tale = self._player.play(survey_torn(self._terms, step, point), past_trouble=True)
            if tale.last_trouble is not None and tale.last_trouble.kind == "migration":
                return True
            if any(item.missed for item in tale.told):
                return False
        return False

    def _describe(self, barred: frozenset[Barred]) -> Iterator[str]:
        told: dict[tuple[str, str], list[int]] = {}
        for one in barred:
            told.setdefault((one.release, one.journey), []).append(one.applied)
        for (release, journey), applied in sorted(told.items()):
            where = f"behind {self._terms.steps[min(applied) - 1]}" if min(applied) else "from the beginning"
            yield f"{journey} through the {release} release {where}: that it fails there the walk tells"


def _find_getter(tale: Tale) -> str:
    """A request that wakes a pool of connections: one that was answered well, and asks for nothing to be stored."""
    exchanges = [exchange for item in tale.told for exchange in item.exchanges]
    good = [one.path for one in exchanges if one.method == "GET" and one.status is not None and not one.is_bad]
    return good[-1] if good else ""
