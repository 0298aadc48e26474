"""A whole rehearsal of a small application by a real run of pytest: what is shown, written and left."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from harness.cli import main
from harness.evidence.checks import check_keys
from harness.nodes import JourneyItem
from harness.report.document import REPORT_NAME, read_document
from harness.report.schema import schema
from plugin.projects import Project, Run, open_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.report.document import Document

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
TOKEN = "correct-horse-battery-staple"
STEP = "0002_add_pinned"
CELLS = [
    "base-control",
    "base-old-cold",
    "rollout-new-control",
    f"{STEP}-old-warm",
    f"{STEP}-old-cold",
    f"{STEP}-new-ahead",
    f"{STEP}-new-warm",
    "rollout-old",
    "rollout-mixed",
    "rollout-new",
    "rollout-roll-back",
]
#: Items of the checks, behind those of the journeys.
CHECK_NAMES = [f"{check}[{step}]" for step, check in check_keys([STEP])]
#: Journeys of every form, one of which makes the application tell its secrets.
JOURNEYS = '''
"""Journeys of every form."""

import pytest
from hypothesis import strategies as st

from harness import eventually, journey


@pytest.fixture(scope="session")
def author():
    return "Ada"


@pytest.fixture
def shout(author):
    return author.upper()


@journey
def a_fixture_is_given(client, author, shout):
    written = client.post("/notes", json={"body": f"{author} {shout}"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/notes/{written['id']}").json()["body"] == "Ada ADA"


@journey
async def somebody_waits(client):
    written = (await client.post("/notes", json={"body": "milk"})).raise_for_status().json()
    while True:
        yield
        assert (await client.get(f"/notes/{written['id']}")).raise_for_status().json()["body"] == "milk"


@journey(body=st.text("abcdefgh", min_size=3, max_size=8))
def any_text_is_kept(client, body):
    written = client.post("/notes", json={"body": body}).raise_for_status().json()
    while True:
        yield
        assert eventually(lambda: client.get(f"/notes/{written['id']}").json())["body"] == body


@journey
def the_application_is_careless(client):
    while True:
        assert client.get("/debug").json()["echo"]
        yield
'''
NAMES = ["a_fixture_is_given", "somebody_waits", "any_text_is_kept", "the_application_is_careless"]


def make_rich(project: Project) -> None:
    project.copy("notes")
    project.write("test_notes.py", JOURNEYS)
    project.replace("rolldeploy.toml", "[release]", 'name = "notes"\n[release]')
    project.replace("rolldeploy.toml", "env = {", f'env = {{ API_TOKEN = "{TOKEN}",')


def read_outcomes(path: Path) -> dict[str, str]:
    """Outcome of each item, out of JUnit's XML."""
    cases = ET.parse(path).iter("testcase")  # noqa: S314  our own file
    return {str(case.get("name")): next((e.tag for e in case if e.tag != "properties"), "passed") for case in cases}


# --- one good run, looked at from all sides


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Run]]:
    with open_project(tmp_path_factory.mktemp("rich")) as project:
        make_rich(project)
        yield project, project.run("-v", "--rolldeploy-report=out", "--junitxml=junit.xml", "-rA")


@pytest.fixture
def report(rich: tuple[Project, Run]) -> Path:
    return rich[0].folder / "out" / "notes"


@pytest.fixture
def document(report: Path) -> Document:
    return read_document(report / REPORT_NAME)


def test_every_cell_is_an_item_of_its_journey(rich: tuple[Project, Run]) -> None:
    _, run = rich
    assert run.status == PASSED
    expected = {f"test_notes.py::{name}[{cell}]": "PASSED" for cell in CELLS for name in NAMES}
    needs_the_step = [name for name in NAMES if name != "the_application_is_careless"]
    expected |= {f"test_notes.py::{name}[{STEP}-new-ahead]": "XFAIL" for name in needs_the_step}
    expected |= {f"test_notes.py::{name}": "PASSED" for name in CHECK_NAMES}
    assert run.outcomes == expected
    journeys = [f"test_notes.py::{name}[{cell}]" for cell in CELLS for name in NAMES]
    assert list(run.outcomes) == [*journeys, *(f"test_notes.py::{name}" for name in CHECK_NAMES)]


