"""Servers and sessions for the tests of the runtime, each named for what it gives."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engines import require_image

from harness.runtime.postgres import Server, acquire_server, connect
from harness.runtime.postgres.binaries import find_embedded
from harness.runtime.reaper import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

# Built from the distribution's packages where no registry can be reached; the plugin's own default is newer.
CONTAINER_IMAGE = "postgres:15"


@pytest.fixture
def reaper_session() -> Iterator[Session]:
    session = Session.create()
    yield session
    assert session.release_all() == []


@pytest.fixture(scope="session")
def embedded_session() -> Iterator[Session]:
    session = Session.create()
    yield session
    assert session.release_all() == []


@pytest.fixture(scope="session")
def embedded_server(embedded_session: Session) -> Server:
    return acquire_server("embedded", session=embedded_session)


@pytest.fixture
def container_image(monkeypatch: pytest.MonkeyPatch) -> str:
    """Skip where there is no Docker engine with the image, unless the environment demands containers."""
    monkeypatch.setenv("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    require_image(CONTAINER_IMAGE)
    # testcontainers reads its environment once, at its import.
    config = importlib.import_module("testcontainers.core.config")
    monkeypatch.setattr(config.testcontainers_config, "connection_mode_override", config.ConnectionMode.docker_host)
    return CONTAINER_IMAGE


@pytest.fixture(params=["embedded", "16", "15"])
def foreign_server(request: pytest.FixtureRequest, embedded_server: Server, reaper_session: Session) -> Server:
    """Give a server that runs already; rights of role makers changed with 16."""
    if request.param == "embedded":
        return embedded_server
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *find_embedded().parents[2].glob("pixeltable_*/pginstall*/bin"),
    ]
    for bindir in folders:
        said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        if said.split()[2].startswith(f"{request.param}."):
            return acquire_server(f"system:{bindir}", session=reaper_session)
    pytest.skip(f"no PostgreSQL {request.param} on this machine")


@pytest.fixture
def make_url(foreign_server: Server) -> Iterator[Any]:
    made = []

    def make(role: str, rights: str) -> str:
        made.append(role)
        with connect(foreign_server) as connection:
            connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 's3cr/t' {rights}")
        return f"postgresql://{role}:s3cr%2Ft@127.0.0.1:{foreign_server.port}/postgres"

    yield make
    with connect(foreign_server) as connection:
        for role in made:
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")


@pytest.fixture
def url_session() -> Iterator[Session]:
    session = Session.create()
    yield session
    assert session.release_all() == []
