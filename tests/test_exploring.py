"""How long a search takes: a budget for what is tried, and one for making it smaller."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import strategies as st

from harness import exploring
from harness.errors import ScenarioError
from harness.explored import Explored
from harness.exploring import Search
from harness.model.exchange import Exchange
from harness.model.settings import Exploration
from harness.plan.conduct import Terms
from harness.plan.schedule import Migrate, Resume, Schedule, Start
from harness.plan.smaller import until
from harness.plan.tale import Tale, Told, Trouble
from harness.replaying import refuse_excused, refuse_other_values
from harness.theatre import judge_tale
from harness.traffic.journeys import Journey

if TYPE_CHECKING:
    from harness.plan.schedule import Action
    from harness.runtime.player import Player
    from harness.theatre import Theatre

TERMS = Terms(steps=("0002", "0003"), split=2, journeys=("a_note_is_kept",))
DOUBT = "perhaps not the smallest: the time for making it smaller was over; a larger budget_s gives it more"


class Clock:
    """Each rollout takes the same time; what follows a migration fails, where the copy was begun before it."""

    def __init__(self, each_s: float) -> None:
        self.each_s = each_s
        self.now = 0.0

    def judge(self, _player: object, actions: tuple[Action, ...], *_: object, **__: object) -> Tale:
        self.now += self.each_s
        kinds = [type(action) for action in actions]
        if Start not in kinds or Migrate not in kinds[kinds.index(Start) :]:
            return Tale()
        if Resume not in kinds[kinds.index(Migrate) :]:
            return Tale()
        trouble = Trouble(kind="assertion", who="a_note_is_kept", text="lost")
        return Tale(told=(Told(number=len(actions), action=actions[-1], trouble=trouble),))


def search(monkeypatch: pytest.MonkeyPatch, clock: Clock, budget_s: float) -> tuple[Search, Schedule]:
    monkeypatch.setattr(exploring, "now", lambda: clock.now)
    monkeypatch.setattr(exploring, "judge_tale", clock.judge)
    theatre = SimpleNamespace(
        terms=TERMS,
        keep=lambda: (None, None, SimpleNamespace(values=lambda *_: {})),
        fresh=lambda _: None,
        look=lambda *_: None,
        files=dict,
        invariant_files=dict,
        listing=SimpleNamespace(settings=SimpleNamespace(name="notes")),
    )
    searched = Search(cast("Theatre", theatre), Exploration(budget_s=budget_s))
    searched.stuck = True  # nothing is played ahead
    found = searched.run()
    assert found is not None
    return searched, found[0]


def test_what_is_found_is_made_smaller_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(each_s=5.0)
    searched, schedule = search(monkeypatch, clock, budget_s=10.0)
    assert clock.now <= 10.0 + 30.0 + 3 * clock.each_s  # one rollout is under way at each end, and one confirms it
    assert searched.cut
    explored = Explored(examples=1, duration_s=1.0, schedule=schedule, cut=True)
    assert explored.doubt == DOUBT
    assert explored.lines()[-1] == f"story       {DOUBT}"


def test_the_budget_counts_from_the_first_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(each_s=0.01)

    def start_others(_: Search) -> None:
        clock.now += 50.0

    monkeypatch.setattr(Search, "_play_ahead", start_others)
    searched, _ = search(monkeypatch, clock, budget_s=10.0)
    assert searched.began == 50.0
    assert not searched.over


def test_it_is_counted_in_how_many_rollouts_each_release_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(each_s=0.01)
    judge = clock.judge
    old = Told(number=1, action=Start(copy=1, journey="kept", replica="old-1"), exchanges=(exchange("old-1"),))
    lost = replace(old, exchanges=(replace(exchange("new-1"), status=None),))

    def answer(player: object, actions: tuple[Action, ...], *_: object, **__: object) -> Tale:
        return Tale(told=(old, lost, *judge(player, actions).told))

    monkeypatch.setattr(clock, "judge", answer)
    searched, _ = search(monkeypatch, clock, budget_s=10.0)
    assert searched.answered == {"old": searched.examples, "new": 0}


def test_what_is_the_smallest_is_told_without_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    searched, schedule = search(monkeypatch, Clock(each_s=0.01), budget_s=300.0)
    assert [type(action) for action in schedule.actions] == [Start, Migrate, Resume]
    assert not searched.cut
    assert Explored(examples=1, duration_s=1.0, schedule=schedule).doubt == ""


@pytest.mark.parametrize(
    ("found_s", "end_s", "budget_s", "expected"),
    [
        (10.0, 300.0, 300.0, (155.0, 300.0)),  # the budget itself leaves enough
        (290.0, 300.0, 300.0, (327.5, 365.0)),  # a quarter of it, where that is more
        (39.0, 40.0, 40.0, (54.0, 69.0)),  # half a minute at least
    ],
)
def test_time_for_making_it_smaller(
    found_s: float, end_s: float, budget_s: float, expected: tuple[float, float]
) -> None:
    assert until(found_s, end_s, budget_s) == expected


def test_hypothesis_leaves_nothing_in_the_project(tmp_path: Path) -> None:
    from hypothesis import configuration  # noqa: PLC0415  as the code does

    def storage() -> Path:
        found: Any = configuration.storage_directory("constants")
        return Path(os.fspath(getattr(found, "path", found)))

    before = storage()
    with exploring._hypothesis_in(tmp_path):
        assert storage() == tmp_path / "constants"
    assert storage() == before


class Controls:
    """Plays what was recorded before, and remembers which release was asked alone."""

    def __init__(self, rolled: Tale, old: Tale, new: Tale) -> None:
        self._rolled = rolled
        self._alone: dict[str, Tale] = {"old": old, "new": new}
        self.asked: list[str] = []

    def play(self, _: object) -> Tale:
        return self._rolled

    def play_alone(self, _: object, release: str) -> Tale:
        self.asked.append(release)
        return self._alone[release]


def exchange(replica: str, value: int = 1) -> Exchange:
    return Exchange(replica=replica, method="GET", path="/notes/1", status=200, response=f'{{"n": {value}}}')


def answered(value: int, trouble: str = "") -> Tale:
    start = Start(copy=1, journey="kept", replica="old-1")
    found = Trouble(kind="assertion", who="kept", text=trouble) if trouble else None
    return Tale(told=(Told(number=1, action=start, exchanges=(exchange("old-1", value),), trouble=found),))


@pytest.mark.parametrize(
    ("rolled", "old", "new", "asked", "kind"),
    [
        (answered(1), answered(1), answered(2), ["old"], ""),
        (answered(1), answered(2), answered(1), ["old", "new"], ""),
        (answered(1), answered(2), answered(2), ["old", "new"], "drift"),
        (answered(1, "lost"), answered(1, "lost"), answered(1), ["old"], ""),
        (answered(1, "lost"), answered(1), answered(1, "lost"), ["old", "new"], ""),
        (answered(1, "lost"), answered(1), answered(2), ["old", "new"], "assertion"),
    ],
    ids=["as the old", "as the new", "as neither", "fails in the old", "fails in the new", "fails in neither"],
)
def test_the_new_release_is_asked_alone_where_its_answer_matters(
    rolled: Tale, old: Tale, new: Tale, asked: list[str], kind: str
) -> None:
    controls = Controls(rolled, old, new)
    tale = judge_tale(cast("Player", controls), (), Exploration())
    trouble = tale.trouble
    whose = asked[-1] if rolled.trouble is not None and trouble is None else ""
    assert tale.excused == (f"kept: lost; so it does through the {whose} release alone" if whose else "")
    assert controls.asked == asked
    assert (trouble.kind if trouble is not None else "") == kind


@pytest.fixture
def journeys() -> dict[str, Journey]:
    """It is not played; pytest would take one that stands in the module for a rehearsal's."""
    return {"kept": Journey("kept", lambda: iter(()), {"body": st.integers(), "text": st.text()})}