def test_an_expected_failure_costs_no_traceback() -> None:
    with pytest.raises(pytest.xfail.Exception) as caught:
        pytest.xfail("known, and the reason is all there is to say")
    item = object.__new__(JourneyItem)
    assert item._repr_failure_py(caught) == "known, and the reason is all there is to say"


def test_the_matrix_is_shown(rich: tuple[Project, Run]) -> None:
    _, run = rich
    assert re.search(rf"^1 {STEP} +pass +pass +\(?fail\)? +pass +before$", run.text, re.MULTILINE | re.IGNORECASE)
    run.assert_says("rolling deploy: notes", "(embedded)", "deploy all steps before the code", "out/notes/rolldeploy")


def test_the_report_keeps_to_its_schema(report: Path, document: Document) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(json.loads((report / REPORT_NAME).read_text()), schema())
    assert document.journeys == tuple(NAMES)
    assert [step.verdict for step in document.steps] == ["before"]
    assert {outcome.promised for outcome in document.outcomes if outcome.status == "fail"} == {False}
    assert document.error == ""


def test_journal_plans_and_logs_are_written(report: Path) -> None:
    lines = (report / "events.ndjson").read_text().splitlines()
    kinds = [json.loads(line).get("kind", "format") for line in lines]
    assert (kinds[0], kinds[1], kinds[-1]) == ("format", "started", "ended")
    code = dict(json.loads(lines[1])["code"])
    assert code.keys() == {"old", "new"}
    assert code["old"] != code["new"]
    for name in ("plan.json", "plan-rollout.json"):
        assert json.loads((report / name).read_text())
    logs = {path.stem for path in (report / "logs").glob("*.log")}
    assert {"old-1", "new-ahead-1", "new-migrator-live", "old-migrator-seed"} <= logs
    assert "GET /debug" in (report / "logs" / "old-1.log").read_text()


def test_the_command_prints_the_same_matrix(
    rich: tuple[Project, Run], report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(report.parent)]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "rolling deploy: notes" in printed[0]
    shown = [line.rstrip() for line in rich[1].text.splitlines()]
    assert len(printed) > 8
    assert [line for line in printed[1:] if line not in shown] == []


def test_junit_carries_the_verdicts(rich: tuple[Project, Run]) -> None:
    root = ET.parse(rich[0].folder / "junit.xml")  # noqa: S314  our own file
    for case in root.iter("testcase"):
        given = {p.get("name"): p.get("value") for p in case.iter("property")}
        who, _, cell = str(case.get("name")).rstrip("]").partition("[")
        step, _, actor = cell.partition("-")
        assert given["rolldeploy_step"] == step
        assert given.get("rolldeploy_actor", given.get("rolldeploy_check")) == (actor or who)
        assert given["rolldeploy_status"] in {"pass", "fail"}
        assert given.get("rolldeploy_verdict") == ("before" if step == STEP else None)
    sqlstates = root.findall(".//property[@name='rolldeploy_sqlstate']")
    assert {element.get("value") for element in sqlstates} == {"42703"}


def test_no_secret_is_told(rich: tuple[Project, Run], report: Path) -> None:
    project, run = rich
    told = {"output": run.text, "junit.xml": (project.folder / "junit.xml").read_text()}
    told |= {str(path): path.read_text() for path in report.rglob("*") if path.is_file()}
    assert len(told) > 10
    assert any("debug:" in text and "postgresql://" in text for text in told.values())
    for where, text in told.items():
        assert TOKEN not in text, where
        passwords = set(re.findall(r"postgresql(?:\+\w+)?://[^:/\s]+:([^@\s]+)@", text))
        assert passwords <= {"***"}, where


def test_strategies_draw_different_data(report: Path) -> None:
    events = [json.loads(line) for line in (report / "events.ndjson").read_text().splitlines()]
    attempted = [event for event in events if event.get("kind") == "attempted"]
    data = {event["data"] for event in attempted if event["journey"] == "any_text_is_kept"}
    assert len(data) > 3
    assert all(re.fullmatch(r"body='[a-h]{3,8}'", text) for text in data)


