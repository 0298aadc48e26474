"""The container provider, on a real Docker engine; what needs none is tested without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from harness.errors import PostgresError
from harness.runtime.postgres import (
    ServerLog,
    acquire_server,
    connect,
    create_database,
    create_owner_role,
    release_server,
)
from harness.runtime.postgres.container import check_image

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

ROOT = str(Path(__file__).resolve().parents[2])


def inspect(name: str) -> list[dict[str, object]]:
    found = subprocess.run(["docker", "container", "inspect", name], capture_output=True, text=True, check=False)
    return list(json.loads(found.stdout or "[]"))


@pytest.mark.container
def test_a_container_is_ready_soon(container_image: str, reaper_session: Session) -> None:
    start = time.monotonic()
    server = acquire_server("container", image=container_image, session=reaper_session)
    assert time.monotonic() - start < 20
    assert (server.provider, server.host, server.superuser, server.json_log) == ("container", "127.0.0.1", True, True)
    assert server.version.startswith("15.")
    [found] = inspect(reaper_session.directory.name)
    text = json.dumps(found)
    assert '"rolldeploy.session"' in text
    assert '"HostIp": "127.0.0.1"' in text
    assert '"HostIp": "0.0.0.0"' not in text
    with connect(server) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert connection.execute("SHOW max_connections").fetchone() == ("400",)
    create_owner_role(server, "owner")
    create_database(server, "first", owner="owner")
    create_database(server, "second", owner="owner", template="first")
    with ServerLog(server) as log, connect(server, "second") as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1/0")
        assert [(entry.sqlstate, entry.database) for entry in log.cut()] == [("22012", "second")]
    for _ in range(2):
        release_server(server, reaper_session)
        assert inspect(reaper_session.directory.name) == []


@pytest.mark.container
def test_a_container_does_not_outlive_a_killed_owner(container_image: str) -> None:
    program = (
        "import sys, time; from harness.runtime.reaper import Session; from harness.runtime.postgres import *;"
        "session = Session.create(); acquire_server('container', image=sys.argv[1], session=session);"
        "print(session.directory.name, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, container_image],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    ) as owner:
        assert owner.stdout
        name = owner.stdout.readline().strip()
        assert inspect(name)
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while inspect(name):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.container
def test_an_image_that_cannot_be_pulled_is_one_sentence(container_image: str, reaper_session: Session) -> None:
    with pytest.raises(PostgresError, match=r"registry.invalid/postgres:1 is not here and cannot be pulled") as caught:
        acquire_server("container", image="registry.invalid/postgres:1", session=reaper_session)
    assert "docker pull registry.invalid/postgres:1" in str(caught.value)
    assert "--rolldeploy-postgres=embedded" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.container
def test_a_container_that_ends_at_once_shows_its_last_lines_and_is_removed(
    container_image: str, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.runtime.postgres import container  # noqa: PLC0415
    from harness.runtime.postgres.settings import Setting  # noqa: PLC0415

    monkeypatch.setattr(container, "SETTINGS", (Setting("max_connections", "many", ""),))
    with pytest.raises(PostgresError, match=r"ended before it was ready.*many"):
        acquire_server("container", image=container_image, session=reaper_session)
    assert inspect(reaper_session.directory.name) == []
    assert reaper_session.ledger.left() == []


def test_docker_asked_for_and_not_there_is_one_sentence(
    reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(PostgresError, match=r"no Docker engine answers.*--rolldeploy-postgres=embedded") as caught:
        acquire_server("container", session=reaper_session)
    assert "\n" not in str(caught.value)


def test_testcontainers_not_installed_is_told_how_to_install(
    reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PostgresError, match=r"pip install 'pytest-rolldeploy\[container\]'"):
        acquire_server("container", session=reaper_session)


@pytest.mark.parametrize("image", ["postgres", "postgres:latest", "localhost:5000/team/postgres"])
def test_an_image_that_is_not_pinned_is_refused(image: str) -> None:
    with pytest.raises(PostgresError, match=f"image '{image}' is not pinned.*postgres:17"):
        check_image(image)


@pytest.mark.parametrize("image", ["postgres:17", "localhost:5000/postgres:17-alpine", "postgres@sha256:abc"])
def test_a_pinned_image_is_taken(image: str) -> None:
    check_image(image)
