"""Defects that the walk cannot find, and exploration does: each with the smallest story of it, as text."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from .expected import SCENARIOS

STORY = "story.txt"
EXPLORED = sorted(path.parent.name for path in SCENARIOS.rglob(STORY))
#: It takes half a minute, the others one to three: ROLLDEPLOY_EVERY_STORY=1 asks for them too. That of open_baskets is
#: found in tests/plugin/test_exploring.py each time.
QUICK = {"filled_once"}
TOLD = EXPLORED if os.environ.get("ROLLDEPLOY_EVERY_STORY") else sorted(QUICK & set(EXPLORED))
#: On a machine that others use too.
_DEADLINE_S = 900


def told(text: str) -> list[str]:
    """The numbered lines of a failing item's story: once, though pytest's summary repeats them where CI is set."""
    item, _, _ = text.partition(" exploration: ")
    return re.findall(r"^  (\d+ .*)$", item, re.MULTILINE)


def test_there_are_enough_of_them() -> None:
    assert len(EXPLORED) >= 5
    assert set(EXPLORED) > QUICK


@pytest.mark.parametrize("name", TOLD)
def test_the_smallest_story_is_found(name: str) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SCENARIOS / name)]
    words += ["--rolldeploy-explore", "-k", "explore", "--rolldeploy-postgres=embedded"]
    ended = subprocess.run(
        words, cwd=SCENARIOS.parent, capture_output=True, text=True, check=False, timeout=_DEADLINE_S
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert told(ended.stdout) == (SCENARIOS / name / STORY).read_text(encoding="utf-8").splitlines(), ended.stdout
