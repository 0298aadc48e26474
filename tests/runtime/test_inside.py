"""Statements as a replica's role, and commands in a replica's environment."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from harness.errors import ReleaseError
from harness.runtime.inside import Inside
from harness.runtime.observer import Observer
from harness.runtime.process import Processes
from harness.runtime.workplace import Workplace
from harness.runtime.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session


@pytest.fixture
def workspace(embedded_server: Server) -> Iterator[Workspace]:
    made = Workspace(embedded_server, f"inside_{secrets.token_hex(4)}")  # roles stay on a server of ours
    made.create("live")
    yield made
    made.close()


@pytest.fixture
def inside(workspace: Workspace, reaper_session: Session, tmp_path: Path) -> Iterator[Inside]:
    processes = Processes(reaper_session)
    (tmp_path / "logs").mkdir()
    place = Workplace(
        root=tmp_path,
        python=sys.executable,
        env={**os.environ, "GREETING": "hello"},
        log=tmp_path / "logs" / "old-1.log",
        processes=processes,
    )
    replica = SimpleNamespace(place=place, database="live", release=SimpleNamespace(running=None))
    fleet: Any = SimpleNamespace(get={"old-1": replica}.get)
    yield Inside(fleet, workspace, 1.0)
    processes.close()


def test_rows_come_as_dictionaries_and_stay_when_the_statement_is_done(inside: Inside) -> None:
    assert inside.sql("old-1", "CREATE TABLE jobs (id serial, name text)", ()) == []
    assert inside.sql("old-1", "INSERT INTO jobs (name) VALUES (%s) RETURNING id, name", ["a"]) == [
        {"id": 1, "name": "a"}
    ]
    assert inside.sql("old-1", "SELECT name FROM jobs WHERE name = %(name)s", {"name": "a"}) == [{"name": "a"}]
    assert inside.sql("old-1", "SELECT name FROM jobs WHERE name LIKE '%'", ()) == [{"name": "a"}]


def test_a_statement_is_sent_as_the_replica(inside: Inside, workspace: Workspace) -> None:
    assert inside.sql("old-1", "SELECT session_user::text AS who, current_user::text AS acts_as", ()) == [
        {"who": workspace.role("old-1"), "acts_as": workspace.app_role}
    ]


def test_what_is_refused_is_raised_and_not_half_done(inside: Inside) -> None:
    inside.sql("old-1", "CREATE TABLE jobs (id int PRIMARY KEY)", ())
    with pytest.raises(psycopg.errors.UniqueViolation):
        inside.sql("old-1", "INSERT INTO jobs VALUES (1), (1)", ())
    assert inside.sql("old-1", "SELECT * FROM jobs", ()) == []


def test_a_statement_that_takes_too_long_is_cancelled(inside: Inside) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        inside.sql("old-1", "SELECT pg_sleep(30)", ())


def test_the_log_shows_of_a_journey_what_was_refused_and_not_what_it_sent(inside: Inside, workspace: Workspace) -> None:
    """Its statements are not the release's: that they meet a change says nothing of the release."""
    observer = Observer(workspace, str)
    inside.sql("old-1", "SELECT 1", ())
    with pytest.raises(psycopg.errors.UndefinedTable):
        inside.sql("old-1", "SELECT * FROM gone", ())
    [logged] = observer.take(["old-1"])
    assert (logged.statement, logged.error and logged.error.sqlstate) == ("SELECT * FROM gone", "42P01")
    observer.close()


def test_a_command_has_the_environment_and_both_outputs_apart(inside: Inside, tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['GREETING'], os.getcwd()); print('careful', file=sys.stderr); sys.exit(3)"
    done = inside.run("old-1", [sys.executable, "-c", code])
    assert (done.returncode, done.stdout, done.stderr) == (3, f"hello {tmp_path}\n", "careful\n")
    assert inside.run("old-1", "sh -c 'echo $GREETING'").stdout == "hello\n"
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_command_that_does_not_end_is_killed(inside: Inside, reaper_session: Session) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        inside.run("old-1", ["sleep", "600"])
    assert reaper_session.ledger.left() == []


def test_there_must_be_such_a_command(inside: Inside) -> None:
    with pytest.raises(ReleaseError, match="there is no command 'nothing-like-it'"):
        inside.run("old-1", ["nothing-like-it"])


def test_nobody_is_reached_who_does_not_run(inside: Inside) -> None:
    with pytest.raises(ConnectionError, match="new-1 does not run any more"):
        inside.sql("new-1", "SELECT 1", ())
    with pytest.raises(ConnectionError, match="new-1 does not run any more"):
        inside.run("new-1", ["true"])
