"""Databases and roles, on a server of ours and on one of others where we are no superuser."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from harness.errors import PostgresError
from harness.runtime.postgres import (
    Server,
    ServerLog,
    Swapper,
    acquire_server,
    connect,
    create_database,
    create_login_role,
    create_owner_role,
    drop_database,
    drop_role,
    release_server,
    rename_database,
    terminate_sessions,
)
from harness.runtime.reaper import Database, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.reaper import Session

ROOT = str(Path(__file__).resolve().parents[2])


def login(server: Server, role: str, password: str, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=server.host, port=server.port, user=role, password=password, dbname=database, autocommit=True
    )


def names(server: Server, prefix: str) -> set[str]:
    with connect(server) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s::text) "
            "UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s::text)",
            [prefix, prefix],
        )
        return {name for (name,) in rows}


def live_through_everything(server: Server, prefix: str) -> None:
    """Do all that a rehearsal does with databases and roles."""
    owner, app, first, second, third = (f"{prefix}{name}" for name in ("Own er", "app", "o'ne", 't"wo', "three"))
    create_owner_role(server, owner)
    password = create_login_role(server, app, owner)
    create_database(server, first, owner=owner)
    with login(server, app, password, first) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        [[session_user, current_user, table_owner]] = connection.execute(
            "SELECT session_user, current_user, (SELECT tableowner FROM pg_tables WHERE tablename = 't')"
        )
        assert (session_user, current_user, table_owner) == (app, owner, owner)
        create_database(server, second, owner=owner, template=first)  # ends the session
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with login(server, app, password, second) as connection:
        assert connection.execute("SELECT a FROM t").fetchone() == (1,)
        connection.execute("ALTER TABLE t ADD COLUMN b int")
        rename_database(server, second, third)
    with login(server, app, password, third) as connection:
        assert connection.execute("SELECT a, b FROM t").fetchone() == (1, None)
        assert terminate_sessions(server, third) == 1
        assert terminate_sessions(server, third) == 0
    with login(server, app, password, third) as connection:
        connection.execute("SELECT 1")
        assert names(server, prefix) == {owner, app, first, third}
        for database in (first, third, third):
            drop_database(server, database)
    for role in (app, owner, owner):
        drop_role(server, role)
    assert names(server, prefix) == set()


def test_a_whole_life_on_a_server_of_ours(embedded_server: Server) -> None:
    live_through_everything(embedded_server, "rd_life_")


def test_dropping_does_not_wait_for_sessions_to_notice(embedded_server: Server) -> None:
    create_owner_role(embedded_server, "rd_fast_owner")
    password = create_login_role(embedded_server, "rd_fast_app", "rd_fast_owner")
    create_database(embedded_server, "rd_fast", owner="rd_fast_owner")
    sessions = [login(embedded_server, "rd_fast_app", password, "rd_fast") for _ in range(10)]
    start = time.monotonic()
    drop_database(embedded_server, "rd_fast")
    assert time.monotonic() - start < 0.5
    for session in sessions:
        session.close()
    drop_role(embedded_server, "rd_fast_app")
    drop_role(embedded_server, "rd_fast_owner")


def test_a_copy_has_the_settings_of_its_template(embedded_server: Server) -> None:
    """PostgreSQL keeps them beside the databases, and copies what is in one alone."""
    settings = {
        "search_path": '"$user", "my shop", public',
        "TimeZone": "Europe/Paris",
        "statement_timeout": "5s",
        "shop.motto": "it's 100% 'fun'",
    }
    create_database(embedded_server, "rd_set", owner=embedded_server.user)
    with connect(embedded_server, "rd_set") as connection:
        connection.execute('ALTER DATABASE rd_set SET search_path = "$user", "my shop", public')
        connection.execute("ALTER DATABASE rd_set SET timezone = 'Europe/Paris'")
        connection.execute("ALTER DATABASE rd_set SET statement_timeout = '5s'")
        connection.execute("ALTER DATABASE rd_set SET shop.motto = 'it''s 100% ''fun'''")
    create_database(embedded_server, "rd_set_too", owner=embedded_server.user, template="rd_set")
    with contextlib.closing(Swapper(embedded_server)) as swapper:
        swapper.copy("rd_set_too", "rd_set_again", embedded_server.user)
    for copy in ("rd_set_too", "rd_set_again"):
        with connect(embedded_server, copy) as connection:
            found = {name: connection.execute(f"SHOW {name}".encode()).fetchall() for name in settings}
        assert {name: rows[0][0] for name, rows in found.items()} == settings
    for name in ("rd_set", "rd_set_too", "rd_set_again"):
        drop_database(embedded_server, name)


def test_a_template_is_copied_while_a_pool_keeps_reconnecting(embedded_server: Server) -> None:
    create_owner_role(embedded_server, "rd_pool_owner")
    password = create_login_role(embedded_server, "rd_pool_app", "rd_pool_owner")
    create_database(embedded_server, "rd_pool", owner="rd_pool_owner")
    stop = threading.Event()

    def reconnect() -> None:
        while not stop.is_set():
            try:
                with login(embedded_server, "rd_pool_app", password, "rd_pool") as connection:
                    connection.execute("SELECT pg_sleep(0.03)")
            except psycopg.Error:
                time.sleep(0.03)

    pool = threading.Thread(target=reconnect)
    pool.start()
    try:
        for number in range(5):
            create_database(embedded_server, f"rd_pool_{number}", owner="rd_pool_owner", template="rd_pool")
    finally:
        stop.set()
        pool.join()
    for name in ("rd_pool", *(f"rd_pool_{number}" for number in range(5))):
        drop_database(embedded_server, name)
    drop_role(embedded_server, "rd_pool_app")
    drop_role(embedded_server, "rd_pool_owner")


def test_a_refusal_is_one_sentence_and_no_password_reaches_the_log(embedded_server: Server) -> None:
    create_owner_role(embedded_server, "rd_twice_owner")
    with ServerLog(embedded_server) as log:
        password = create_login_role(embedded_server, "rd_twice", "rd_twice_owner")
        with pytest.raises(
            PostgresError, match=r"refuses to make role 'rd_twice': .*already exists \[42710\]"
        ) as caught:
            create_login_role(embedded_server, "rd_twice", "rd_twice_owner")
        entries = log.cut()
    assert [entry.sqlstate for entry in entries] == ["42710"]
    assert "SCRAM-SHA-256$" in (entries[0].statement or "")
    assert password not in str(entries) + str(caught.value)
    assert "\n" not in str(caught.value)
    drop_role(embedded_server, "rd_twice")
    drop_role(embedded_server, "rd_twice_owner")


def test_a_whole_life_without_superuser(make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url("rd_maker", "CREATEDB CREATEROLE"), session=url_session)
    assert (server.provider, server.superuser, server.json_log) == ("url", False, False)
    assert [sentence.split(":")[0] for sentence in server.reduced] == ["no superuser", "no server log"]
    with ServerLog(server) as log:
        assert log.cut() == ()
    live_through_everything(server, "rd_guest_")
    assert not [each for each in url_session.ledger.left() if isinstance(each, Database | Role)]


def test_what_is_left_on_a_server_of_others_goes_away(
    make_url: Any, url_session: Session, foreign_server: Server
) -> None:
    server = acquire_server(make_url("rd_leaver", "CREATEDB CREATEROLE"), session=url_session)
    create_owner_role(server, "rd_left_owner")
    password = create_login_role(server, "rd_left_app", "rd_left_owner")
    create_database(server, "rd_left", owner="rd_left_owner")
    with login(server, "rd_left_app", password, "rd_left"):
        release_server(server, url_session)
    assert names(foreign_server, "rd_left_") == set()


@contextlib.contextmanager
def autovacuum_at_work(superuser: Server, database: str) -> Iterator[None]:
    """Has autovacuum go through a database, so slowly that it is there until it is ended."""
    to_database = make_conninfo(superuser.conninfo(), dbname=database)
    with connect(superuser) as connection, psycopg.connect(to_database, autocommit=True) as inside:
        inside.execute(
            "CREATE TABLE full_of_dead (id int) WITH (autovacuum_vacuum_threshold = 0,"
            " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"
        )
        inside.execute("INSERT INTO full_of_dead SELECT generate_series(1, 200000)")
        inside.execute("DELETE FROM full_of_dead")
        inside.close()
        connection.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        connection.execute("SELECT pg_reload_conf()")
        try:
            deadline = time.monotonic() + 60
            at_work = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'autovacuum worker'"
            while not connection.execute(at_work, [database]).fetchall()[0][0]:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET autovacuum_naptime")
            connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("by_reaper", [False, True])
def test_a_database_that_autovacuum_is_at_work_in_goes_away(
    by_reaper: bool, make_url: Any, url_session: Session, foreign_server: Server
) -> None:
    server = acquire_server(make_url("rd_sweeper", "CREATEDB CREATEROLE"), session=url_session)
    create_owner_role(server, "rd_swept_owner")
    password = create_login_role(server, "rd_swept_app", "rd_swept_owner")
    create_database(server, "rd_swept", owner="rd_swept_owner")
    with login(server, "rd_swept_app", password, "rd_swept"), autovacuum_at_work(foreign_server, "rd_swept"):
        if not by_reaper:
            drop_database(server, "rd_swept")
        release_server(server, url_session)
    assert names(foreign_server, "rd_swept") == set()


def test_what_a_killed_owner_made_on_a_server_of_others_goes_away(make_url: Any, foreign_server: Server) -> None:
    program = (
        "import sys, time; from harness.runtime.reaper import Session; from harness.runtime.postgres import *;"
        "server = acquire_server(sys.stdin.readline().strip(), session=Session.create());"
        "create_owner_role(server, 'rd_killed_owner'); create_login_role(server, 'rd_killed_app', 'rd_killed_owner');"
        "create_database(server, 'rd_killed_db', owner='rd_killed_owner'); print('made', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    ) as owner:
        assert owner.stdin
        assert owner.stdout
        print(make_url("rd_killer", "CREATEDB CREATEROLE"), file=owner.stdin, flush=True)
        assert owner.stdout.readline() == "made\n"
        assert names(foreign_server, "rd_killed_") == {"rd_killed_owner", "rd_killed_app", "rd_killed_db"}
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while left := names(foreign_server, "rd_killed_"):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.mark.parametrize("foreign_server", ["embedded"], indirect=True)
@pytest.mark.parametrize(
    ("rights", "missing"),
    [("CREATEDB", "lacks CREATEROLE"), ("CREATEROLE", "lacks CREATEDB"), ("", "lacks CREATEDB and CREATEROLE")],
)
def test_a_role_without_rights_is_told_the_cure(rights: str, missing: str, make_url: Any, url_session: Session) -> None:
    with pytest.raises(PostgresError, match=rf'{missing}.*ALTER ROLE "rd_weak" CREATEDB CREATEROLE') as caught:
        acquire_server(make_url("rd_weak", rights), session=url_session)
    assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize("foreign_server", ["embedded"], indirect=True)
def test_a_superusers_url_is_not_reduced(make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url("rd_super", "SUPERUSER"), session=url_session)
    assert (server.superuser, server.json_log, server.plain, server.reduced) == (True, True, True, ())
    assert not server.disposable


@pytest.fixture
def demanding_tls(foreign_server: Server) -> Iterator[str]:
    """Give a role that the server lets in by TLS alone."""
    role = "rd_ciphered"
    with connect(foreign_server) as connection:
        row = connection.execute("SELECT current_setting('data_directory'), current_setting('hba_file')").fetchone()
        assert row is not None
        data, access = map(Path, row)
        owner = data.stat()
        names = ["-keyout", str(data / "server.key"), "-out", str(data / "server.crt")]
        words = ["openssl", "req", "-new", "-x509", "-nodes", "-subj", "/CN=localhost", *names]
        subprocess.run(words, check=True, capture_output=True)
        for name in ("server.key", "server.crt"):
            os.chown(data / name, owner.st_uid, owner.st_gid)
            (data / name).chmod(0o600)
        before = access.read_text(encoding="utf-8")
        access.write_text(f"hostnossl all {role} all reject\n{before}", encoding="utf-8")
        connection.execute("ALTER SYSTEM SET ssl = on")
        connection.execute("SELECT pg_reload_conf()")
        yield role
        access.write_text(before, encoding="utf-8")
        connection.execute("ALTER SYSTEM RESET ssl")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("foreign_server", ["15"], indirect=True)  # the wheels' servers are built without TLS
def test_a_server_that_demands_tls_is_known_for_it(demanding_tls: str, make_url: Any, url_session: Session) -> None:
    server = acquire_server(make_url(demanding_tls, "SUPERUSER"), session=url_session)
    assert (server.superuser, server.plain) == (True, False)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "postgresql://u:s3cr@127.0.0.1:1/db",
            r"PostgreSQL at 127.0.0.1:1 refuses a connection to database 'db' as 'u'",
        ),
        ("postgresql:///db", "names no host and no user;"),
        ("postgresql://127.0.0.1:1/db", "names no user;"),
        ("postgresql://u:s3cr@/db", "names no host;"),
        ("postgresql://u:s3cr%2@h/db", "cannot be read.*%XX"),
    ],
)
def test_a_url_that_does_not_work_is_one_sentence(url: str, sentence: str, url_session: Session) -> None:
    with pytest.raises(PostgresError, match=sentence) as caught:
        acquire_server(url, session=url_session)
    assert "s3cr" not in str(caught.value)
    assert "\n" not in str(caught.value)
