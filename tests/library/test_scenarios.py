"""What can be said of the scenarios without running them."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from harness.evidence.checks import CHECKS
from harness.model.cell import ROLLOUT, ROLLOUT_ACTORS, Actor

from .expected import SCENARIOS, Scenario, Step, read_scenarios
from .index import INDEX, TIMES, hazards, render, render_times, safe_changes

ALL = read_scenarios()
CHECK_NAMES = {check.name for check in CHECKS}
OLD_ACTORS = {Actor.OLD_WARM.value, Actor.OLD_COLD.value, Actor.OLD_BOOT.value, Actor.OLD_BYPASS.value}
#: Behind which folder a family's letter is; HAZARDS.md has more, under these letters.
FAMILY = re.compile(r"[A-M]\d\d")

each = pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)


def settings(scenario: Scenario) -> dict[str, Any]:
    return tomllib.loads((scenario.folder / "rolldeploy.toml").read_text(encoding="utf-8"))


def test_the_index_is_what_the_scenarios_say() -> None:
    said, heading, _ = INDEX.read_text(encoding="utf-8").partition(TIMES)
    assert heading, "scenarios/README.md has no section of times"
    assert said == render(ALL), "write it anew: python -m tests.library.index REPORTS"


def test_the_slowest_ten_are_listed_first_to_last() -> None:
    text = render_times({f"s{n:02}": float(n) for n in range(12)})
    assert "12 rehearsals, 66 s" in text
    assert re.findall(r"^\| \[(s\d\d)\]", text, re.MULTILINE) == [f"s{n:02}" for n in range(11, 1, -1)]


def test_there_are_enough_hazards_and_safe_changes() -> None:
    assert len(hazards(ALL)) >= 45
    assert len(safe_changes(ALL)) >= 20


def test_every_folder_with_settings_is_a_scenario() -> None:
    """Except for the applications that nobody wrote for a test, which tell what was found in a README of their own."""
    folders = {path.parent for path in SCENARIOS.rglob("rolldeploy.toml")}
    foreign = {folder for folder in folders if folder.parent == SCENARIOS / "third_party"}
    assert folders - foreign == {scenario.folder for scenario in ALL}
    said = (SCENARIOS / "third_party" / "README.md").read_text(encoding="utf-8")
    assert {f"[{folder.name}]({folder.name})" for folder in foreign} == set(re.findall(r"\[\w+\]\(\w+\)", said))


@each
def test_a_scenario_is_complete(scenario: Scenario) -> None:
    """Deploys of one story share its README."""
    readmes = [folder / "README.md" for folder in (scenario.folder, scenario.folder.parent) if folder != SCENARIOS]
    texts = [readme.read_text(encoding="utf-8") for readme in readmes if readme.is_file()]
    assert any(re.search(r"^The safe way: \S", text, re.MULTILINE) for text in texts)
    assert list(scenario.folder.glob("test_*.py"))
    assert (scenario.folder / "rolldeploy.toml").is_file()


@each
def test_what_a_scenario_says_is_well_formed(scenario: Scenario) -> None:
    revisions = [step.revision for step in scenario.steps]
    assert len(set(revisions)) == len(revisions)
    for step in scenario.steps:
        assert bool(step.verdict) == (step.revision != ROLLOUT)
        assert not step.hazard or FAMILY.fullmatch(step.hazard)
        assert step.title or not step.hazard
        assert set(step.checks) <= CHECK_NAMES
        known = {actor.value for actor in ROLLOUT_ACTORS} if step.revision == ROLLOUT else OLD_ACTORS
        assert set(step.who) <= known
        assert len(set(step.who)) == len(step.who)
        assert not step.who or step.hazard, f"{step.revision} breaks {step.who}, and is no hazard"
        assert not (step.is_safe and step.checks), f"{step.revision} fails {step.checks}, and is no hazard"


def expected(scenario: Scenario) -> list[tuple[str, str, Any]]:
    """Step, cell or check, and what is said of it, for each entry of ``[expect]``."""
    tables = settings(scenario).get("expect", {})
    return [(step, name, said) for step, table in tables.items() for name, said in table.items()]


def is_expected_of(step: Step, name: str, said: Any) -> bool:
    """Whether what settings expect of a cell or check is what the scenario says of it."""
    if name in CHECK_NAMES:
        return name in step.checks
    status = said.get("status") if isinstance(said, dict) else None
    who = {"fail": step.breaks, "transient": step.transient}.get(status or "", step.who)
    sqlstate = said.get("sqlstate") if isinstance(said, dict) else None
    return name in who and (not sqlstate or not step.sqlstate or sqlstate == step.sqlstate)


#: Cells of which a scenario says nothing but the verdict.
NEW_ACTORS = {Actor.NEW_AHEAD.value, Actor.NEW_WARM.value, Actor.NEW_CONTROL.value}


@each
def test_what_settings_expect_is_what_the_scenario_says(scenario: Scenario) -> None:
    steps = {step.revision: step for step in scenario.steps}
    for revision, name, said in expected(scenario):
        if name in NEW_ACTORS:
            continue
        meant = list(steps.values()) if revision == "*" else [steps[revision]]
        assert any(is_expected_of(step, name, said) for step in meant), f"[expect.{revision!r}] {name}"


@each
def test_settings_expect_all_that_the_scenario_says(scenario: Scenario) -> None:
    """Where migrations run last, nobody relies on old replicas behind them, and their failures are not red."""
    if settings(scenario).get("migrations", {}).get("when") == "after":
        return
    entries = expected(scenario)
    for step in scenario.steps:
        for name in (*step.who, *step.checks):
            said = [entry for revision, cell, entry in entries if revision in {step.revision, "*"} and cell == name]
            assert any(is_expected_of(step, name, entry) for entry in said), f"{step.revision} {name}"
