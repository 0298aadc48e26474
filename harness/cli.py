"""The command line ``rolldeploy``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.errors import RolldeployError, ScenarioError
from harness.report.document import REPORT_NAME, read_document
from harness.report.terminal import render_matrix

#: Exit status for bad usage, as pytest's.
_USAGE = 4


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Those of the command line, without the program's name; None takes them from the process.

    Returns:
        Exit status: 0, or 4 where something cannot be read.
    """
    parser = argparse.ArgumentParser(prog="rolldeploy", description="Reads what a rehearsal of a rolling deploy left.")
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="print the matrix of a finished rehearsal again")
    report.add_argument("folder", type=Path, help="what was given as --rolldeploy-report, or a folder below it")
    options = parser.parse_args(arguments)
    try:
        print_reports(options.folder)
    except RolldeployError as error:
        print(f"rolldeploy: {error}", file=sys.stderr)
        return _USAGE
    return 0


def print_reports(folder: Path) -> None:
    """Prints every report in a folder or one level below it.

    Raises:
        ScenarioError: There is none.
    """
    found = [path for path in (folder / REPORT_NAME, *sorted(folder.glob(f"*/{REPORT_NAME}"))) if path.is_file()]
    if not found:
        raise ScenarioError(
            f"there is no {REPORT_NAME} in {folder}: run pytest with --rolldeploy-report={folder} first"
        )
    console = Console(highlight=False, soft_wrap=True)
    for path in found:
        document = read_document(path)
        console.rule(Text(f"rolling deploy: {document.name}"))
        for text, colour in render_matrix(document):
            console.print(Text(text, style=colour))


if __name__ == "__main__":
    raise SystemExit(main())
