"""The parts that need no tool: how its words are read, held against the truth, counted and printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from by_linter import parse_output
from by_pytest_alembic import attribute, parse_failures
from by_rehearsal import mark_rehearsal
from by_squawk import parse_report
from library.builders import document, outcome
from library.expected import Scenario, Step
from marks import Cell, Mark, Opinion, Row, Rulebook
from msgspec import structs
from rulebooks import LINTER, PYTEST_ALEMBIC, SQUAWK
from table import render

from harness.model.cell import Actor, Status, Verdict

HERE = Path(__file__).parent
BOOK = Rulebook(dangers={"drop-column": ("A01", "A02"), "rename": ("A04",)}, advice={"lock-timeout": ("J",)})


@pytest.mark.parametrize(
    ("hazard", "opinion", "cell"),
    [
        ("A01", Opinion(("drop-column", "lock-timeout")), Cell(Mark.HIT, "drop-column")),
        ("A01", Opinion(("rename", "lock-timeout")), Cell(Mark.WRONG, "rename")),
        ("A01", Opinion(("lock-timeout", "style")), Cell(Mark.MISS)),
        ("J04", Opinion(("lock-timeout", "lock-timeout")), Cell(Mark.HIT, "lock-timeout")),
        ("", Opinion(("drop-column", "style")), Cell(Mark.ALARM, "drop-column")),
        ("", Opinion(("lock-timeout", "style")), Cell(Mark.CLEAN)),
        ("A01", Opinion(unavailable="cannot render"), Cell(Mark.NOTHING, "cannot render")),
    ],
)
def test_a_warning_is_held_against_the_truth(hazard: str, opinion: Opinion, cell: Cell) -> None:
    assert BOOK.judge(hazard, opinion) == cell


def test_the_table_shows_each_step_and_the_totals() -> None:
    rows = [
        Row("a", "0002", "", {"x": Cell(Mark.CLEAN), "y": Cell(Mark.ALARM, "p|q")}),
        Row("a", "0003", "A01", {"x": Cell(Mark.HIT), "y": Cell(Mark.MISS)}),
        Row("b", "rollout", "F01", {"x": Cell(Mark.WRONG, "who"), "y": Cell(Mark.NOTHING, "not Alembic")}),
    ]
    assert render(rows, ["x", "y"]) == (
        "| scenario | step | hazard | x | y |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| a | 0002 | safe | clean | false alarm: p\\|q |\n"
        "| a | 0003 | A01 | hit | miss |\n"
        "| b | rollout | F01 | wrong: who | -: not Alembic |\n"
        "\n"
        "| tool | hazards | hit | wrong | miss | untested | cannot look"
        " | safe changes | clean | false alarm | wrong | untested | cannot look |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| x | 2 | 1 | 1 | 0 | 0 | 0 | 1 | 1 | 0 | 0 | 0 | 0 |\n"
        "| y | 2 | 0 | 0 | 1 | 0 | 1 | 1 | 0 | 1 | 0 | 0 | 0 |\n"
    )


def mark(step: Step, *found: tuple[Actor, Status], verdict: Verdict = Verdict.AFTER) -> Cell:
    rollout = Step(revision="rollout", title="")
    report = document(*(outcome(actor, status) for actor, status in found))
    report = structs.replace(report, steps=tuple(structs.replace(record, verdict=verdict) for record in report.steps))
    return mark_rehearsal(Scenario(folder=Path(), steps=(step, rollout)), report)["0002"]


def test_a_rehearsal_hits_where_all_is_right_and_nothing_else_is() -> None:
    hazard = Step(revision="0002", title="", hazard="A01", verdict="after", breaks=("old-warm",))
    warm, cold = (Actor.OLD_WARM, Status.FAIL), (Actor.OLD_COLD, Status.FAIL)
    assert mark(hazard, warm) == Cell(Mark.HIT)
    assert mark(hazard, warm, cold) == Cell(Mark.WRONG, "old-cold: breaks, not nothing")
    assert mark(hazard) == Cell(Mark.MISS, "old-warm: nothing, not breaks")


def test_a_rehearsal_of_a_safe_change_is_clean_or_a_false_alarm() -> None:
    safe = Step(revision="0002", title="", verdict="after")
    assert mark(safe) == Cell(Mark.CLEAN)
    assert mark(safe, (Actor.OLD_WARM, Status.TRANSIENT)) == Cell(Mark.ALARM, "old-warm: transient, not nothing")
    assert mark(safe, verdict=Verdict.BEFORE) == Cell(Mark.WRONG, "verdict before, not after")
    assert mark(safe, verdict=Verdict.UNTESTED) == Cell(Mark.UNTESTED, "verdict untested, not after")


def test_a_rehearsal_that_has_seen_too_little_says_so() -> None:
    known = Step(revision="0002", title="", hazard="A03", verdict="untested")
    assert mark(known, verdict=Verdict.UNTESTED) == Cell(Mark.UNTESTED)
    hazard = Step(revision="0002", title="", hazard="A01", verdict="after", breaks=("old-warm",))
    assert mark(hazard, verdict=Verdict.UNTESTED).mark is Mark.UNTESTED


def test_squawks_report_is_read() -> None:
    text = json.dumps([{"file": "a.sql", "rule_name": "x"}, {"file": "a.sql", "rule_name": "y"}])
    assert parse_report(text) == {"a.sql": ["x", "y"]}
    assert parse_report("") == {}


def test_the_linters_output_is_read() -> None:
    text = "(0003)... ERR\n\tDROP_COLUMN\n\tNOT_NULL\n(0002)... OK\n\n*** Summary ***\nValid migrations: 1/2\n"
    assert parse_output(text) == {"0003": ["DROP_COLUMN", "NOT_NULL"], "0002": []}


def test_a_failure_of_pytest_alembic_is_of_the_step_that_it_names() -> None:
    xml = (
        '<testsuites><testsuite><testcase name="test_upgrade"/>'
        '<testcase name="test_up_down_consistency"><failure message="Failing Revision">0003</failure></testcase>'
        '<testcase name="test_single_head_revision"><failure message="2 heads"/></testcase>'
        '<testcase name="test_model_definitions_match_ddl"><error>env.py does not provide a MetaData object</error>'
        "</testcase></testsuite></testsuites>"
    )
    opinions = attribute(parse_failures(xml), ("0002", "0003"))
    assert opinions == {
        "0002": Opinion(("test_single_head_revision",)),
        "0003": Opinion(("test_up_down_consistency", "test_single_head_revision")),
    }


def test_rulebooks_name_families_or_beginnings_of_them() -> None:
    for book in (SQUAWK, LINTER, PYTEST_ALEMBIC):
        for families in (*book.dangers.values(), *book.advice.values()):
            assert all(len(family) <= 3 and family[0] in "ABCDEFGHIJKLM" for family in families)
        assert not set(book.dangers) & set(book.advice)


def test_a_step_is_rendered_and_one_that_asks_the_database_is_not(tmp_path: Path) -> None:
    """An ``env.py`` may render without a database; a migration that reads its answer cannot."""
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n", encoding="utf-8"
    )
    (tmp_path / "migrations" / "env.py").write_text(
        "from alembic import context\n\ncontext.configure(dialect_name='postgresql')\ncontext.run_migrations()\n",
        encoding="utf-8",
    )
    body = "from alembic import op\n\nrevision = {0!r}\ndown_revision = {1!r}\n\n\ndef upgrade():\n    {2}\n"
    steps = {
        "0001": (None, 'op.execute("CREATE TABLE a (b int)")'),
        "0002": ("0001", 'op.execute("DROP TABLE a")'),
        "0003": ("0002", 'op.get_bind().execute("SELECT 1").scalar()'),
    }
    for revision, (before, statement) in steps.items():
        (versions / f"{revision}.py").write_text(body.format(revision, before, statement), encoding="utf-8")
    work = json.dumps({"ini": "alembic.ini", "section": "alembic", "x": [], "revisions": ["0002", "0003"]})
    ended = subprocess.run(
        [sys.executable, HERE / "bare_rendering.py", work], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rendered = json.loads(ended.stdout.splitlines()[-1])
    assert "DROP TABLE a" in rendered["0002"][0]
    assert "CREATE TABLE" not in rendered["0002"][0]
    assert rendered["0003"][0] == ""
    assert "AttributeError" in rendered["0003"][1]
