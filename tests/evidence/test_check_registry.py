"""Each check has its page, its tests and a name that can stand in item ids and settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.evidence.checks import CHECKS, Check, check_keys
from harness.model.cell import ROLLOUT, Actor

ROOT = Path(__file__).parents[2]
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


@each_check
def test_every_check_has_a_page_that_says_what_breaks_and_what_is_safe(check: Check) -> None:
    page = (ROOT / "docs" / "checks" / f"{check.name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {check.name}\n")
    assert "**The safe way.**" in page


@each_check
def test_every_check_has_a_file_of_its_own_and_tests(check: Check) -> None:
    module = check.judge.__module__.rpartition(".")[2]
    assert module == check.name.replace("-", "_")
    tests = [file.read_text(encoding="utf-8") for file in (Path(__file__).parent / "checks").glob("test_*.py")]
    assert any(re.search(rf"^from harness\.evidence\.checks[. ].*\b{module}\b", text, re.MULTILINE) for text in tests)


def test_there_is_no_page_without_a_check() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "checks").glob("*.md")} - {"index"}
    assert pages == {check.name for check in CHECKS}


def test_names_are_neither_actors_nor_twice() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert not set(names) & {actor.value for actor in Actor}
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_checks_ask_at_each_step_and_those_of_the_deploy_as_a_whole_at_the_end() -> None:
    keys = check_keys(["0001_first", "0002_second"])
    assert len(set(keys)) == len(keys)
    assert {step for step, _ in keys} == {"0001_first", "0002_second", ROLLOUT}
    assert [step for step, _ in keys if step != ROLLOUT] == sorted(step for step, _ in keys if step != ROLLOUT)
