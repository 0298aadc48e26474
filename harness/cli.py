"""The command line ``rolldeploy``: begins with a project, prints what its rehearsals left, runs their tasks."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.errors import RolldeployError, ScenarioError
from harness.evidence.journal import JOURNAL_NAME, read_journal
from harness.init.start import start_project
from harness.plan.codec import PLAN_NAMES, decode_plan, digest
from harness.report.document import REPORT_NAME, Document, read_document
from harness.report.judging import judge_run
from harness.report.terminal import render_matrix

#: Exit status for bad usage, as pytest's.
_USAGE = 4


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Those of the command line, without the program's name; None takes them from the process.

    Returns:
        Exit status: 0, or 4 where something cannot be read; of a task that failed 1.
    """
    parser = argparse.ArgumentParser(
        prog="rolldeploy",
        description="Prepares a rehearsal of a rolling deploy, reads what it left, and runs its one-off tasks.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="print the matrix of a finished rehearsal again")
    report.add_argument("folder", type=Path, help="what was given as --rolldeploy-report, or a folder below it")
    report.add_argument(
        "--judge", action="store_true", help="judge the recorded events anew, with the checks of this release"
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
    init = commands.add_parser("init", help="look at a project, and write settings and a first journey for it")
    init.add_argument("folder", type=Path, nargs="?", default=Path(), help="the project; default: the current folder")
    options = parser.parse_args(arguments)
    if options.command == "task":
        return run_task(options.name, options.param, options.folder, options.postgres)
    try:
        if options.command == "init":
            for line in start_project(options.folder):
                print(line)
        else:
            print_reports(options.folder, again=options.judge)
    except RolldeployError as error:
        print(f"rolldeploy: {error}", file=sys.stderr)
        return _USAGE
    return 0


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


def print_reports(folder: Path, *, again: bool = False) -> None:
    """Prints every report in a folder or one level below it.

    Args:
        folder: Where they are.
        again: Whether the events are judged anew; what was written stays as it is.

    Raises:
        ScenarioError: There is none, or it cannot be read.
    """
    name = JOURNAL_NAME if again else REPORT_NAME
    found = [path for path in (folder / name, *sorted(folder.glob(f"*/{name}"))) if path.is_file()]
    if not found:
        raise ScenarioError(f"there is no {name} in {folder}: run pytest with --rolldeploy-report={folder} first")
    console = Console(highlight=False, soft_wrap=True)
    for path in found:
        document = judge_again(path.parent) if again else read_document(path)
        console.rule(Text(f"rolling deploy: {document.name}"))
        for text, colour in render_matrix(document):
            console.print(Text(text, style=colour))


def judge_again(folder: Path) -> Document:
    """Judges a finished run from its plans and its journal.

    Args:
        folder: Report of one rehearsal.

    Raises:
        ScenarioError: Something of it is missing, or was written in another format.
    """
    texts = [(folder / name).read_bytes() for name in PLAN_NAMES if (folder / name).is_file()]
    plans = [decode_plan(text) for text in texts]
    return judge_run(plans, [digest(plan) for plan in plans], read_journal(folder / JOURNAL_NAME))


if __name__ == "__main__":
    raise SystemExit(main())
