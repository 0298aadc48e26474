"""More than two releases that follow one another: each pair is rehearsed, on the data of those before it."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.evidence.journal import JOURNAL_NAME, read_journal
from harness.model.cell import BASE, BEHIND, OWN, ROLLOUT, Actor, Cell
from harness.model.events import Attempted
from harness.report.document import REPORT_NAME, read_document

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.document import Document
    from plugin.projects import Project

PASSED, NOT_COLLECTED = int(pytest.ExitCode.OK), int(pytest.ExitCode.INTERRUPTED)
CHAIN = """
[release]
serve = "python app.py {port}"
preload = ["http.server", "psycopg"]
ready = "/readyz"
env = { DATABASE_URL = "postgresql://{user}:{password}@{host}:{port}/{database}" }

[[chain]]
name = "v1"
source = "v1"
[[chain]]
name = "v2"
source = "v2"
[[chain]]
name = "v3"
source = "v3"
[[chain]]
name = "v4"
source = "v4"

[migrations]
sql = "sql"

[strategy]
replicas = 1
[journeys]
background_s = 0
[traffic]
clients = 0
[disturbances]
kill_migrator = false
"""
NOTES = "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL, colour text);\n"


@pytest.fixture
def chain(notes: Project) -> Project:
    """``v1`` uses a column, ``v2`` has stopped, ``v3`` drops it, ``v4`` adds an index; the steps are SQL files."""
    for name in ("v1", "v2", "v3", "v4"):
        notes.write(f"{name}/app.py", (notes.folder / "old/app.py").read_text(encoding="utf-8"))
        notes.write(f"{name}/sql/0001_notes.sql", NOTES)
    notes.replace("v1/app.py", "SELECT id, body FROM", "SELECT id, body, colour FROM")
    for name in ("v3", "v4"):
        notes.write(f"{name}/sql/0002_no_colour.sql", "ALTER TABLE notes DROP colour;\n")
    notes.write("v4/sql/0003_newest.sql", "CREATE INDEX newest ON notes (id DESC);\n")
    for name in ("old", "new"):
        shutil.rmtree(notes.folder / name)
    notes.write("rolldeploy.toml", CHAIN)
    return notes


def _report(reports: Path, pair: str) -> tuple[Path, Document]:
    [folder] = [path for path in reports.iterdir() if path.name.endswith(pair)]
    return folder, read_document(folder / REPORT_NAME)


def _cells(reports: Path, pair: str) -> set[Cell]:
    """What was driven in a pair's rehearsal, but for releases before it."""
    folder, _ = _report(reports, pair)
    events = read_journal(folder / JOURNAL_NAME)
    return {event.cell for event in events if isinstance(event, Attempted) and event.cell.actor is not Actor.EARLIER}


def _answers(document: Document) -> list[tuple[str, str | None, list[str]]]:
    """Each step, from which release on it is safe, and what each release did behind it."""
    assert document.chain is not None
    return [(s.step, s.since, [f"{r.release} {r.status}" for r in s.releases]) for s in document.chain.steps]


