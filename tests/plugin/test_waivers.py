"""Waivers and a baseline on a deploy that fails: adopted, accepted, told, and run out, alone and under xdist."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from plugin.projects import Project, Run, open_project

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
FILE = "rolldeploy-waivers.toml"
MIGRATION = "new/migrations/versions/0002_add_pinned.py"
STEP = "0002_add_pinned"
#: What the team wrote itself: nothing of it may be changed, and it matches nothing.
OWN = f"""# ours, since May
[[waiver]]
step = "{STEP}"
actor = "old-boot"
reason = "to be seen"
owner = "web"

[[waiver]]
actor = "old-bypass"
until_revision = "0001_notes"
reason = "to be seen"
owner = "web"
"""
WORKERS = ("-n", "2", "--dist", "loadgroup")


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Run]]:
    with open_project(tmp_path_factory.mktemp("waivers")) as project:
        project.copy("notes")
        project.replace(MIGRATION, "ADD COLUMN pinned boolean NOT NULL DEFAULT false", "RENAME body TO text")
        project.replace("rolldeploy.toml", "[release]", 'name = "notes"\n[release]')
        project.write(FILE, OWN)
        yield project, project.run("--rolldeploy-update-waivers=payments", "--rolldeploy-report=out")


def document_of(project: Project, folder: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((project.folder / folder / "notes" / "rolldeploy.json").read_text())
    return told


def waiver_of(project: Project) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = tomllib.loads((project.folder / FILE).read_text())["waiver"]
    return told


def test_what_fails_is_adopted_behind_what_was_there_and_fails_once_more(adopted: tuple[Project, Run]) -> None:
    project, run = adopted
    assert run.status == FAILED
    text = (project.folder / FILE).read_text()
    assert text.startswith(OWN)
    entries = waiver_of(project)[2:]
    assert {entry["reason"] for entry in entries} == {"adopted"}
    assert {entry["owner"] for entry in entries} == {"payments"}
    assert {"step": STEP, "actor": "old-warm", "sqlstate": "42703", "reason": "adopted", "owner": "payments"} in entries
    assert f"# {STEP} renamed column notes.body to text\n[[waiver]]" in text
    run.assert_says(f"wrote {len(entries)} waivers of payments to {FILE}; from the next run on nothing of that fails")
    assert document_of(project, "out")["outcomes"]


def test_what_is_adopted_fails_nothing_and_is_told_everywhere(adopted: tuple[Project, Run]) -> None:
    project, before = adopted
    run = project.run(*WORKERS, "--rolldeploy-report=waived", "--junitxml=junit.xml", "-rx")
    assert run.status == PASSED
    assert run.counts["xfailed"] == before.counts["failed"] + before.counts.get("xfailed", 0)
    count = len(waiver_of(project)) - 2
    run.assert_says(
        f"waived by payments without end: adopted as it was found, and nobody has said why it is accepted ({FILE}, "
        "[[waiver]] 3)",
        f"what {count} waivers of payments adopted, for which nobody has said why it is accepted",
        f"unused {FILE}, [[waiver]] 1 of web (step {STEP}, actor old-boot) matches nothing that would fail: take it",
        f"unused {FILE}, [[waiver]] 2 of web (actor old-bypass), which expired with 0001_notes, which the old release",
        "w-fail",
    )
    told = document_of(project, "waived")
    assert {entry["matched"] > 0 for entry in told["waivers"]["entries"][2:]} == {True}
    assert not [outcome for outcome in told["outcomes"] if outcome["result"] == "failed"]
    verdicts = [step["verdict"] for step in told["steps"]]
    assert verdicts == [step["verdict"] for step in document_of(project, "out")["steps"]] == ["neither"]
    assert "Accepted for now by waivers" in (project.folder / "waived" / "notes" / "rolldeploy.html").read_text()
    assert '"rolldeploy_accepted" value="waived"' in (project.folder / "junit.xml").read_text()


def test_a_baseline_tells_what_was_there_and_fails_nothing_else(adopted: tuple[Project, Run]) -> None:
    project, _ = adopted
    project.write("none.toml", "")
    options = ("--rolldeploy-baseline=out/notes/rolldeploy.json", "--rolldeploy-waivers=none.toml")
    run = project.run(*WORKERS, *options, "-rx")
    assert run.status == PASSED
    run.assert_says(
        "known: out/notes/rolldeploy.json has it", "that out/notes/rolldeploy.json has too would fail without"
    )
    assert "k-fail" in run.text


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        (
            '[[waiver]]\nstep = "0002"\nowner = "web"\n',
            (),
            f"SettingsError: {FILE}, line 1, waiver.1.reason: missing: why the finding is accepted",
        ),
        (
            '[[waiver]]\nstep = "0002"\nowner = "web"\nreason = "so"\nuntil_revision = "0009"\n',
            (),
            f"SettingsError: {FILE}, [[waiver]] 1, until_revision: neither release has a revision '0009', so that",
        ),
        ("", ("--rolldeploy-waivers=gone.toml",), "gone.toml: No such file or directory"),
        ("", ("--rolldeploy-baseline=gone.json",), "ScenarioError: --rolldeploy-baseline: cannot read"),
        ("", ("--rolldeploy-baseline=old.json",), "old.json has format 1, and this release of the harness reads"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_starts(
    project: Project, text: str, options: tuple[str, ...], sentence: str
) -> None:
    project.copy("notes")
    project.write(FILE, text)
    project.write("old.json", '{"format": 1}')
    run = project.run(*options, "--collect-only", "-q")
    run.assert_refused(int(pytest.ExitCode.INTERRUPTED), sentence)


def test_an_owner_is_asked_for(project: Project) -> None:
    project.copy("notes")
    run = project.run("--rolldeploy-update-waivers= ")
    run.assert_refused(int(pytest.ExitCode.USAGE_ERROR), "say who is to answer for what is accepted")