def test_workers_come_to_the_same_outcomes(rich: tuple[Project, Run], project: Project) -> None:
    make_rich(project)
    run = project.run("-n", "2", "--junitxml=junit.xml")
    assert run.status == PASSED
    assert read_outcomes(project.folder / "junit.xml") == read_outcomes(rich[0].folder / "junit.xml")
    assert run.text.count("rolling deploy: notes") == 1
    run.assert_says("deploy all steps before the code")


# --- other runs that go well


def test_two_rehearsals_at_once_share_a_server(project: Project) -> None:
    for name in ("one", "two"):
        project.copy("notes", name)
        (project.folder / name / "test_notes.py").rename(project.folder / name / f"test_{name}.py")
        project.replace(f"{name}/test_{name}.py", "yield\n", "yield\n        client.get('/debug')\n")
    run = project.run("-v", "-n", "2", "--dist=loadgroup", "--rolldeploy-report=out")
    assert run.status == PASSED
    workers = {name: set(re.findall(rf"\[(gw\d)\].* {name}/test_", run.text)) for name in ("one", "two")}
    assert [len(those) for those in workers.values()] == [1, 1], "a rehearsal has to wait for a worker that performs it"
    assert workers["one"] != workers["two"]
    assert run.counts == {"passed": 20 + 2 * len(CHECK_NAMES), "xfailed": 2}
    logs = [(project.folder / f"out/{name}/logs/old-1.log").read_text() for name in ("one", "two")]
    ports = [set(re.findall(r"@127\.0\.0\.1:(\d+)/", log)) for log in logs]
    assert len(ports[0]) == 1
    assert ports[0] == ports[1]


def test_it_comes_to_the_same_where_each_process_has_an_interpreter_of_its_own(notes: Project) -> None:
    with_preload = notes.run()
    notes.replace("rolldeploy.toml", 'preload = ["http.server", "psycopg"]\n', "")
    without = notes.run()
    assert (without.status, without.counts) == (with_preload.status, with_preload.counts)


def test_a_library_that_is_not_there_ends_it_with_one_sentence(notes: Project) -> None:
    notes.replace("rolldeploy.toml", '"http.server"', '"htp.server"')
    run = notes.run("-x")
    run.assert_says("preload names 'htp.server', which cannot be imported in the release's environment")


def test_listing_starts_nothing(notes: Project) -> None:
    notes.write("old/app.py", "open('started', 'w')")
    notes.write("new/app.py", "open('started', 'w')")
    notes.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    run = notes.run("--collect-only", "-q", postgres="container")
    assert run.status == PASSED
    assert [line for line in run.text.splitlines() if "::" in line] == [
        *(f"test_notes.py::a_note_is_kept[{cell}]" for cell in CELLS),
        *(f"test_notes.py::{name}" for name in CHECK_NAMES),
    ]
    assert not list(notes.folder.rglob("started"))


