"""Requests while replicas are replaced: rehearsals of applications that answer to the end, or drop what they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.report.document import REPORT_NAME, Document, read_document

if TYPE_CHECKING:
    from plugin.projects import Project, Run

PASSED, FAILED = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
GRACEFUL = "signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())"
LOST = "lost-request[rollout]"


def rehearse(project: Project, **strategy: str) -> tuple[Run, Document]:
    lines = "".join(f'{key} = "{value}"\n' for key, value in strategy.items())
    project.replace("rolldeploy.toml", "[strategy]\n", f"[strategy]\n{lines}")
    run = project.run("-v", "--rolldeploy-report=out")
    (path,) = (project.folder / "out").glob(f"*/{REPORT_NAME}")
    return run, read_document(path)


def answered(document: Document) -> dict[str, tuple[bool, bool]]:
    """For each state: whether anything was asked, and whether all of it was answered."""
    return {
        state.state: (state.requests + state.unserved > 0, not state.lost + state.unserved)
        for state in document.availability
    }


def test_a_replica_that_finishes_what_it_has_loses_nothing_in_any_state(notes: Project) -> None:
    run, document = rehearse(notes)
    assert run.status == PASSED
    assert answered(document) == {
        "old-deployed-1 serves": (True, True),
        "old-deployed-1, new-replaced-1 serve": (True, True),
        "new-replaced-1 serves": (True, True),
    }
    run.assert_says("requests answered while replicas were replaced")


@pytest.mark.parametrize("drain", ["before", "after"])
def test_one_that_dies_at_once_loses_what_was_under_way_whoever_else_serves(notes: Project, drain: str) -> None:
    notes.replace("old/app.py", GRACEFUL, "pass")
    run, document = rehearse(notes, drain=drain)
    assert run.status == FAILED
    assert list(run.outcomes.values()).count("FAILED") == 1
    (check,) = [check for check in document.checks if check.check == "lost-request"]
    headlines = [finding.headline for finding in check.findings]
    assert headlines[0] == "old-deployed-1 dropped the request that was under way when told to stop"
    also = ["old-deployed-1 lost requests that it got before the load balancer knew that it stops"]
    assert headlines[1:] == (also if drain == "after" else [])


def test_recreated_replicas_leave_a_gap_that_is_told_and_fails_nothing(notes: Project) -> None:
    run, document = rehearse(notes, kind="recreate")
    assert run.status == PASSED
    assert answered(document) == {
        "old-deployed-1 serves": (True, True),
        "nobody serves": (True, False),
        "new-replaced-1 serves": (True, True),
    }
    assert document.rollout["mixed"] == "untested"
    run.assert_says("note rollout, lost-request: downtime: nobody served for")


def test_a_green_fleet_gets_all_traffic_at_once_and_the_blue_one_gets_it_back(notes: Project) -> None:
    run, document = rehearse(notes, kind="blue-green")
    assert run.status == PASSED
    assert list(answered(document).values()) == [(True, True)] * 4
    assert (document.rollout["mixed"], document.rollout["roll-back"]) == ("untested", "pass")


def test_canaries_serve_beside_all_old_replicas_first(notes: Project) -> None:
    notes.replace("rolldeploy.toml", "replicas = 1", "replicas = 2")
    run, document = rehearse(notes, kind="canary", max_surge="0", max_unavailable="1")
    assert run.status == PASSED
    assert list(answered(document))[:2] == [
        "old-deployed-1, old-deployed-2 serve",
        "old-deployed-1, old-deployed-2, new-replaced-1 serve",
    ]
    assert document.rollout["mixed"] == "pass"


def test_where_new_replicas_do_not_become_ready_the_old_ones_serve_on(notes: Project) -> None:
    notes.replace("new/app.py", 'self.answer(200, {"ready": True})', 'self.answer(503, {"ready": False})')
    notes.replace("rolldeploy.toml", "start_timeout_s = 20", "start_timeout_s = 8")
    run, document = rehearse(notes)
    assert run.status == FAILED
    assert set(answered(document).values()) == {(True, True)}
    assert not [check for check in document.checks if check.check == "lost-request" and check.status == "fail"]
