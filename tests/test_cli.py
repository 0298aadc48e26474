"""The command line ``rolldeploy``: prints what a rehearsal left, with no server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from evidence.builders import at, failed_twice, make_plan, rehearsed
from plan.subjects import JOURNEYS, make_revisions, make_subject, plan_rehearsal

from harness.cli import main
from harness.evidence.checks import CHECKS
from harness.evidence.journal import JOURNAL_NAME, write_journal
from harness.model.cell import Actor, Verdict
from harness.model.events import Asked, Ended, Started
from harness.model.rollout import Schedule, When
from harness.plan.codec import PLAN_NAMES, digest, encode_plan
from harness.report.document import (
    REPORT_FORMAT,
    REPORT_NAME,
    AnswerRecord,
    Document,
    StepRecord,
    encode_document,
    read_document,
)
from harness.report.html import PAGE_NAME
from harness.report.judging import judge_run
from harness.report.markdown import marker
from harness.report.records import CountRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.evidence.checks import Check

USAGE = 4


@pytest.fixture
def leave_report(tmp_path: Path) -> Callable[[str], Path]:
    """Write the report of a rehearsal with one step below the folder of reports."""

    def leave(name: str) -> Path:
        step = StepRecord(
            number=1,
            revision="0002",
            label="0002_add_pinned",
            file="migrations/versions/0002_add_pinned.py",
            when="before",  # type: ignore[arg-type]
            verdict=Verdict.BEFORE,
            agrees=True,
            old="works",  # type: ignore[arg-type]
            new="breaks",  # type: ignore[arg-type]
            note="",
            coverage=None,
            cells={},
        )
        given: dict[str, Any] = {
            "format": REPORT_FORMAT,
            "name": name,
            "plans": ("d22750b8",),
            "postgres": "18.6 (embedded)",
            "passed_over": (),
            "reduced": (),
            "old": "old",
            "new": "new",
            "when": When.BEFORE,
            "journeys": ("a_note_is_kept",),
            "journeys_left_out": (),
            "steps": (step,),
            "base": {},
            "rollout": {},
            "answer": AnswerRecord(
                splits=(1,),
                rehearsed_split=1,
                advice="all steps before the code",
                horizon="0002_add_pinned",
                can_roll_back=True,
                no_restart_from=None,
            ),
            "outcomes": (),
            "counts": CountRecord(replicas=1, requests=2, migrations=3, duration_s=4.5),
            "error": "",
        }
        required = [field.name for field in msgspec.structs.fields(Document) if field.required]
        given |= {name: () for name in required if name not in given}
        path = tmp_path / "reports" / name / REPORT_NAME
        path.parent.mkdir(parents=True)
        path.write_bytes(encode_document(Document(**given)))
        assert read_document(path).name == name
        return path

    return leave


def test_all_reports_below_a_folder(leave_report: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_report("notes").parents[1]
    leave_report("shop")
    assert main(["report", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert [printed.count(f"rolling deploy: {name}") for name in ("notes", "shop")] == [1, 1]
    assert "0002_add_pinned" in printed
    assert "deploy      all steps before the code" in printed


def test_one_report(leave_report: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_report("notes").parent
    leave_report("shop")
    assert main(["report", str(folder)]) == 0
    assert "shop" not in capsys.readouterr().out


def test_one_report_by_its_file(leave_report: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = leave_report("notes")
    shutil.copytree(path.parent, path.parent / "older")
    assert main(["report", str(path)]) == 0
    assert capsys.readouterr().out.count("rolling deploy: notes") == 1
    assert main(["report", str(path), "--format", "html"]) == 0
    assert (path.parent / PAGE_NAME).is_file()
    path.write_text("{")
    assert main(["report", str(path)]) == USAGE
    assert "is no report" in capsys.readouterr().err


def test_square_brackets_are_no_markup(leave_report: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(leave_report("no[bold]tes").parent)]) == 0
    assert "no[bold]tes" in capsys.readouterr().out


def test_it_is_a_command_that_needs_no_pytest(leave_report: Callable[[str], Path]) -> None:
    folder = leave_report("notes").parent
    program = Path(sys.executable).parent / "rolldeploy"
    command = [str(program)] if program.exists() else [sys.executable, "-m", "harness.cli"]
    done = subprocess.run([*command, "report", str(folder)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "rolling deploy: notes" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: shutil.rmtree(path.parent), f"there is no {REPORT_NAME} in"),
        (lambda path: path.unlink(), "run pytest with --rolldeploy-report="),
        (lambda path: path.write_text("{"), "is no report"),
        (lambda path: path.write_text("[]"), "is no report"),
        (lambda path: path.write_text(json.dumps({"format": 99})), "has format 99, and this release of the harness"),
        (lambda path: path.write_text(json.dumps({"format": REPORT_FORMAT})), "is no report"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    leave_report: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
    sentence: str,
) -> None:
    path = leave_report("notes")
    spoil(path)
    assert main(["report", str(path.parent)]) == USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("rolldeploy: ")
    assert sentence in told.err
    assert len(told.err.splitlines()) == 1


def test_no_command_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "report" in capsys.readouterr().err


@pytest.fixture
def leave_run(tmp_path: Path) -> Callable[[str], Path]:
    """Write plans and journal of a finished run, and the report that was made of it."""

    def leave(name: str) -> Path:
        plans = plan_rehearsal(make_subject(2), 2)
        whole = make_plan(2, JOURNEYS)
        events = (
            Started(name=name, postgres="18.6 (embedded)", old="old", new="new"),
            Asked(schedule=Schedule(), revisions=make_revisions(2)),
            *rehearsed(whole, *failed_twice(at(whole, 2, Actor.OLD_WARM))),
            Ended(duration_s=4.5),
        )
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        write_journal(folder / JOURNAL_NAME, events)
        for plan, file in zip(plans, PLAN_NAMES, strict=False):
            (folder / file).write_bytes(encode_plan(plan))
        document = judge_run(plans, [digest(plan) for plan in plans], events)
        (folder / REPORT_NAME).write_bytes(encode_document(document))
        return folder

    return leave


def test_a_run_that_is_judged_again_comes_out_alike(
    leave_run: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = leave_run("notes")
    assert main(["report", str(folder)]) == 0
    first = capsys.readouterr().out
    assert "FAIL" in first
    assert main(["report", str(folder / REPORT_NAME), "--judge"]) == 0
    assert capsys.readouterr().out == first
    (folder / REPORT_NAME).unlink()  # the events are enough
    assert main(["report", str(folder.parent), "--judge"]) == 0
    assert capsys.readouterr().out == first
    assert not (folder / REPORT_NAME).exists()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_page_of_each_check_can_be_printed(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", check.name]) == 0
    assert capsys.readouterr().out.startswith(f"# {check.name}\n")


def test_a_check_that_there_is_not_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "fullscan"]) == USAGE
    assert "there is no check 'fullscan'; there are: background-error, " in capsys.readouterr().err


def test_a_run_that_was_interrupted_is_told_as_one(
    leave_run: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = leave_run("notes")
    (folder / REPORT_NAME).unlink()
    for named in (folder, folder.parent):
        assert main(["report", str(named)]) == USAGE
        told = capsys.readouterr().err
        assert f"there is no {REPORT_NAME} in {folder}: the run" in told
        assert "was interrupted" in told
        assert "run pytest with" not in told


def test_reports_that_lie_deeper_are_named(
    leave_run: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    reports = leave_run("notes").parent
    assert main(["report", str(reports.parent)]) == USAGE
    assert f"there are some in {reports}: name that folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / JOURNAL_NAME).unlink(), f"there is no {JOURNAL_NAME} in"),
        (lambda folder: (folder / JOURNAL_NAME).write_text('{"format":1}\n'), "has format 1, and this release"),
        (lambda folder: (folder / JOURNAL_NAME).write_text('{"format":3}\n'), "nothing to judge"),
        (lambda folder: (folder / PLAN_NAMES[0]).write_text("{"), "this is not a plan"),
        (lambda folder: [path.unlink() for path in folder.glob("plan*.json")], "nothing to judge"),
    ],
)
def test_a_run_that_cannot_be_judged_is_one_sentence(
    leave_run: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
    sentence: str,
) -> None:
    folder = leave_run("notes")
    spoil(folder)
    assert main(["report", str(folder), "--judge"]) == USAGE
    told = capsys.readouterr()
    assert (told.out, sentence in told.err, told.err.count("\n")) == ("", True, 1)


def test_a_page_is_written_beside_each_document(
    leave_run: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [leave_run("notes"), leave_run("shop")]
    assert main(["report", str(folders[0].parent), "--format", "html"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(folder / PAGE_NAME) for folder in folders]
    page = (folders[0] / PAGE_NAME).read_text()
    assert "rolling deploy of notes" in page
    assert "0002_second" in page


def test_a_page_of_a_report_without_a_journal_has_no_timeline(leave_report: Callable[[str], Path]) -> None:
    path = leave_report("notes")
    assert main(["report", str(path.parent), "--format", "html"]) == 0
    assert "There is no timeline" in path.with_name(PAGE_NAME).read_text()


def test_one_output_is_for_one_page(
    leave_run: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = leave_run("notes")
    output = tmp_path / "page.html"
    assert main(["report", str(folder), "--format", "html", "--output", str(output)]) == 0
    assert output.read_text().startswith("<!DOCTYPE html>")
    assert not (folder / PAGE_NAME).exists()
    leave_run("shop")
    assert main(["report", str(folder.parent), "--format", "html", "--output", str(output)]) == USAGE
    assert "there are 2 reports" in capsys.readouterr().err


def test_what_cannot_be_written_is_one_sentence(
    leave_run: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "nowhere" / "page.html"
    assert main(["report", str(leave_run("notes")), "--format", "html", "--output", str(output)]) == USAGE
    assert capsys.readouterr().err == f"rolldeploy: cannot write {output}: No such file or directory\n"


def test_markdown_is_one_text_for_all(leave_run: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_run("notes").parent
    leave_run("shop")
    assert main(["report", str(folder), "--format", "markdown"]) == 0
    printed = capsys.readouterr().out
    assert [marker(name) in printed for name in ("notes", "shop")] == [True, True]


def test_annotations_name_the_file_below_the_root(
    leave_run: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = leave_run("notes")
    file = next(step for step in read_document(folder / REPORT_NAME).steps if step.number == 2).file
    migration = tmp_path / "code" / "app" / file
    migration.parent.mkdir(parents=True)
    migration.write_text("from alembic import op\n\n\ndef upgrade():\n    op.drop_column('orders', 'price')\n")
    for name in ("github", "sarif", "gitlab"):
        assert main(["report", str(folder), "--format", name, "--root", str(tmp_path / "code")]) == 0
        assert f"app/{file}" in capsys.readouterr().out, name


def test_a_root_that_is_not_there_is_one_sentence(
    leave_run: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, nowhere = leave_run("notes"), tmp_path / "nowhere"
    assert main(["report", str(folder), "--format", "sarif", "--root", str(nowhere)]) == USAGE
    assert capsys.readouterr().err == f"rolldeploy: there is no folder {nowhere}: --root names that of the repository\n"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"rolldeploy {version('pytest-rolldeploy')}\n"


def test_a_text_is_written_where_the_user_says(
    leave_run: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, output = leave_run("notes"), tmp_path / "report.sarif"
    assert main(["report", str(folder), "--format", "sarif", "--output", str(output)]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    assert json.loads(output.read_text())["version"] == "2.1.0"


def test_the_terminal_is_no_file(
    leave_run: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(leave_run("notes")), "--output", str(tmp_path / "x")]) == USAGE
    assert capsys.readouterr().err == "rolldeploy: --output goes with a --format other than terminal\n"
