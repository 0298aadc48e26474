"""One rehearsal in two shards, one of them before a person's eyes: what is shown, and what both make together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from test_screen import Terminal

from harness.cli import main
from harness.report.document import REPORT_NAME, read_document
from plugin.projects import CHECK_ITEMS, JOURNEY_ITEMS, Project, Run, open_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECOND = """

@journey
def notes_are_counted(client: httpx.Client) -> Iterator[None]:
    client.post("/notes", json={"body": "bread"}).raise_for_status()
    yield
"""
#: A terminal that nothing scrolls out of.
HEIGHT = 1000


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, str, Run]]:
    """What was shown of the shard with the first journey on a terminal, and of the other one in a log."""
    with open_project(tmp_path_factory.mktemp("shards")) as project:
        project.copy("notes")
        project.add("test_notes.py", SECOND)
        shown = project.run_on_terminal("-k", "a_note_is_kept", "--rolldeploy-report=one")
        project.assert_nothing_left()
        yield project, shown, project.run("-k", "notes_are_counted", "--rolldeploy-report=two")


def test_a_terminal_shows_one_line_that_moves_and_nothing_of_it_in_the_end(
    shards: tuple[Project, str, Run],
) -> None:
    _, shown, _ = shards
    bars = re.findall(r"\r(\S+ \[[= ]{12}\] \d+/\d+ \d+:\d\d[^\x1b]*)", shown)
    assert len(bars) > 20
    done, total = map(int, re.findall(r"(\d+)/(\d+)", bars[-1])[0])
    assert 0.8 * total < done <= total
    terminal = Terminal(HEIGHT)
    terminal.text = shown
    left = terminal.rows()
    assert not [line for line in left if "[=" in line or "rolldeploy:" in line]
    [items] = [line for line in left if line.startswith("test_notes.py ")]
    assert re.fullmatch(rf"test_notes\.py [.xs]{{{JOURNEY_ITEMS}}} +\[100%\]", items)


def test_a_log_gets_a_line_for_each_step_of_the_plan(shards: tuple[Project, str, Run]) -> None:
    _, _, run = shards
    steps = [int(number) for number in re.findall(r"^ *(\d+) +\d+\.\d s  \S", run.text, re.MULTILINE)]
    assert sorted(steps) == list(range(1, max(steps) + 1))
    stages = re.findall(r"^rolldeploy: \S+, .+: steps \d+ to (\d+) of \d+", run.text, re.MULTILINE)
    assert int(stages[-1]) == max(steps) > 50
    assert "\x1b" not in run.text


def test_two_shards_are_one_report(
    shards: tuple[Project, str, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, _, _ = shards
    one, two = project.folder / "one", project.folder / "two"
    assert main(["merge", str(one), "-o", str(tmp_path / "half")]) == 1
    assert "missing     notes_are_counted" in capsys.readouterr().out
    assert main(["merge", str(one), str(two), "-o", str(tmp_path / "whole")]) == 0
    [path] = (tmp_path / "whole").glob(f"*/{REPORT_NAME}")
    whole = read_document(path)
    assert set(whole.journeys) == {"a_note_is_kept", "notes_are_counted"}
    assert (len(whole.outcomes), len(whole.checks)) == (2 * JOURNEY_ITEMS, CHECK_ITEMS)
    assert whole.answer is not None
    assert whole.answer.advice == "all steps before the code"
    assert main(["diff", str(one), str(tmp_path / "whole")]) == 0, capsys.readouterr().out
