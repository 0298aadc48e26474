"""The command line ``rolldeploy``: begins with a project, prints what its rehearsals left, runs their tasks."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from harness.errors import RolldeployError, ScenarioError
from harness.exported import read_plan, write_test
from harness.formats import TEXT_FORMATS, Report, judge_again, read_reports, render_text, write_page, write_text
from harness.init.start import start_project
from harness.merge import merge_folders
from harness.pages import read_page
from harness.report.difference import compare_documents
from harness.report.difference_text import render_difference, render_difference_json, render_difference_markdown
from harness.report.document import REPORT_NAME, Document, read_document
from harness.report.terminal import render_matrix
from harness.report.waivers import tell_unused

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Exit status for bad usage, as pytest's.
_USAGE = 4
#: Exit status of ``diff`` where something got worse, and of ``merge`` where a journey is missing.
_NOT_GOOD = 1
#: Their exit status where they cannot read what they are given, as that of ``diff``.
_TROUBLE = 2
#: What ``--format`` takes.
FORMATS = ("terminal", "html", *TEXT_FORMATS)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Those of the command line, without the program's name; None takes them from the process.

    Returns:
        Exit status: 0, or 4 where something cannot be read; of a task that failed 1. Of ``diff`` and ``merge`` 1 where
        something got worse or is missing, and 2 where something cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="rolldeploy",
        description="Prepares a rehearsal of a rolling deploy, reads what it left, and runs its one-off tasks.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('pytest-rolldeploy')}")
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="print the matrix of a finished rehearsal again, or write it otherwise")
    report.add_argument(
        "folder",
        type=Path,
        help=f"what was given as --rolldeploy-report, a folder below it, or the {REPORT_NAME} there",
    )
    report.add_argument(
        "--judge", action="store_true", help="judge the recorded events anew, with the checks of this release"
    )
    report.add_argument(
        "--format",
        choices=FORMATS,
        default="terminal",
        help="html: one page for each rehearsal, beside its document; all others: one text for all rehearsals",
    )
    report.add_argument("--output", type=Path, metavar="FILE", help="where to write, instead of where the format goes")
    report.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        default=Path(),
        help="folder of the repository, in which github, sarif and gitlab look for migrations (default: this one)",
    )
    task = commands.add_parser("task", help="run one [[task]] on the state that it meets in the deploy")
    task.add_argument("name", help="its name in the settings")
    task.add_argument(
        "--param", metavar="KEY=VALUE", action="append", default=[], help="another value for one of its parameters"
    )
    task.add_argument("--postgres", metavar="PROVIDER", help="as --rolldeploy-postgres of pytest")
    task.add_argument(
        "--folder", type=Path, default=Path(), help="where the settings and the journeys are; by default here"
    )
    again = commands.add_parser("replay", help="play the plan that an exploration saved, as it was")
    again.add_argument("file", type=Path, help="explored.json, as --rolldeploy-explore named it")
    again.add_argument(
        "--as-test", type=Path, metavar="FILE", help="write a test that plays it, beside the settings, and play nothing"
    )
    again.add_argument("--postgres", metavar="PROVIDER", help="as --rolldeploy-postgres of pytest")
    again.add_argument(
        "--folder", type=Path, default=Path(), help="where the settings and the journeys are; by default here"
    )
    init = commands.add_parser("init", help="look at a project, and write settings and a first journey for it")
    init.add_argument("folder", type=Path, nargs="?", default=Path(), help="the project; default: the current folder")
    explain = commands.add_parser(
        "explain", help="print the page of a check: what it asks, and what to do where it fails"
    )
    explain.add_argument("check", help="its name, as a finding has it")
    diff = commands.add_parser("diff", help="tell what got better and what got worse between two reports")
    diff.add_argument("before", type=Path, metavar="A", help=f"a {REPORT_NAME}, or its folder: what was")
    diff.add_argument("after", type=Path, metavar="B", help="another one of the same rehearsal: what is")
    diff.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    merge = commands.add_parser("merge", help="put reports of parts of one rehearsal together")
    merge.add_argument(
        "folders", type=Path, metavar="DIR", nargs="+", help="what each part left by --rolldeploy-report"
    )
    merge.add_argument(
        "--output",
        "-o",
        type=Path,
        metavar="OUT",
        required=True,
        help=f"folder that gets the {REPORT_NAME} of the whole",
    )
    options = parser.parse_args(arguments)
    if options.command == "task":
        return run_task(options.name, options.param, options.folder, options.postgres)
    try:
        if options.command == "diff":
            return run_diff(options.before, options.after, options.format)
        if options.command == "merge":
            return run_merge(options.folders, options.output)
        if options.command == "replay":
            if options.as_test is None:
                return run_replay(options.file, options.folder, options.postgres)
            print(write_test(options.file, options.as_test))
        elif options.command == "explain":
            print(read_page(options.check), end="")
        elif options.command == "init":
            for line in start_project(options.folder):
                print(line)
        else:
            _report(options)
    except RolldeployError as error:
        print(f"rolldeploy: {error}", file=sys.stderr)
        return _TROUBLE if options.command in {"diff", "merge"} else _USAGE
    return 0


def run_diff(before: Path, after: Path, format_: str) -> int:
    """Prints the difference between two reports.

    Args:
        before: What was: a document, or its folder.
        after: What is.
        format_: ``text``, ``markdown`` or ``json``.

    Returns:
        Exit status: 1 where something got worse.

    Raises:
        ScenarioError: One of them cannot be read, or they are of different rehearsals.
    """
    difference = compare_documents(_read_one(before), _read_one(after))
    if format_ == "json":
        print(render_difference_json(difference), end="")
    elif format_ == "markdown":
        print(render_difference_markdown(difference), end="")
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.rule(Text(f"rolling deploy: {difference.name}"))
        for text, colour in render_difference(difference):
            console.print(Text(text, style=colour))
    return _NOT_GOOD if difference.got_worse else 0


def run_merge(folders: list[Path], output: Path) -> int:
    """Puts shards together.

    Args:
        folders: What each machine left.
        output: Gets a folder for each rehearsal.

    Returns:
        Exit status: 1 where a journey is missing.

    Raises:
        ScenarioError: They cannot be put together.
    """
    wholes = merge_folders(folders, output)
    for path, whole in wholes:
        for line in whole.lines(path):
            print(line)
    return 0 if all(whole.is_complete for _, whole in wholes) else _NOT_GOOD


def _read_one(path: Path) -> Document:
    if not path.is_dir():
        return read_document(path)
    reports = read_reports(path)
    if len(reports) > 1:
        names = ", ".join(report.document.name for report in reports)
        raise ScenarioError(f"{path} has {len(reports)} reports, of {names}: name the folder of one of them")
    return reports[0].document


def _read_all(path: Path, *, again: bool) -> Sequence[Report]:
    """Every report in a folder, or the one that a file is."""
    if not path.is_file():
        return read_reports(path, again=again)
    return [Report(path.parent, judge_again(path.parent) if again else read_document(path))]


def run_task(name: str, params: list[str], folder: Path, postgres: str | None) -> int:
    """Has pytest collect the journeys, make the state that a task meets, and run it there.

    Args:
        name: Of the task.
        params: ``KEY=VALUE``.
        folder: Where the settings and the journeys are.
        postgres: As ``--rolldeploy-postgres``; None leaves it to the settings.

    Returns:
        Exit status of pytest: 0 where the task went well.
    """
    words = [sys.executable, "-m", "pytest", str(folder), "-q", "--no-header", f"--rolldeploy-task={name}"]
    words += [f"--rolldeploy-param={param}" for param in params]
    words += [f"--rolldeploy-postgres={postgres}"] if postgres else []
    return subprocess.run(words, check=False).returncode


def run_replay(file: Path, folder: Path, postgres: str | None) -> int:
    """Has pytest collect the journeys and play a saved plan.

    Args:
        file: The plan.
        folder: Where the settings and the journeys are.
        postgres: As ``--rolldeploy-postgres``; None leaves it to the settings.

    Returns:
        Exit status of pytest: 0 where the rollout goes well by now.

    Raises:
        ScenarioError: It is no plan.
    """
    read_plan(file)
    words = [sys.executable, "-m", "pytest", str(folder), "-q", "--no-header", f"--rolldeploy-replay={file.resolve()}"]
    words += [f"--rolldeploy-postgres={postgres}"] if postgres else []
    return subprocess.run(words, check=False).returncode


def _report(options: argparse.Namespace) -> None:
    """Prints or writes what was asked for of finished rehearsals."""
    if not options.root.is_dir():
        raise ScenarioError(f"there is no folder {options.root}: --root names that of the repository")
    reports = _read_all(options.folder, again=options.judge)
    if options.format == "html":
        _write_pages(reports, options.output)
    elif options.format == "terminal":
        if options.output is not None:
            raise ScenarioError("--output goes with a --format other than terminal")
        print_reports(reports)
    else:
        documents = [report.document for report in reports]
        _put(render_text(options.format, documents, options.root.resolve()), options.output)


def print_reports(reports: Sequence[Report]) -> None:
    """Prints the matrix of each report.

    Args:
        reports: Which.
    """
    console = Console(highlight=False, soft_wrap=True)
    for report in reports:
        console.rule(Text(f"rolling deploy: {report.document.name}"))
        for text, colour in render_matrix(report.document):
            console.print(Text(text, style=colour))
    for sentence in tell_unused(report.document for report in reports):
        console.print(Text(f"{'unused':<11} {sentence}", style="yellow"))


def _write_pages(reports: Sequence[Report], output: Path | None) -> None:
    if output is not None and len(reports) > 1:
        raise ScenarioError(
            f"--output names one file, and there are {len(reports)} reports: name the folder of one of them, or leave "
            "--output out, which writes a page into each"
        )
    for report in reports:
        print(write_page(report, output))


def _put(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
    else:
        print(write_text(output, text))


if __name__ == "__main__":
    raise SystemExit(main())
