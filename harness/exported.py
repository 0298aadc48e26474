"""A rollout that failed, as a test of its own: the plan and the story in one file, and nothing else to look for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.plan.schedule import Schedule, decode_schedule, encode_schedule
from harness.plan.tale import describe

if TYPE_CHECKING:
    from pathlib import Path

_TEST = '''"""A rollout of {rehearsal} that failed: {finding}

{story}

It fails for as long as this rollout does. It lies beside the settings, and its journeys where they were.
"""

PLAN = r"""
{plan}"""


def test_{name}(rolldeploy_replay):
    rolldeploy_replay(PLAN)
'''


def read_plan(file: Path, shown: str = "") -> Schedule:
    """The plan that an exploration saved.

    Args:
        file: Where it is.
        shown: What the user calls it; else its path.

    Raises:
        ScenarioError: It cannot be read, or is none.
    """
    shown = shown or str(file)
    try:
        return decode_schedule(file.read_bytes())
    except OSError as error:
        raise ScenarioError(f"the plan {shown} cannot be read: {error.strerror}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{shown}: {error}") from None


def write_test(file: Path, target: Path) -> Path:
    """Writes a test that plays a plan; returns where.

    Args:
        file: The plan.
        target: The test's file, ``test_*.py`` in the folder of the settings or below it.

    Raises:
        ScenarioError: There is something already, or pytest would not take it for a test.
    """
    if not (target.name.startswith("test_") and target.suffix == ".py"):
        raise ScenarioError(f"--as-test: pytest takes test_*.py for a test, and not {target.name}")
    if target.exists():
        raise ScenarioError(f"--as-test: {target} is there already, and is left alone; name another file")
    text = render_test(read_plan(file), re.sub(r"\W", "_", target.stem.removeprefix("test_")))
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"--as-test: {target} cannot be written: {error.strerror}") from None
    return target


def render_test(schedule: Schedule, name: str) -> str:
    """The text of the test.

    Args:
        schedule: What it plays.
        name: Ends the name of its function.
    """
    story = [f"{number} {describe(action)}" for number, action in enumerate(schedule.actions, start=1)]
    plan = encode_schedule(schedule).decode()
    return _TEST.format(
        rehearsal=schedule.rehearsal,
        finding=_harmless(schedule.finding),
        story=_harmless("\n".join(story)),
        # In a raw text three quotes would end it, and JSON has another way to write one.
        plan=plan.replace('"""', '""\\u0022'),
        name=name,
    )


def _harmless(text: str) -> str:
    return text.replace("\\", "/").replace('"""', "'''")
