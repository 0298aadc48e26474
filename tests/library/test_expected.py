from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.model.cell import Actor, Status
from harness.report.chain import ChainRecord, SafeRecord
from harness.report.document import Document, encode_document

from .builders import check, document, outcome
from .expected import Scenario, Step, compare, judge, main, read_scenarios

FILE = """\
[[step]]
revision = "0002"
title = "Drop a column"
hazard = "A01"
verdict = "after"
breaks = ["old-warm"]
checks = ["full-scan"]
"""


STEP = Step(revision="0002", title="Drop a column", hazard="A01", verdict="after", breaks=("old-warm",))
BROKEN = outcome(Actor.OLD_WARM, Status.FAIL)


def test_what_is_as_expected_is_no_word() -> None:
    assert list(compare(STEP, document(BROKEN))) == []


@pytest.mark.parametrize(
    ("step", "given", "said"),
    [
        ({"verdict": "before"}, document(BROKEN), "verdict after, not before"),
        ({}, document(), "old-warm: nothing, not breaks"),
        ({}, document(BROKEN, outcome(Actor.OLD_COLD, Status.FAIL)), "old-cold: breaks, not nothing"),
        ({}, document(outcome(Actor.OLD_WARM, Status.TRANSIENT)), "old-warm: transient, not breaks"),
        ({"sqlstate": "42703"}, document(BROKEN), "old-warm: SQLSTATE none, not 42703"),
        ({"why": "dropped"}, document(BROKEN), "old-warm: cause '', not 'dropped'"),
        ({"why": {"old-warm": "dropped", "old-cold": "x"}}, document(BROKEN), "old-warm: cause '', not 'dropped'"),
        ({"checks": ("full-scan",)}, document(BROKEN), "checks none, not full-scan"),
        ({}, document(BROKEN, checks=(check("full-scan"),)), "checks full-scan, not none"),
        ({"revision": "0009"}, document(BROKEN), "there is no step 0009"),
    ],
)
def test_what_is_otherwise_is_told(step: dict[str, Any], given: Document, said: str) -> None:
    assert list(compare(msgspec.structs.replace(STEP, **step), given)) == [said]


def test_what_an_earlier_step_broke_is_not_this_ones() -> None:
    later = outcome(Actor.OLD_COLD, Status.FAIL, inherited_from="0001")
    assert list(compare(STEP, document(BROKEN, later))) == []


@pytest.mark.parametrize(
    ("said", "since", "problems"),
    [
        ("v2", "v2", []),
        ("v1", "v2", ["safe from v2, not v1"]),
        ("", "v2", ["safe from v2, not none"]),
        ("v1", None, ["safe from none, not v1"]),
    ],
)
def test_from_which_release_on_a_step_is_safe_is_compared(said: str, since: str | None, problems: list[str]) -> None:
    safe = SafeRecord(step="0002_drop", since=since, answer="", releases=())
    found = msgspec.structs.replace(document(BROKEN), chain=ChainRecord(releases=("v1", "v2"), base=(), steps=(safe,)))
    assert list(compare(msgspec.structs.replace(STEP, safe_from=said), found)) == problems


def test_each_pair_of_a_chain_is_a_scenario(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    second = FILE.replace("0002", "0003").replace("[[step]]", '[[step]]\npair = "v2..v3"')
    (folder / "scenario.toml").write_text(FILE.replace("[[step]]", '[[step]]\npair = "v1..v2"') + second)
    first, last = read_scenarios(tmp_path)
    assert (first.name, first.path, first.report) == ("a/v1..v2", "a", "scenarios-a-v1..v2")
    assert [step.revision for step in last.steps] == ["0003", "rollout"]


def test_a_step_of_which_nothing_is_said_and_an_error_are_told() -> None:
    rollout = Step(revision="rollout", title="")
    scenario = Scenario(folder=Path(), steps=(rollout,))
    assert judge(scenario, document(error="no disk")) == {
        "0002": ["scenario.toml does not say what is expected"],
        "rollout": ["the rehearsal ended with an error: no disk"],
    }
    assert judge(replace(scenario, steps=(STEP, rollout)), document(BROKEN)) == {"0002": [], "rollout": []}


def write(tmp_path: Path, found: Document | None) -> tuple[Path, Path]:
    folder = tmp_path / "scenarios" / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(FILE)
    report = tmp_path / "reports" / "scenarios-a-b" / "rolldeploy.json"
    if found is not None:
        report.parent.mkdir(parents=True)
        report.write_bytes(encode_document(found))
    return tmp_path / "reports", tmp_path / "scenarios"


def test_main_is_content_only_with_what_is_as_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports, root = write(tmp_path, document(BROKEN, checks=(check("full-scan"),)))
    assert main(reports, [], root) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a/b 0002 A01: as expected",
        "a/b rollout safe: as expected",
        "expected: 2 passed, 0 failed",
    ]
    assert main(reports, ["a/c"], root) == 1
    assert "a/c: no such scenario" in capsys.readouterr().out


def test_main_fails_on_a_mismatch_and_on_what_was_not_rehearsed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports, root = write(tmp_path, document(BROKEN))
    assert main(reports, [], root) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "expected: 1 passed, 1 failed"
    assert main(tmp_path / "nowhere", [], root) == 1
    assert "a/b: not rehearsed" in capsys.readouterr().out
    assert main(reports, [], tmp_path / "empty") == 1


def test_main_tells_of_a_report_that_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports, root = write(tmp_path, document(BROKEN))
    (reports / "scenarios-a-b" / "rolldeploy.json").write_text("{")
    assert main(reports, [], root) == 1
    assert "is no report" in capsys.readouterr().out