def plan_with(values: dict[str, object] | None) -> Schedule:
    return Schedule(rehearsal="notes", actions=(Start(copy=1, journey="kept", replica="old-1", values=values),))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"text": "milk"}, "when the journey kept drew text, and it draws body, text by now: explore again"),
        ({"note": 1, "text": "milk"}, "when the journey kept drew note, text, and it draws body, text by now"),
        ({}, "when the journey kept drew nothing, and it draws body, text by now: explore again"),
    ],
)
def test_a_plan_of_a_journey_that_draws_other_values_by_now_is_refused(
    journeys: dict[str, Journey], values: dict[str, object], said: str
) -> None:
    with pytest.raises(ScenarioError, match=said):
        refuse_other_values(journeys, plan_with(values))


def test_a_plan_of_a_journey_that_draws_what_it_drew_is_played(journeys: dict[str, Journey]) -> None:
    refuse_other_values(journeys, plan_with({"text": "milk", "body": 1}))
    refuse_other_values(journeys, plan_with(None))


def test_a_rollout_that_was_not_played_to_its_end_is_not_well() -> None:
    refuse_excused(answered(1))
    with pytest.raises(ScenarioError, match="ends at action 1, and nothing can be said of it: kept: lost; so it does"):
        refuse_excused(replace(answered(1), excused="kept: lost; so it does through the old release alone"))
