"""A server that runs already and belongs to somebody else: what it must allow, and what is left on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.report.document import REPORT_NAME, read_document
from plugin.foreign import PASSWORD

if TYPE_CHECKING:
    from harness.report.document import Document
    from plugin.foreign import Foreign
    from plugin.projects import Project

FAILED = int(pytest.ExitCode.TESTS_FAILED)


def test_a_role_that_may_make_no_databases_is_refused(notes: Project, foreign: Foreign) -> None:
    before = foreign.names()
    run = notes.run(postgres=foreign.url("newcomer"))
    run.assert_refused(
        FAILED,
        "role 'newcomer'",
        "lacks CREATEDB",
        'let an administrator run ALTER ROLE "newcomer" CREATEDB CREATEROLE',
    )
    assert PASSWORD not in run.text
    assert foreign.names() == before


def read_report(project: Project) -> Document:
    [path] = project.folder.glob(f"out/*/{REPORT_NAME}")
    return read_document(path)


@pytest.mark.parametrize("role", ["deployer", "boss"])
def test_it_is_left_as_it_was(notes: Project, foreign: Foreign, role: str) -> None:
    before = foreign.names()
    run = notes.run("-v", "--rolldeploy-report=out", postgres=foreign.url(role))
    assert run.status == pytest.ExitCode.OK
    journeys = [outcome for name, outcome in run.outcomes.items() if "a_note_is_kept" in name]
    assert (journeys.count("PASSED"), journeys.count("XFAIL"), len(journeys)) == (10, 1, 11)
    watched = {check.status for check in read_report(notes).checks if check.check in {"lock-wait", "table-rewrite"}}
    assert watched == ({"skipped"} if role == "deployer" else {"pass"})
    path = next(notes.folder.glob(f"out/*/{REPORT_NAME}"))
    document = read_report(notes)
    assert [step.verdict for step in document.steps] == ["before"]
    told = [sentence for sentence in document.reduced if "no superuser" in sentence]
    assert bool(told) == (role == "deployer")
    for sentence in document.reduced:
        run.assert_says(f"reduced: {sentence}")
    assert foreign.names() == before
    assert PASSWORD not in run.text
    assert all(PASSWORD not in each.read_text() for each in path.parent.rglob("*") if each.is_file())


@pytest.mark.parametrize("role", ["deployer", "boss"])
def test_a_restricted_role_by_name_is_made_and_removed(notes: Project, foreign: Foreign, role: str) -> None:
    before = foreign.names()
    notes.replace("rolldeploy.toml", "env = {", 'env = { APP_ROLE = "{app_role}",')
    notes.add("rolldeploy.toml", '\n[database]\napp_role = "restricted:notes_app"\n')
    notes.add(
        "new/migrations/versions/0002_add_pinned.py",
        "    import os\n    assert os.environ['APP_ROLE'] == 'notes_app'\n"
        "    op.execute('GRANT SELECT ON notes TO notes_app')\n",
    )
    run = notes.run("-v", postgres=foreign.url(role))
    assert run.status == pytest.ExitCode.OK
    journeys = [outcome for name, outcome in run.outcomes.items() if "a_note_is_kept" in name]
    assert (journeys.count("PASSED"), journeys.count("XFAIL"), len(journeys)) == (10, 1, 11)
    assert foreign.names() == before