def test_the_plan_is_printed_and_nothing_is_run(notes: Project) -> None:
    run = notes.run("--rolldeploy-plan", "-k", "base", postgres="system:/nowhere")
    assert run.status == PASSED
    run.assert_says("prepare database seed by the old release", f"migrate live to {STEP}")
    numbers = [int(number) for number in re.findall(r"^ +(\d+)  \w", run.text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "passed" not in run.text


def test_the_plan_is_printed_by_workers_too(notes: Project) -> None:
    run = notes.run("--rolldeploy-plan", "-n", "2", postgres="system:/nowhere")
    run.assert_says(f"migrate live to {STEP}")


def test_steps_by_a_command(notes: Project) -> None:
    for release in ("old", "new"):
        notes.write(
            f"{release}/migrate.py",
            "import os, sys, psycopg\n"
            "statements = {'0001': 'CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)',\n"
            "    '0002': 'ALTER TABLE notes ADD COLUMN IF NOT EXISTS pinned boolean NOT NULL DEFAULT false'}\n"
            "with psycopg.connect(os.environ['DATABASE_URL'].replace('+psycopg', '')) as connection:\n"
            "    for each in sys.argv[1:]:\n        connection.execute(statements[each])\n",
        )
    notes.replace("rolldeploy.toml", "[old]", '[old]\ninit = ["python migrate.py 0001"]')
    notes.replace("rolldeploy.toml", "[new]", '[new]\ninit = ["python migrate.py 0001 0002"]')
    notes.add("rolldeploy.toml", '[migrations]\nsteps = ["0002"]\ncommand = "python migrate.py {revision}"\n')
    run = notes.run("-v")
    assert run.counts == {"passed": 10 + len(CHECK_NAMES), "xfailed": 1}
    assert run.outcomes["test_notes.py::torn-migration[0002]"] == "PASSED"
    assert run.outcomes["test_notes.py::a_note_is_kept[0002-old-warm]"] == "PASSED"
    assert run.outcomes["test_notes.py::a_note_is_kept[0002-new-ahead]"] == "XFAIL"


def test_a_command_that_does_not_commit_all_at_once_is_killed_between(notes: Project) -> None:
    """A lock in a table, as knex has it, and books that are kept in a transaction of their own."""
    for release in ("old", "new"):
        notes.write(
            f"{release}/migrate.py",
            "import os, sys, psycopg\n"
            "statements = {'0001': 'CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)',\n"
            "    '0002': 'ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false'}\n"
            "url = os.environ['DATABASE_URL'].replace('+psycopg', '')\n"
            "with psycopg.connect(url, autocommit=True) as connection:\n"
            "    connection.execute('CREATE TABLE IF NOT EXISTS books (step text)')\n"
            "    for each in sys.argv[1:]:\n"
            "        if connection.execute('SELECT FROM books WHERE step = %s', [each]).fetchone(): continue\n"
            "        connection.execute(statements[each])\n"
            "        connection.execute('INSERT INTO books VALUES (%s)', [each])\n",
        )
    notes.replace("rolldeploy.toml", "[old]", '[old]\ninit = ["python migrate.py 0001"]')
    notes.replace("rolldeploy.toml", "[new]", '[new]\ninit = ["python migrate.py 0001 0002"]')
    notes.add(
        "rolldeploy.toml",
        '[migrations]\nsteps = ["0002"]\ncommand = "python migrate.py {revision}"\nversion_table = "books"\n',
    )
    run = notes.run("-v")
    assert run.outcomes["test_notes.py::torn-migration[0002]"] == "FAILED"
    run.assert_says(
        "killed behind ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false, it cannot be run again: "
        '\'python migrate.py 0002\' ended with status 1: column "pinned" of relation "notes" already exists',
        "the killed run had left: added column notes.pinned",
    )


# --- findings

RENAME = """
def upgrade() -> None:
    op.execute("ALTER TABLE notes RENAME COLUMN body TO content")
    op.execute("ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false")
"""
#: Never looks at what it gets; a 5xx is a finding all the same.
CARELESS_JOURNEY = """

@journey
def nobody_looks(client: httpx.Client) -> Iterator[None]:
    while True:
        client.post("/notes", json={"body": "bread"})
        yield


@journey
def somebody_is_ready(client: httpx.Client) -> Iterator[None]:
    while True:
        assert client.get("/readyz").status_code == 200
        yield
"""


@pytest.fixture
def breaking(notes: Project) -> Project:
    """Its step renames a column that the old release reads; the new one knows both names."""
    notes.add("new/migrations/versions/0002_add_pinned.py", RENAME)
    for before, after in (
        ("RETURNING id, body,", "RETURNING id, content AS body,"),
        ("SELECT id, body,", "SELECT id, content AS body,"),
        ("INTO notes (body)", "INTO notes (content)"),
    ):
        notes.replace("new/app.py", before, after)
    notes.add("test_notes.py", CARELESS_JOURNEY)
    return notes


def test_a_finding_is_told_as_a_story(breaking: Project) -> None:
    run = breaking.run("-v", "--rolldeploy-report=out")
    assert run.status == FAILED
    failed = {name for name, outcome in run.outcomes.items() if outcome == "FAILED"}
    assert {f"test_notes.py::{name}[{STEP}-old-warm]" for name in ("a_note_is_kept", "nobody_looks")} <= failed
    assert all("somebody_is_ready" not in name for name in failed)
    run.assert_says(
        "nobody_looks",
        "old-1 answered 500 to POST /notes",
        "PostgreSQL 42703: column",
        'request POST /notes {"body":"bread"}',
        f"schema the old head -> {STEP}",
        "fleet old-1",
        "(plan step ",
        "the last lines of the application",
        f"pytest 'test_notes.py::nobody_looks[{STEP}-old-warm]' --rolldeploy-postgres=embedded",
        f"no order works: {STEP} breaks both releases",
    )
    told = [name for name in ("a_note_is_kept", "nobody_looks") if f"why as {name}[" in " ".join(run.text.split())]
    assert len(told) == 1, "the first item tells the cause, and the others refer to it"
    assert run.text.count("the last lines of the application") == 1
    assert "Traceback" not in run.text
    assert re.search(rf"^1 {STEP} +FAIL +FAIL .* neither   not before!$", run.text, re.MULTILINE)


def test_the_first_failure_can_be_the_last(breaking: Project) -> None:
    run = breaking.run("-x", "--rootdir=..")
    assert run.status == FAILED
    assert re.search(r"^  replay     pytest '?test_notes\.py::", run.text, re.MULTILINE), "as it is found from here"
    assert run.counts["failed"] == 1
    run.assert_says("stopping after 1 failures", f"no order works: {STEP} breaks both releases")


def test_what_failed_last_is_run_again(breaking: Project) -> None:
    first = breaking.run("-v", "--cache-clear")
    failed = {name for name, outcome in first.outcomes.items() if outcome == "FAILED"}
    again = breaking.run("-v", "--lf")
    assert again.status == FAILED
    assert again.outcomes == dict.fromkeys(failed, "FAILED")
    again.assert_says("(1 left out)")


def test_tests_of_the_walk_alone_rehearse_nothing_else(breaking: Project) -> None:
    run = breaking.run("-v", "-k", "old-warm or old-cold", "--rolldeploy-report=out", "--junitxml=junit.xml")
    assert run.status == FAILED
    assert {f"test_notes.py::a_note_is_kept[{STEP}-{actor}]" for actor in ("old-warm", "old-cold")} <= {
        name for name, outcome in run.outcomes.items() if outcome == "FAILED"
    }
    run.assert_says("left out    what comes behind the walk (the rollout,")
    [folder] = (breaking.folder / "out").iterdir()
    assert sorted(path.name for path in folder.glob("plan*.json")) == ["plan.json"]
    told = json.loads((folder / "rolldeploy.json").read_text())
    assert told["walk_alone"]
    rollout = [one for one in told["outcomes"] if (one["step"], one["actor"]) == ("rollout", "mixed")]
    assert {one["reason"] for one in rollout} == {"left out, for no selected test asks for it"}
    assert {one["status"] for one in told["checks"]} <= {"pass", "skipped", "untested"}
    planned = breaking.run("--rolldeploy-plan", "-k", "old-warm or old-cold", postgres="system:/nowhere")
    assert "then, " not in planned.text


def test_an_expectation_must_come_true(breaking: Project) -> None:
    breaking.add(
        "rolldeploy.toml",
        f'\n[expect."0002"]\nold-warm = {{ sqlstate = "42703", status = "fail", reason = "we know" }}\n'
        f'[expect."{STEP}"]\nold-cold = "as above"\nnew-warm = "we were wrong"\n[expect.rollout]\n'
        'mixed = "as above"\nroll-back = "as above"\n',
    )
    run = breaking.run("-v")
    wrong = {f"test_notes.py::{name}[{STEP}-new-warm]" for name in ("a_note_is_kept", "nobody_looks")}
    wrong.add(f"test_notes.py::somebody_is_ready[{STEP}-new-warm]")
    failed = {name for name, outcome in run.outcomes.items() if outcome == "FAILED"}
    assert run.outcomes[f"test_notes.py::a_note_is_kept[{STEP}-old-warm]"] == "XFAIL"
    assert failed == wrong
    assert run.status == FAILED
    run.assert_says(f'[expect."{STEP}"] new-warm did not fail', '("we were wrong"): take the expectation out')


def test_a_choice_of_journeys_is_not_held_to_the_expectations(breaking: Project) -> None:
    breaking.add("rolldeploy.toml", f'\n[expect."{STEP}"]\nold-warm = "as the other journeys show"\n')
    run = breaking.run("-v", "-k", "somebody_is_ready")
    assert run.status == PASSED
    assert run.counts == {"passed": 7, "skipped": 4, "deselected": 22 + len(CHECK_NAMES)}, "none asks the database"
    run.assert_says("(2 left out)")


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("SELECT 1/0", id="always"),
        pytest.param("SELECT 1 / (count(*) - count(*)) FROM notes HAVING count(*) > 0", id="over rows"),
    ],
)
def test_a_migration_that_fails_stops_the_walk(notes: Project, statement: str) -> None:
    notes.add("new/migrations/versions/0002_add_pinned.py", f"    op.execute({statement!r})\n")
    third = "from alembic import op\n\nrevision = '0003'\ndown_revision = '0002'\n"
    notes.write("new/migrations/versions/0003_more.py", f"{third}\ndef upgrade():\n    op.execute('SELECT 1')\n")
    run = notes.run("-v", "-rs")
    assert run.status == FAILED
    failed = [name for name, outcome in run.outcomes.items() if outcome == "FAILED"]
    behind = [name for name in run.outcomes if "[0003_more" in name]
    assert len([name for name in behind if "a_note_is_kept" in name]) == 4
    assert {run.outcomes[name] for name in behind} <= {"SKIPPED", "XFAIL"}
    assert run.outcomes["test_notes.py::a_note_is_kept[0003_more-old-warm]"] == "SKIPPED"
    assert run.outcomes["test_notes.py::a_note_is_kept[rollout-mixed]"] == "SKIPPED"
    assert failed == [f"test_notes.py::a_note_is_kept[{STEP}-old-warm]"]
    run.assert_says("the migration 0002_add_pinned failed in step", "division by zero", "22012")
    assert "breaks both releases" not in run.text, "no verdict on a step that was never there"
    run.assert_says("] test_notes.py:15: skipped: the migration 0002_add_pinned failed in step")


