"""Prints what this harness and three other tools say of every step of every scenario, beside the truth.

``python tests/benchmarks/detection REPORTS --cache DIR``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # what knows the truth is beside the benchmarks: library/

from by_linter import ask_linter
from by_pytest_alembic import ask_pytest_alembic
from by_rehearsal import mark_rehearsal
from by_squawk import ask_squawk
from library.expected import Scenario, read_report, read_scenarios
from marks import Cell, Mark, Opinion, Row, Rulebook
from rendering import render_steps
from rulebooks import LINTER, PYTEST_ALEMBIC, SQUAWK
from subjects import Subject
from table import render
from toolbox import Toolbox, make_toolbox

from harness.model.cell import ROLLOUT
from harness.runtime.postgres import Server, acquire_server, connect, create_database, drop_database
from harness.runtime.reaper import Session

REHEARSAL = "rehearsal"
#: The other tools' columns.
BOOKS = {
    "squawk": SQUAWK,
    "squawk, all rules": SQUAWK,
    "alembic-migration-linter": LINTER,
    "pytest-alembic": PYTEST_ALEMBIC,
}


@dataclass(frozen=True)
class Bench:
    """What the other tools run on.

    Args:
        toolbox: Where they are.
        server: A PostgreSQL server.
    """

    toolbox: Toolbox
    server: Server

    def ask(self, subject: Subject) -> dict[str, dict[str, Opinion]]:
        """What each tool says of each step of a scenario, by tool and revision."""
        database = "detection"
        with ExitStack() as stack:
            create_database(self.server, database, owner=self.server.user)
            stack.callback(drop_database, self.server, database)
            self._make_role(subject.settings.app_role.name)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rolldeploy-detection-")))
            rendered = render_steps(subject, self.server, database)
            return {
                "squawk": ask_squawk(self.toolbox, folder, rendered, all_rules=False),
                "squawk, all rules": ask_squawk(self.toolbox, folder, rendered, all_rules=True),
                "alembic-migration-linter": ask_linter(self.toolbox, subject, self.server, database),
                "pytest-alembic": ask_pytest_alembic(self.toolbox, subject, self.server, database, folder),
            }

    def _make_role(self, name: str | None) -> None:
        """Makes the role that a scenario's migrations grant to."""
        if name is None:
            return
        with connect(self.server) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
                connection.execute(f'CREATE ROLE "{name}"'.encode())


def main() -> None:
    """Prints the table and the totals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path, help="what --rolldeploy-report was given in a run over scenarios/")
    parser.add_argument("names", nargs="*", help="scenarios to look at (default: all)")
    parser.add_argument("--cache", type=Path, help="keep the tools' virtual environment in this folder")
    parser.add_argument("--rehearsal-only", action="store_true", help="leave the other tools out")
    arguments = parser.parse_args()
    scenarios = [s for s in read_scenarios() if not arguments.names or s.name in arguments.names]
    rows: list[Row] = []
    with ExitStack() as stack:
        bench = None if arguments.rehearsal_only else _open(stack, arguments.cache)
        for scenario in scenarios:
            rows += _compare(scenario, arguments.reports, bench)
            print(f"{scenario.name}: done", file=sys.stderr)
    print(render(rows, [REHEARSAL] if bench is None else [REHEARSAL, *BOOKS]), end="")


def _open(stack: ExitStack, cache: Path | None) -> Bench:
    folder = cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rolldeploy-tools-")))
    toolbox = make_toolbox(folder.resolve())
    session = Session.create()
    stack.callback(session.release_all)
    return Bench(toolbox, acquire_server("embedded", session=session))


def _compare(scenario: Scenario, reports: Path, bench: Bench | None) -> list[Row]:
    """The rows of one scenario; a rollout that is to do no harm of its own is shown only where somebody objects."""
    document = read_report(reports, scenario)
    ours = mark_rehearsal(scenario, document) if document is not None else {}
    theirs = bench.ask(Subject(scenario)) if bench is not None else {}
    rows = []
    for step in scenario.steps:
        cells = {REHEARSAL: ours.get(step.revision, Cell(Mark.NOTHING, "not rehearsed"))}
        cells |= {tool: _judge(BOOKS[tool], step.revision, step.hazard, opinions) for tool, opinions in theirs.items()}
        if step.revision != ROLLOUT or step.hazard or cells[REHEARSAL].mark is Mark.ALARM:
            rows.append(Row(scenario.name, step.revision, step.hazard, cells))
    return rows


def _judge(book: Rulebook, revision: str, hazard: str, opinions: dict[str, Opinion]) -> Cell:
    """Of a deploy as a whole, a tool is taken to say all that it says of any step."""
    if revision != ROLLOUT:
        return book.judge(hazard, opinions[revision])
    if not hazard:
        return Cell(Mark.CLEAN)
    reasons = [opinion.unavailable for opinion in opinions.values()]
    together = tuple(rule for opinion in opinions.values() for rule in opinion.rules)
    return book.judge(hazard, Opinion(together, reasons[0] if all(reasons) else ""))


if __name__ == "__main__":
    main()
