"""What is wrong gets one sentence with cause and remedy, pytest's exit status, and nothing left behind."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from plugin.projects import CHECK_ITEMS, JOURNEY_ITEMS, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plugin.projects import Project

USAGE_ERROR = int(pytest.ExitCode.USAGE_ERROR)
#: Pytest stops before the first test where something cannot be collected.
NOT_COLLECTED = int(pytest.ExitCode.INTERRUPTED)
PASSED = int(pytest.ExitCode.OK)
FAILED = int(pytest.ExitCode.TESTS_FAILED)

#: Steps that need no Alembic: nothing is started while items are collected.
BY_COMMAND = """
[migrations]
steps = ["0002"]
command = "python -c pass {revision}"
"""
NO_ALEMBIC = 'init = ["python -c pass"]\nsource = "old"'


@pytest.fixture
def quick(notes: Project) -> Project:
    """Its releases are never asked for a database, and its steps do nothing."""
    notes.replace("rolldeploy.toml", 'source = "old"', NO_ALEMBIC)
    notes.replace("rolldeploy.toml", 'source = "new"', 'init = ["python -c pass"]\nsource = "new"')
    notes.add("rolldeploy.toml", BY_COMMAND)
    return notes


# --- the settings


def test_an_unknown_key(notes: Project) -> None:
    notes.replace("rolldeploy.toml", "replicas = 1", "replica = 1")
    notes.run().assert_refused(
        NOT_COLLECTED, "unknown key 'replica' in [strategy]: rolldeploy.toml, line 15 - did you mean 'replicas'?"
    )


def test_an_unknown_key_in_pyproject(notes: Project) -> None:
    (notes.folder / "rolldeploy.toml").unlink()
    notes.write("pyproject.toml", '[tool.rolldeploy.release]\nserve = "true"\nredy = "/readyz"\n')
    notes.run().assert_refused(
        NOT_COLLECTED, "unknown key 'redy' in [tool.rolldeploy.release]: pyproject.toml, line 3 - did you mean 'ready'?"
    )


def test_no_settings(notes: Project) -> None:
    (notes.folder / "rolldeploy.toml").unlink()
    notes.run().assert_refused(
        NOT_COLLECTED,
        "the journey a_note_is_kept has no settings: there is no rolldeploy.toml",
        str(notes.folder),
        "rolldeploy init, in the project's folder, writes one",
    )


def test_an_expectation_for_a_step_that_does_not_exist(notes: Project) -> None:
    notes.add("rolldeploy.toml", '\n[expect."0003"]\nold-warm = "why not"\n')
    notes.run().assert_refused(NOT_COLLECTED, '[expect."0003"]: no such step; there are base, 0002_add_pinned')


def test_a_provider_that_does_not_exist(notes: Project) -> None:
    notes.run(postgres="nonsense").assert_refused(
        USAGE_ERROR,
        "--rolldeploy-postgres: no PostgreSQL provider 'nonsense'; there are auto, container, embedded, system",
    )


def test_a_provider_in_the_settings_that_does_not_exist(notes: Project) -> None:
    notes.add("rolldeploy.toml", '\n[database]\npostgres = "embeded"\n')
    run = notes.run(postgres=None)
    run.assert_says("no PostgreSQL provider 'embeded'")
    assert "Traceback" not in run.text
    assert run.status in {NOT_COLLECTED, FAILED}


# --- the journeys


def test_no_journeys(notes: Project) -> None:
    (notes.folder / "test_notes.py").unlink()
    assert notes.run().status == pytest.ExitCode.NO_TESTS_COLLECTED
    notes.run("--rolldeploy-plan").assert_says("no journeys were collected")


def test_a_journey_that_never_yields(notes: Project) -> None:
    notes.write("test_notes.py", "from harness import journey\n\n@journey\ndef hasty(client):\n    client.get('/x')\n")
    notes.run().assert_refused(
        NOT_COLLECTED, "the journey hasty never yields: a journey is a generator function, and each yield is a place"
    )


@pytest.mark.parametrize(
    ("before", "refused"),
    [
        (
            "@pytest.mark.skip(reason='slow')\n@journey\ndef marked(client):",
            "the mark skip stands above @journey of marked, where it has no effect: put it right above the function",
        ),
        ("class TestIt:\n  @journey\n  def inside(self, client):", "the journey inside is in the class TestIt"),
        ("@journey\nclass Shop:\n  def placed(self, client):", "@journey stands above the class Shop: a journey is a"),
        ("@journey('a name')\ndef named(client):", "the journey named is made by @journey('a name'): it takes"),
        (
            "@journey\n@pytest.mark.parametrize('sku', ['a'])\ndef several(client, sku):",
            "the journey several cannot be parametrized by a mark: let the values be drawn",
        ),
    ],
)
def test_a_journey_that_is_written_as_a_test_is(notes: Project, before: str, refused: str) -> None:
    notes.write("test_notes.py", f"import pytest\nfrom harness import journey\n\n{before}\n    yield\n")
    notes.run().assert_refused(NOT_COLLECTED, refused)


def test_marks_of_a_journey_are_those_of_its_items(notes: Project) -> None:
    text = (notes.folder / "test_notes.py").read_text()
    marks = "@journey\n@mark.skipif(False, reason='')\n@mark.skip(reason='not today')\ndef a_note_is_kept("
    text = text.replace("import annotations\n", "import annotations\nfrom pytest import mark\n")
    notes.write("test_notes.py", text.replace("@journey\ndef a_note_is_kept(", marks))
    run = notes.run("-v", "-k", "a_note_is_kept and base")
    assert run.status == PASSED
    assert set(run.outcomes.values()) == {"SKIPPED"}
    run.assert_says("not today")


def test_a_rehearsal_that_another_plugin_cuts_off(notes: Project) -> None:
    pytest.importorskip("pytest_timeout", reason="pytest-timeout is not installed")
    with notes.start("-v", "--timeout=3") as process:
        run = Run.finish(process)  # pytest-timeout shows where each thread was, ours too
    notes.assert_nothing_left()
    assert run.counts["errors"] == 1
    run.assert_says(
        "HarnessError: the rehearsal was cut off: Timeout (>3.0s) from pytest-timeout; all of it",
        "pytestmark = pytest.mark.timeout(0) in the files of journeys",
        "SKIPPED (the rehearsal was",
    )


@pytest.mark.parametrize(("one", "two"), [("same", "same"), ("a b", "a+b")])
def test_two_rehearsals_with_one_folder(notes: Project, one: str, two: str) -> None:
    settings = (notes.folder / "rolldeploy.toml").read_text()
    journeys = (notes.folder / "test_notes.py").read_text()
    for folder, name in (("one", one), ("two", two)):
        text = settings.replace('source = "', 'source = "../')
        notes.write(f"{folder}/rolldeploy.toml", f'name = "{name}"\n{text}')
        notes.write(f"{folder}/test_{folder}.py", journeys)
    run = notes.run("one", "two")
    run.assert_refused(
        NOT_COLLECTED, "are two rehearsals with one folder for their reports", f"they are called {two} and {one}; give"
    )


def test_a_report_folder_that_cannot_be_made(notes: Project) -> None:
    notes.write("report", "a file")
    run = notes.run("--rolldeploy-report=report/here")
    run.assert_says("--rolldeploy-report: the folder", "report/here cannot be made (Not a directory); name another one")
    assert "\nreport  " not in run.text


def test_a_journey_that_ends_before_its_first_yield(quick: Project) -> None:
    quick.write(
        "test_notes.py",
        "from harness import journey\n\n@journey\ndef short(client):\n"
        "    client.get('/readyz')\n    if client is None:\n        yield\n",
    )
    quick.run().assert_refused(
        FAILED, "the journey short ended before its first yield", "yield between what it writes and what it reads"
    )


def test_a_journey_that_fails_in_control(notes: Project) -> None:
    notes.replace("test_notes.py", '["body"] == "milk"', '["body"] == "bread"')
    run = notes.run()
    run.assert_refused(
        FAILED,
        "the journey a_note_is_kept fails in the control run, on the old release and its own schema",
        "AssertionError",
        "; the request was GET /notes/",
        "correct the journey or the release",
    )
    assert run.counts == {"errors": 1, "skipped": JOURNEY_ITEMS + CHECK_ITEMS - 1}


def test_each_journey_that_fails_in_control_is_told_at_an_item_of_its_own(notes: Project) -> None:
    notes.add(
        "test_notes.py",
        """
