"""The pages of hazards say what the scenarios say."""

from __future__ import annotations

import re

import pytest

from .expected import read_scenarios
from .hazards import GROUPS, INDEX, MARK, PAGES, Shown, by_hazard, migration, read_told, render_index, rewritten, title

HAZARDS = by_hazard(read_scenarios())
ANEW = "write it anew: python -m tests.library.hazards"
#: What each page says by hand, in this order.
PARTS = ("**What breaks.** ", "**For whom.** ", "**The safe way.**\n\n1. ")

each = pytest.mark.parametrize("hazard", HAZARDS)


def page(hazard: str) -> str:
    return (PAGES / f"{hazard.lower()}.md").read_text(encoding="utf-8")


def test_every_hazard_has_a_page_and_no_other() -> None:
    assert {path.stem.upper() for path in PAGES.glob("*.md") if path != INDEX} == set(HAZARDS)
    assert {hazard[0] for hazard in HAZARDS} == set(GROUPS)


@each
def test_a_page_is_what_the_scenarios_say(hazard: str) -> None:
    assert page(hazard) == rewritten(page(hazard), HAZARDS[hazard], {}), ANEW


def test_the_index_is_what_the_scenarios_say() -> None:
    by_hand, mark, written = INDEX.read_text(encoding="utf-8").partition(MARK)
    assert by_hand.startswith("# Hazards\n")
    assert mark
    assert written == render_index(HAZARDS, {hazard: title(page(hazard)) for hazard in HAZARDS}), ANEW


@each
def test_a_page_says_what_breaks_for_whom_and_the_safe_way(hazard: str) -> None:
    by_hand = page(hazard).partition(MARK)[0]
    places = [by_hand.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


def is_told(shown: Shown, told: str) -> bool:
    """Whether a quotation has the code, the cause and the checks that the scenario promises."""
    step = shown.step
    causes = {step.why} if isinstance(step.why, str) else set(step.why.values())
    return (
        (step.sqlstate in told or not step.who)
        and any(cause in told for cause in causes)
        and all(f", {check}: " in told for check in step.checks)
    )


@each
def test_a_page_quotes_what_the_scenario_promises(hazard: str) -> None:
    told = read_told(page(hazard))
    assert told
    shown = {one.key: one for one in HAZARDS[hazard]}
    assert set(told) <= set(shown)
    assert [key for key, text in told.items() if not is_told(shown[key], text)] == []


@each
def test_a_page_names_nothing_of_the_machine_that_its_report_is_from(hazard: str) -> None:
    for text in read_told(page(hazard)).values():
        assert not re.search(r"(?<![\w:/.])/(?:home|root|tmp|usr|work|Users)/", text)


def test_every_step_that_does_harm_has_its_code() -> None:
    without = [one.key for shown in HAZARDS.values() for one in shown if not migration(one)]
    assert {revision for _, revision in without} == {"rollout"}


def test_a_quotation_stays_where_no_report_is_given() -> None:
    shown = HAZARDS["A04"]
    first = shown[0]
    before = rewritten(f"# By hand\n\n{MARK}", shown, {first.key: "what was told"})
    assert read_told(before) == {first.key: "what was told"}
    assert rewritten(before, shown, {}) == before
    assert "newly told" in rewritten(before, shown, {first.key: "newly told"})
