"""The page for release managers quotes one report, and explains its lines."""

from __future__ import annotations

import re

from library.expected import SCENARIOS, read_scenarios

from .pages import block, blocks, read_page
from .quoted import PAGE, SHOP

TEXT = read_page(PAGE)
QUOTED = block(TEXT, SHOP).text


def test_what_is_explained_is_in_the_report() -> None:
    parts = [each for each in blocks(TEXT) if not each.title]
    assert len(parts) > 5
    lines = QUOTED.splitlines()
    assert [line for part in parts for line in part.text.splitlines() if line not in lines] == []


def test_every_line_of_the_report_is_explained() -> None:
    explained = {line for each in blocks(TEXT) if not each.title for line in each.text.splitlines()}
    passed_over = {line for line in QUOTED.splitlines() if line not in explained and line}
    assert all(re.match(r"step [2-4] ", line) for line in passed_over), passed_over


def test_verdicts_are_those_that_the_scenario_promises() -> None:
    [shop] = [scenario for scenario in read_scenarios() if scenario.folder == SCENARIOS / SHOP]
    told = dict(re.findall(r"^\d (\d{4})_.*  (\w+)(?:   not \w+!)?$", QUOTED, re.MULTILINE))
    assert told == {step.revision: step.verdict for step in shop.steps if step.verdict}