def test_each_pair_is_rehearsed_on_what_the_releases_before_it_wrote(
    chain: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    run = chain.run("-v", "--rolldeploy-report=report")
    assert run.status == PASSED
    assert run.outcomes["test_notes.py::a_note_is_kept[v2..v3-0002_no_colour-old-warm]"] == "PASSED"
    assert run.outcomes["test_notes.py::left-behind[v3..v4-0003_newest]"] == "PASSED"
    pairs = re.findall(r"\[(v\d\.\.v\d)-", "".join(run.outcomes))
    assert pairs == sorted(pairs)
    assert set(pairs) == {"v1..v2", "v2..v3", "v3..v4"}
    assert {cell.step for cell in _cells(chain.folder / "report", "v1..v2")} == {BASE, ROLLOUT}
    assert run.outcomes["test_notes.py::a_note_is_kept[v1..v2-rollout-mixed]"] == "PASSED"

    dropped, document = _report(chain.folder / "report", "v2..v3")
    assert _answers(document) == [("0002_no_colour", "v2", ["v1 fail", "v2 pass"])]
    run.assert_says(
        "chain v1, v2 (old), v3 (new)",
        "0002_no_colour fail pass safe from v2 on",
        'v1 fail, 0002_no_colour: earlier-v1-1 answered 500 to GET /notes/ID; 42703 column "colour" does not exist; '
        "0002_no_colour dropped column notes.colour".replace("ID", _id(document)),
    )
    _assert_carried(dropped, ["v1"])

    later, document = _report(chain.folder / "report", "v3..v4")
    assert _answers(document) == [("0003_newest", "v2", ["v1 fail", "v2 pass", "v3 pass"])]
    assert document.chain is not None
    assert [survival.status for survival in document.chain.base] == ["fail", "pass"]
    assert document.chain.steps[0].releases[0].inherited_from == BASE
    run.assert_says("base fail pass -", "0003_newest (fail) pass pass safe from v2 on")
    _assert_carried(later, ["v1", "v2"])
    events = read_journal(later / JOURNAL_NAME)
    behind = {str(event.cell) for event in events if isinstance(event, Attempted) and event.cell.step == BEHIND}
    assert behind == {"behind-earlier-v2"}, "v2 serves while v3's migration is run; to v2 no migration leads"

    capsys.readouterr()
    assert main(["report", "--judge", str(chain.folder / "report")]) == PASSED
    said = " ".join(capsys.readouterr().out.split())
    assert "0002_no_colour fail pass safe from v2 on" in said
    assert "0003_newest (fail) pass pass safe from v2 on" in said


def _id(document: Document) -> str:
    """Number of the note that ``v1`` did not find."""
    assert document.chain is not None
    [found] = re.findall(r"/notes/(\d+);", document.chain.steps[0].releases[0].why)
    return str(found)


def _assert_carried(folder: Path, earlier: list[str]) -> None:
    """Ids go on from release to release, and each one reads its own notes again behind the migrations of the next."""
    attempts = [event for event in read_journal(folder / JOURNAL_NAME) if isinstance(event, Attempted)]
    given: dict[Cell, list[int]] = {}
    for attempt in attempts:
        ids = [re.search(r'"id": (\d+)', e.response) for e in attempt.exchanges if e.method == "POST"]
        given.setdefault(attempt.cell, []).extend(int(found[1]) for found in ids if found)
    written = [Cell(step, Actor.EARLIER, name) for name in earlier for step in (OWN, BEHIND)]
    order = [*(cell for cell in written if cell in given), Cell(BASE, Actor.CONTROL)]
    assert min(given[order[0]]) == 1
    for before, after in pairwise(order):
        assert max(given[before]) < min(given[after])
    for name in earlier:
        own = [a for a in attempts if a.cell.release == name and a.origin == f"own-earlier-{name}"]
        assert {attempt.cell.step for attempt in own} > {BASE}


def test_one_pair_is_rehearsed_alone_where_it_is_asked_for(chain: Project) -> None:
    run = chain.run("-k", "v3..v4", "--collect-only", "-q")
    assert set(re.findall(r"\[(v\d\.\.v\d)-", run.text)) == {"v3..v4"}


def test_what_is_expected_of_a_step_that_no_pair_has(chain: Project) -> None:
    chain.add("rolldeploy.toml", '[expect."0009"]\nold-warm = "known"\n')
    chain.run().assert_refused(
        NOT_COLLECTED,
        'rolldeploy.toml, [expect."0009"]: no such step; the chain has 0002_no_colour, 0003_newest, '
        "v1..v2-rollout, v2..v3-rollout, v3..v4-rollout",
    )


def test_a_step_after_the_code_that_no_pair_has(chain: Project) -> None:
    chain.replace("rolldeploy.toml", 'sql = "sql"', 'sql = "sql"\nafter = ["0003_newest", "0009"]')
    chain.run().assert_refused(
        NOT_COLLECTED, "after = under [migrations] names 0009: no such step; the chain has 0002_no_colour, 0003_newest"
    )


def test_a_chain_whose_releases_differ_in_their_code_alone(chain: Project) -> None:
    for path in ("v3/sql/0002_no_colour.sql", "v4/sql/0002_no_colour.sql", "v4/sql/0003_newest.sql"):
        (chain.folder / path).unlink()
    chain.replace("v3/app.py", "SELECT id, body FROM", "SELECT id, body, pinned FROM")
    run = chain.run("-v", "-k", "not v3..v4", "--rolldeploy-report=report")
    assert run.outcomes["test_notes.py::a_note_is_kept[v1..v2-rollout-mixed]"] == "PASSED"
    assert run.outcomes["test_notes.py::a_note_is_kept[v2..v3-rollout-new-control]"] == "FAILED"
    run.assert_says("the code alone, for there is no migration", 'column "pinned" does not exist', "one may be missing")
    _, document = _report(chain.folder / "report", "v2..v3")
    assert document.chain is not None
    assert [(s.release, s.status) for s in document.chain.base] == [("v1", "pass")]
    assert document.chain.steps == ()


def test_a_chain_of_one_release(chain: Project) -> None:
    settings = (chain.folder / "rolldeploy.toml").read_text(encoding="utf-8")
    chain.write("rolldeploy.toml", settings.partition('[[chain]]\nname = "v2"')[0])
    chain.run().assert_refused(NOT_COLLECTED, "rolldeploy.toml, line 8, chain.1: one release is no chain")


def test_the_first_release_must_pass_on_its_own_schema(chain: Project) -> None:
    chain.replace("v1/app.py", "SELECT id, body, colour FROM", "SELECT id, body, color FROM")
    run = chain.run("-k", "v2..v3-0002_no_colour-old-warm")
    run.assert_says(
        "the journey a_note_is_kept fails in the control run, on the v1 release and its own schema",
        "last lines of its log:",
        "its journal and its logs are kept with --rolldeploy-report=DIR",
    )
