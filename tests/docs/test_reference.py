"""The reference names everything that there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import harness
from harness import plugin
from harness.cli import main
from harness.evidence.journal import JOURNAL_NAME
from harness.plan.codec import PLAN_NAMES
from harness.report.document import REPORT_FORMAT, REPORT_NAME
from harness.report.html import PAGE_NAME
from harness.report.schema import schema

from .pages import ROOT, read_page

RECORDS = {name: set(found["properties"]) for name, found in schema()["$defs"].items() if "properties" in found}
#: What one process of the harness tells another, and nobody else.
INTERNAL = {"ROLLDEPLOY_SQLALCHEMY_URL"}


def rows(text: str) -> list[list[str]]:
    """The names in the first column of every table row."""
    return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in text.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_of_the_report_is_there_and_no_other(record: str) -> None:
    [section] = re.findall(
        rf"^### {record}\n(.*?)(?=^### |\Z)", read_page("reference/report.md"), re.MULTILINE | re.DOTALL
    )
    named = [name for row in rows(section) for name in row]
    assert len(named) == len(set(named))
    assert set(named) == RECORDS[record]


def test_no_other_record_is_there() -> None:
    page = read_page("reference/report.md")
    assert set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == set(RECORDS)
    assert f"`format` is {REPORT_FORMAT}" in page


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    return capsys.readouterr().out


def test_every_command_and_its_options_are_there_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    page = read_page("reference/options.md")
    [choices] = set(re.findall(r"\{([\w,]+)\}", helped(capsys).split("\n\n")[0]))
    named = {row[0].split()[1] for row in rows(page) if row[0].startswith("rolldeploy ")}
    assert named == set(choices.split(","))
    exist = {
        (option, name)
        for name in named
        for option in re.findall(r"^  (?:-\w [A-Z]+, )?(--[a-z-]+)", helped(capsys, name), re.MULTILINE)
    }
    told = set(re.findall(r"^\| `(--[a-z-]+)[^|]*` \| `(\w+)` \|", page, re.MULTILINE))
    assert told == exist


def test_every_variable_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(harness.__file__).parent.rglob("*.py")]
    exist = {name for text in texts for name in re.findall(r"\"(ROLLDEPLOY_[A-Z_]+|GITHUB_[A-Z_]+)\"", text)} - INTERNAL
    assert len(exist) > 3
    named = {name for row in rows(read_page("reference/options.md")) for name in row}
    assert exist == {name for name in named if name.startswith(("ROLLDEPLOY_", "GITHUB_"))}


def test_every_file_that_is_left_is_there() -> None:
    named = {name for row in rows(read_page("reference/options.md")) for name in row}
    assert {REPORT_NAME, PAGE_NAME, JOURNAL_NAME, *PLAN_NAMES, "logs/"} <= named


def test_every_public_name_is_there_and_no_other() -> None:
    section = read_page("reference/journeys.md").split("## What `harness` has")[1].split("\n## ")[0]
    assert {row[0] for row in rows(section)} == set(harness.__all__)


def test_every_fixture_is_there_and_no_other() -> None:
    source = Path(plugin.__file__).read_text(encoding="utf-8")
    exist = set(re.findall(r"@pytest\.fixture[^\n]*\ndef (\w+)", source))
    assert exist
    section = read_page("reference/journeys.md").split("## Fixtures")[1]
    assert {row[0] for row in rows(section)} == exist


def test_there_are_no_markers_as_it_says(pytestconfig: pytest.Config) -> None:
    """All that is registered is this project's own, pytest's, or another plugin's."""
    assert "There are no markers of its own" in read_page("reference/journeys.md")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "harness").rglob("*.py")]
    assert not any('"markers"' in source for source in sources)
    assert not any("rolldeploy" in marker for marker in pytestconfig.getini("markers"))