def test_an_application_that_migrates_itself_is_not_tested_ahead(notes: Project) -> None:
    notes.replace(
        "new/app.py",
        'if __name__ == "__main__":\n',
        'if __name__ == "__main__":\n    import subprocess\n\n'
        '    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], check=True)\n',
    )
    run = notes.run("-v")
    assert run.status == PASSED
    outcomes = {name.partition("[")[2].rstrip("]"): outcome for name, outcome in run.outcomes.items()}
    assert outcomes.pop(f"{STEP}-new-ahead") == "SKIPPED"
    assert outcomes.pop(f"{STEP}-new-warm") == "SKIPPED"
    assert set(outcomes.values()) == {"PASSED"}
    run.assert_says("untested: new-ahead-1 moved the schema itself when it started (0001 -> 0002)")


def test_journeys_that_make_nobody_send_a_statement_prove_nothing(notes: Project) -> None:
    """The migration drops what the old release needs, and no journey gets there."""
    notes.replace(
        "new/migrations/versions/0002_add_pinned.py",
        "ADD COLUMN pinned boolean NOT NULL DEFAULT false",
        "DROP COLUMN body",
    )
    notes.write(
        "test_notes.py",
        "from harness import journey\n\n@journey\ndef it_is_ready(client):\n    while True:\n"
        "        assert client.get('/readyz').json() == {'ready': True}\n        yield\n",
    )
    run = notes.run("-v")
    assert run.outcomes[f"test_notes.py::it_is_ready[{STEP}-old-warm]"] == "SKIPPED"
    assert run.outcomes[f"test_notes.py::it_is_ready[{STEP}-old-cold]"] == "SKIPPED"
    run.assert_says("no statement of the old release touches what the step changed", "dropped column notes.body")


# --- a journey is a user's code


def test_the_plugin_costs_nothing_where_it_is_not_used(project: Project) -> None:
    project.write("test_plain.py", "def test_plain():\n    pass\n")
    code = (
        "import sys, pytest; status = pytest.main(['-q', 'test_plain.py', '-p', 'no:cacheprovider'])\n"
        "heavy = [n for n in ('httpx', 'psycopg', 'alembic', 'msgspec', 'harness.items') if n in sys.modules]\n"
        "sys.exit(f'{status} {heavy}' if status or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
