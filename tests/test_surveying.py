"""Invariants are asked before anything is deployed: one that does not hold there says nothing of the deploy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from harness.errors import ScenarioError
from harness.model.events import Failure
from harness.plan.conduct import Terms
from harness.plan.tale import Tale
from harness.surveying import Surveyor

if TYPE_CHECKING:
    from harness.runtime.company import Kept
    from harness.runtime.player import Player
    from harness.theatre import Theatre

Broken = tuple[str, str, Failure] | None


class Resting:
    """Replicas of a release alone, of which invariants say what they are told to say."""

    def __init__(self, **broken: Broken) -> None:
        self._broken = broken

    def at_rest(self, release: str) -> Broken:
        return self._broken.get(release)

    def play(self, *_: object, **__: object) -> Tale:
        return Tale()


def broken(kind: str) -> Broken:
    return "nothing_is_oversold", "old-1", Failure(kind=kind, text="assert\n  -1 >= 0", where="test_shop.py:9")


def survey(kept: Resting, fresh: Resting) -> None:
    terms = Terms(steps=("0002",), split=1, journeys=("kept",), can_be_killed=False)
    theatre = SimpleNamespace(terms=terms, fresh=lambda _: fresh)
    talk = SimpleNamespace(getter="")
    Surveyor(cast("Theatre", theatre), cast("Player", kept), cast("Kept", talk)).survey()


def test_one_that_does_not_hold_before_anything_is_deployed_is_refused() -> None:
    resting = Resting(old=broken("AssertionError"))
    said = (
        r"^the invariant nothing_is_oversold does not hold before anything is deployed: AssertionError: assert -1 >= 0 "
        r"\(test_shop.py:9\); have it say what holds there too$"
    )
    with pytest.raises(ScenarioError, match=said):
        survey(resting, resting)


def test_one_that_does_not_hold_with_processes_that_stay_alone_is_not() -> None:
    survey(Resting(old=broken("AssertionError")), Resting())


def test_one_that_the_new_release_cannot_be_asked_for_is_refused() -> None:
    resting = Resting(new=broken("UndefinedColumn"))
    with pytest.raises(ScenarioError, match="cannot be asked of the new release alone on its own schema: UndefinedCo"):
        survey(resting, resting)


@pytest.mark.parametrize("kind", ["AssertionError", "Failed", "http"])
def test_what_a_step_by_itself_breaks_is_left_to_be_found(kind: str) -> None:
    resting = Resting(new=broken(kind))
    survey(resting, resting)
