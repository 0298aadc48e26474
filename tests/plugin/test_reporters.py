"""One rehearsal that fails, as GitHub runs it and as other reporters of pytest see it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from harness.report.html import PAGE_NAME
from harness.report.markdown import marker
from plugin.projects import Project, Run, open_project

if TYPE_CHECKING:
    from collections.abc import Iterator

for _reporter in ("pytest_html", "allure_pytest", "pytest_reportlog"):
    pytest.importorskip(_reporter, reason=f"{_reporter} is not installed")

FAILED = int(pytest.ExitCode.TESTS_FAILED)
MIGRATION = "new/migrations/versions/0002_add_pinned.py"
BROKEN = "[0002_add_pinned-old-warm]"
OPTIONS = (
    "--rolldeploy-report=out",
    "--junitxml=junit.xml",
    "--html=pytest.html",
    "--self-contained-html",
    "--alluredir=allure",
    "--report-log=log.jsonl",
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Run]]:
    with open_project(tmp_path_factory.mktemp("reporters")) as project:
        project.copy("notes")
        project.replace(MIGRATION, "ADD COLUMN pinned boolean NOT NULL DEFAULT false", "RENAME body TO text")
        project.write("summary.md", "what another step wrote\n")
        project.env |= {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(project.folder / "summary.md"),
            "GITHUB_WORKSPACE": str(project.folder),
        }
        yield project, project.run(*OPTIONS)


def slug_of(project: Project) -> str:
    return next(path.name for path in (project.folder / "out").iterdir())


def test_the_summary_gets_the_report_behind_what_it_has(ran: tuple[Project, Run]) -> None:
    project, run = ran
    assert run.status == FAILED
    text = (project.folder / "summary.md").read_text()
    document = json.loads((project.folder / "out" / slug_of(project) / "rolldeploy.json").read_text())
    assert text.startswith(f"what another step wrote\n{marker(document['name'])}")
    assert "| **FAIL** |" in text
    assert "renamed column notes.body to text" in text.replace("\\", "")


def test_the_migrations_own_line_is_annotated_once(ran: tuple[Project, Run]) -> None:
    project, run = ran
    line = (
        (project.folder / MIGRATION)
        .read_text()
        .splitlines()
        .index('    op.execute("ALTER TABLE notes RENAME body TO text")')
    )
    commands = [text for text in run.text.splitlines() if text.startswith("::")]
    mine = [text for text in commands if f"file={MIGRATION}," in text]
    assert len(mine) == 1
    assert mine[0].startswith(f"::error file={MIGRATION},line={line + 1},title=rolldeploy%3A 0002_add_pinned")
    assert "42703" in mine[0]


def test_the_short_summary_has_a_line_for_each_failure(ran: tuple[Project, Run]) -> None:
    _, _, summary = ran[1].text.partition("short test summary info")
    lines = summary.splitlines()[1:]
    failed = [line for line in lines if line.startswith("FAILED ")]
    assert failed
    assert lines[: len(failed)] == failed, "each of them is one line"
    assert all(" - " in line for line in failed)


def test_a_page_lies_beside_the_document(ran: tuple[Project, Run]) -> None:
    project, _ = ran
    page = (project.folder / "out" / slug_of(project) / PAGE_NAME).read_text()
    assert "renamed column notes.body to text" in page
    assert "<svg" in page
    assert re.search(r'href="#attempt-[^"]+" class="t b"', page)
    assert "ALTER TABLE notes RENAME body TO text" in page


def test_junit_tells_release_and_report(ran: tuple[Project, Run]) -> None:
    project, _ = ran
    root = ET.parse(project.folder / "junit.xml")  # noqa: S314  our own file
    told: dict[str, dict[str | None, str | None]] = {
        str(case.get("name")): {one.get("name"): one.get("value") for one in case.iter("property")}
        for case in root.iter("testcase")
    }
    releases = {
        given["rolldeploy_actor"]: given.get("rolldeploy_release")
        for given in told.values()
        if "rolldeploy_actor" in given
    }
    assert releases["old-warm"] == "old"
    assert releases["new-ahead"] == "new"
    assert {given["rolldeploy_report"] for given in told.values()} == {f"out/{slug_of(project)}/rolldeploy.json"}
    messages = [str(one.get("message")) for one in root.iter("failure")]
    assert messages
    assert all("\n" not in message for message in messages)
    failed = next(given for name, given in told.items() if name.endswith(BROKEN))
    assert failed["rolldeploy_verdict"] == "neither"
    assert failed["rolldeploy_sqlstate"] == "42703"


def test_pytest_html_shows_the_story(ran: tuple[Project, Run]) -> None:
    text = (ran[0].folder / "pytest.html").read_text()
    assert "old-warm" in text
    assert "renamed column notes.body to text" in text


def test_allure_has_the_story_and_its_status(ran: tuple[Project, Run]) -> None:
    results: list[dict[str, Any]] = [
        json.loads(path.read_text()) for path in (ran[0].folder / "allure").glob("*-result.json")
    ]
    broken = [one for one in results if one["name"].endswith(BROKEN)]
    assert broken
    for one in broken:
        assert one["status"] in {"failed", "broken"}
        assert "renamed column notes.body to text" in json.dumps(one["statusDetails"])
    assert {one["status"] for one in results} >= {"passed"}


def test_reportlog_has_every_item(ran: tuple[Project, Run]) -> None:
    lines = [json.loads(line) for line in (ran[0].folder / "log.jsonl").read_text().splitlines()]
    calls = {one["nodeid"]: one for one in lines if one["$report_type"] == "TestReport" and one["when"] == "call"}
    broken = [one for name, one in calls.items() if name.endswith(BROKEN)]
    assert [one["outcome"] for one in broken] == ["failed"] * len(broken) != []
    assert ["rolldeploy_step", "0002_add_pinned"] in broken[0]["user_properties"]
    root = ET.parse(ran[0].folder / "junit.xml")  # noqa: S314  our own file
    assert len(calls) == len(list(root.iter("testcase")))