@journey
def one_that_is_wrong(client):
    client.get("/readyz")
    yield
    client.get("/notes/none").raise_for_status()


@journey
def one_that_does_not_pause(client):
    client.get("/readyz")
    if client is None:
        yield
""",
    )
    run = notes.run("--rolldeploy-report", "seen", "-rs")
    assert run.status == FAILED
    run.assert_says(
        "ERROR at setup of one_that_is_wrong[",
        "ControlError: the journey one_that_is_wrong fails in the control run",
        "HTTPStatusError: Server error '500 Internal Server Error'",
        "last lines of its log:",
        "ERROR at setup of one_that_does_not_pause[",
        "ControlError: the journey one_that_does_not_pause ended before its first yield",
        "  its journal and its logs are in seen/",
        "the rehearsal was stopped: ControlError: 2 journeys fail in the control run: one_that_is_wrong, one_th",
    )
    assert run.counts == {"errors": 2, "skipped": 3 * JOURNEY_ITEMS + CHECK_ITEMS - 2}


def test_a_journey_that_fails_in_control_is_told_where_no_item_of_it_runs(notes: Project) -> None:
    notes.replace("test_notes.py", '["body"] == "milk"', '["body"] == "bread"')
    run = notes.run("-k", "lock-wait")
    run.assert_says(
        "ControlError: the journey a_note_is_kept fails in the control run",
        "  its journal and its logs are kept with --rolldeploy-report=DIR",
    )
    assert run.counts["errors"] == 1


def test_two_journeys_of_one_name(notes: Project) -> None:
    notes.write("test_more.py", (notes.folder / "test_notes.py").read_text())
    notes.run().assert_refused(
        NOT_COLLECTED,
        "two journeys of one rehearsal are called a_note_is_kept",
        str(notes.folder / "test_more.py"),
        str(notes.folder / "test_notes.py"),
        "rename one",
    )


def test_a_journey_with_a_fixture_that_does_not_exist(quick: Project) -> None:
    quick.replace("test_notes.py", "(client: httpx.Client)", "(client: httpx.Client, nowhere: str)")
    run = quick.run()
    run.assert_refused(FAILED, "the journey a_note_is_kept asks for 'nowhere', which is no fixture there")
    assert run.counts == {"errors": 1, "skipped": JOURNEY_ITEMS + CHECK_ITEMS - 1}


# --- the releases


def test_a_source_that_does_not_exist(notes: Project) -> None:
    notes.replace("rolldeploy.toml", 'source = "old"', 'source = "older"')
    notes.run().assert_refused(
        NOT_COLLECTED, f"the source 'older' does not exist: there is no folder {notes.folder / 'older'}"
    )


def test_a_command_that_does_not_exist(quick: Project) -> None:
    quick.replace("rolldeploy.toml", "python app.py", "gunicorm app.py")
    quick.run().assert_refused(
        FAILED, "there is no command 'gunicorm' in the release's environment", "set python = to the interpreter"
    )


def test_an_interpreter_that_does_not_exist(quick: Project) -> None:
    quick.replace("rolldeploy.toml", "[old]", '[old]\npython = "venv/bin/python"')
    run = quick.run()
    run.assert_says("venv/bin/python", "python =")
    assert "Traceback" not in run.text
    assert run.status in {NOT_COLLECTED, FAILED}


def test_a_release_that_exits_before_it_is_ready(quick: Project) -> None:
    quick.write("old/app.py", "import sys\nprint('no licence found')\nsys.exit(3)\n")
    quick.run().assert_refused(
        FAILED,
        "the old release does not start on its own schema (old-seed, step 2): exited with status 3 before it was ready",
        "of 20 s)",
        "last lines of its log: no licence found",
    )


def test_a_release_that_never_becomes_ready(quick: Project) -> None:
    quick.write("old/app.py", "import time\nprint('still thinking')\ntime.sleep(600)\n")
    quick.replace("rolldeploy.toml", "start_timeout_s = 20", "start_timeout_s = 3")
    run = quick.run()
    run.assert_refused(
        FAILED,
        "not ready after 3 s: nothing listens on port",
        "does serve take {port} or PORT?",
        "last lines of its log: still thinking",
    )
    assert "exited" not in run.text


def test_a_release_whose_readiness_says_no(quick: Project) -> None:
    quick.replace("rolldeploy.toml", 'ready = "/readyz"', 'ready = "/notes/none"')
    quick.replace("rolldeploy.toml", "start_timeout_s = 20", "start_timeout_s = 3")
    quick.run().assert_refused(FAILED, "not ready after 3 s: GET /notes/none answered 500")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use(quick: Project, taken_port: int) -> None:
    quick.replace("rolldeploy.toml", "replicas = 1", f'replicas = 1\nports = "{taken_port}-{taken_port}"')
    quick.run().assert_refused(
        FAILED,
        f"port {taken_port} is in use: a process left over there would answer for the application; stop it, "
        'or set ports = "20000-29999" under [strategy] to a range that is free',
    )


# --- the migrations


def test_several_heads(notes: Project) -> None:
    other = (notes.folder / "new/migrations/versions/0002_add_pinned.py").read_text().replace('"0002"', '"0003"')
    notes.write("new/migrations/versions/0003_other.py", other)
    notes.run().assert_refused(
        NOT_COLLECTED, "the new release's history has 2 heads (0002, 0003): merge them", 'or set target = "heads"'
    )


@pytest.mark.parametrize("id_", ["0002", "0001"])
def test_a_copied_migration_that_kept_its_id(notes: Project, id_: str) -> None:
    [first] = (notes.folder / "new/migrations/versions").glob(f"{id_}_*.py")
    notes.write("new/migrations/versions/0003_copy.py", first.read_text())
    notes.run().assert_refused(
        NOT_COLLECTED,
        f"the revision {id_} is in two files of {notes.folder / 'new'} "
        f"(migrations/versions/{first.name}, migrations/versions/0003_copy.py): give all but one of them an id",
    )


def test_a_revision_whose_file_is_missing(notes: Project) -> None:
    notes.replace("new/migrations/versions/0002_add_pinned.py", 'down_revision = "0001"', 'down_revision = "0000"')
    notes.run().assert_refused(
        NOT_COLLECTED,
        f"Alembic cannot read the history in {notes.folder / 'new'}: a migration follows 0000, and no file has that",
    )


def test_no_alembic_ini(notes: Project) -> None:
    (notes.folder / "new/alembic.ini").unlink()
    notes.run().assert_refused(
        NOT_COLLECTED, f"there is no alembic.ini in {notes.folder / 'new'}: set alembic = under [migrations]"
    )


def test_a_history_that_cannot_be_imported(notes: Project) -> None:
    notes.add("new/migrations/versions/0002_add_pinned.py", "\nimport nowhere_to_be_found\n")
    notes.run().assert_refused(
        NOT_COLLECTED,
        f"Alembic cannot read the history in {notes.folder / 'new'}",
        "ModuleNotFoundError: No module named 'nowhere_to_be_found'",
        'run "alembic history" there to see it',
    )


def test_a_command_without_a_way_to_make_the_first_database(quick: Project) -> None:
    quick.replace("rolldeploy.toml", NO_ALEMBIC, 'source = "old"')
    quick.run().assert_refused(
        NOT_COLLECTED, "the old release must say how the first database is made", 'add init = ["..."] under [old]'
    )


# --- the server


def test_docker_asked_for_and_not_there(quick: Project) -> None:
    quick.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    run = quick.run(postgres="container")
    run.assert_refused(FAILED, "Docker", "--rolldeploy-postgres=embedded")
    assert run.counts == {"errors": 1, "skipped": JOURNEY_ITEMS + CHECK_ITEMS - 1}


def test_a_server_that_does_not_answer(quick: Project, taken_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    run = quick.run(postgres=f"postgresql://somebody:hushhush@127.0.0.1:{port}/postgres")
    run.assert_refused(FAILED, f"PostgreSQL at 127.0.0.1:{port} refuses a connection", "see whether the server")
    assert "hushhush" not in run.text


@pytest.mark.parametrize("server", ["auto", "system:/nowhere"])
def test_the_reason_is_told_once(quick: Project, server: str) -> None:
    """Where a server cannot be had, one item says why and the others point to it."""
    quick.env["ROLLDEPLOY_POSTGRES_URL"] = "mysql://localhost/x"
    run = quick.run(postgres=server)
    cause = "ROLLDEPLOY_POSTGRES_URL is no postgresql:// URL; correct or unset it" if server == "auto" else "/nowhere"
    run.assert_refused(FAILED, cause)
    assert run.counts == {"errors": 1, "skipped": JOURNEY_ITEMS + CHECK_ITEMS - 1}


def test_items_that_were_skipped_are_named_by_their_journey(quick: Project) -> None:
    run = quick.run("-rs", postgres="system:/nowhere")
    run.assert_says("SKIPPED [10] test_notes.py:15: the rehearsal was stopped")
