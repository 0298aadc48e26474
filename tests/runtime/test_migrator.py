"""Schemas are moved through the user's own ``env.py``, unchanged, in one child process; whatever it does there."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import psutil
import pytest
from index import give_up
from processes import pid_of

from harness.errors import MigrationError, ReleaseError, SourceError
from harness.model.release import Environment, ReleaseName
from harness.model.revision import plan_steps
from harness.model.settings import Migrations
from harness.runtime.building import Order, build_environments
from harness.runtime.forks import Forks
from harness.runtime.killable import Killable
from harness.runtime.migrator import AlembicMigrator, CommandMigrator, MigrationFailedError
from harness.runtime.postgres import connect
from harness.runtime.process import Processes, release_environment
from harness.runtime.recipe import read_recipe
from harness.runtime.sources import Source
from harness.runtime.waiting import await_true
from harness.runtime.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session

SYNC = """
import os
from alembic import context
from sqlalchemy import create_engine, pool
with create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
#: Alembic's own template ``async``, shortened.
ASYNC = """
import asyncio, os
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

def do_run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def run():
    engine = create_async_engine(os.environ["DATABASE_URL"].replace("+psycopg", "+asyncpg"), poolclass=pool.POOL)
    async with engine.connect() as connection:
        await connection.run_sync(do_run)
    DISPOSE

asyncio.run(run())
"""
#: Takes the database from ``sqlalchemy.url``, and says where the version is kept.
BY_URL = """
from alembic import context
from sqlalchemy import create_engine, pool, text
url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS meta"))
    connection.commit()
    context.configure(connection=connection, version_table="applied", version_table_schema="meta")
    with context.begin_transaction():
        context.run_migrations()
"""
#: The engine belongs to the application, and keeps its connections.
POOLED = """
from alembic import context
from shop_database import engine
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
SHOP_DATABASE = 'import os\nfrom sqlalchemy import create_engine\nengine = create_engine(os.environ["DATABASE_URL"])\n'
REVISION = """
import os, sys
from alembic import context, op
revision = {id!r}
down_revision = {down!r}
def upgrade():
    {body}
"""
_NUMBERS = count(1)


class Place:
    """A release of migrations alone, and a database of its own."""

    def __init__(self, root: Path, server: Server, processes: Processes, forks: Forks | None) -> None:
        self.root = root
        self.python = sys.executable
        self.database = f"migrator_{next(_NUMBERS)}"
        self.server = server
        self._processes = processes
        self._forks = forks
        self._made: list[AlembicMigrator] = []
        with connect(server) as connection:
            connection.execute(f"CREATE DATABASE {self.database}".encode())
        self.url = f"postgresql+psycopg://{server.user}:{server.password}@{server.host}:{server.port}/{self.database}"
        self.write("alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
        self.write("migrations/env.py", SYNC)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def revision(self, id_: str, down: str | tuple[str, ...] | None, body: str | None = None) -> None:
        """Adds a revision, which makes a table of its name where nothing else is said."""
        text = REVISION.format(id=id_, down=down, body=body or f"op.execute('CREATE TABLE t_{id_} ()')")
        self.write(f"migrations/versions/{id_}.py", text)

    def workplace(self, **env: str) -> Workplace:
        return Workplace(
            root=self.root,
            python=self.python,
            env=release_environment(self.root, self.python, {"DATABASE_URL": self.url, **env}),
            log=self.root / "migrator.log",
            processes=self._processes,
            own=frozenset({"DATABASE_URL"}),
            forks=self._forks,
        )

    def migrator(self, settings: Migrations | None = None, url: str | None = None, **env: str) -> AlembicMigrator:
        self._made.append(AlembicMigrator(self.workplace(**env), settings or Migrations(), url))
        return self._made[-1]

    def killable(self, point: int) -> Killable:
        """Where a program of its own is killed."""
        here = f"{self.server.host}:{self.server.port}"
        return Killable(
            self.server, point, lambda at: self.workplace(DATABASE_URL=self.url.replace(here, "{}:{}".format(*at)))
        )

    def query(self, statement: str) -> list[str]:
        with connect(self.server, self.database) as connection:
            return [str(row[0]) for row in connection.execute(statement.encode()).fetchall()]

    def tables(self) -> list[str]:
        return self.query("SELECT relname FROM pg_class WHERE relname LIKE 't\\_%' AND relkind = 'r' ORDER BY 1")

    def drop(self, *tables: str) -> None:
        with connect(self.server, self.database) as connection:
            for table in tables:
                connection.execute(f"DROP TABLE {table}".encode())

    def sessions(self) -> list[str]:
        return self.query(
            f"SELECT pid FROM pg_stat_activity WHERE datname = '{self.database}' AND pid <> pg_backend_pid()"  # noqa: S608
        )

    def close(self) -> None:
        for migrator in self._made:
            migrator.close()


@pytest.fixture(scope="module")
def forks(embedded_session: Session) -> Iterator[Forks]:
    made = Forks(embedded_session)
    yield made
    made.close()


@pytest.fixture(params=["forked", "started"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, embedded_server: Server, reaper_session: Session, forks: Forks
) -> Iterator[Place]:
    processes = Processes(reaper_session)
    made = Place(tmp_path, embedded_server, processes, forks if request.param == "forked" else None)
    yield made
    made.close()
    processes.close()
    assert reaper_session.ledger.left() == []


def test_one_revision_at_a_time(place: Place) -> None:
    place.revision("a", None)
    place.revision("b", "a")
    place.revision("c", "b", "print('a word on standard output'); op.execute('CREATE TABLE t_c ()')")
    migrator = place.migrator()
    assert migrator.version_table() == (None, "alembic_version")
    assert place.tables() == []
    for done in (["a"], ["a", "b"], ["a", "b", "c"]):
        migrator.upgrade(done[-1])
        assert place.tables() == [f"t_{name}" for name in done]
        assert place.query("SELECT version_num FROM alembic_version") == done[-1:]
        assert place.sessions() == []
    assert "a word on standard output" in (place.root / "migrator.log").read_text()


def test_a_revision_brings_those_before_it(place: Place) -> None:
    place.revision("a", None)
    place.revision("b", "a")
    place.migrator().upgrade("head")
    assert place.tables() == ["t_a", "t_b"]


@pytest.mark.parametrize(
    ("pool", "dispose"),
    [("NullPool", "await engine.dispose()"), ("AsyncAdaptedQueuePool", "pass")],
    ids=["as in the template", "left open"],
)
def test_an_asynchronous_engine(place: Place, pool: str, dispose: str) -> None:
    place.write("migrations/env.py", ASYNC.replace("POOL", pool).replace("DISPOSE", dispose))
    place.revision("a", None)
    place.revision("b", "a", "op.execute('SELECT 1 FROM nothing')")
    migrator = place.migrator()
    assert migrator.version_table() == (None, "alembic_version")
    migrator.upgrade("a")
    assert place.tables() == ["t_a"]
    with pytest.raises(MigrationFailedError, match=r'relation "nothing" does not exist') as caught:
        migrator.upgrade("b")
    assert caught.value.sqlstate == "42P01"


def test_a_pooled_engine_of_the_application_keeps_no_session(place: Place) -> None:
    """A template database, and one that is renamed, must have no sessions."""
    place.write("migrations/env.py", POOLED)
    place.write("shop_database.py", SHOP_DATABASE)
    place.revision("a", None)
    place.revision("b", "a")
    migrator = place.migrator()
    migrator.upgrade("a")
    assert place.sessions() == []
    migrator.upgrade("b")
    assert place.tables() == ["t_a", "t_b"]


def test_what_a_migration_leaves_in_the_interpreter_is_gone_behind_it(place: Place) -> None:
    """A class may be declared on the application's own ``Base`` once; each of these is run twice, by one migrator."""
    place.write("models.py", "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass\n")
    declared = """from models import Base
    import sqlalchemy as sa
    class Marker(Base):
        __tablename__ = "markers"
        id = sa.Column(sa.Integer, primary_key=True)
    op.execute('DROP TABLE IF EXISTS t_marked; CREATE TABLE t_marked ()')
    os.environ["LEFT"] = os.environ.get("LEFT", "") + "."
    print("left", os.environ["LEFT"])"""
    place.revision("a", None)
    place.revision("b", "a", declared)
    place.revision("c", "b", declared)
    migrator = place.migrator()
    for revision in ("a", "b", "c"):
        migrator.upgrade(revision)
    assert place.tables() == ["t_a", "t_marked"]
    assert (place.root / "migrator.log").read_text().count("left .\n") == 2


def test_a_library_is_imported_once_for_all_and_the_application_for_each(place: Place) -> None:
    place.write("own.py", "")
    told = "print('there', 'colorsys' in sys.modules, 'own' in sys.modules); import colorsys, own"
    place.revision("a", None, told)
    place.revision("b", "a", told)
    migrator = place.migrator()
    with (place.root / "migrations/versions/a.py").open("a", encoding="utf-8") as file:
        file.write("import wave\n")
    assert len(migrator.history().revisions) == 2  # which imports that alone, and no migration's libraries
    migrator.upgrade("a")
    migrator.upgrade("b")
    log = (place.root / "migrator.log").read_text()
    assert [line for line in log.splitlines() if line.startswith("there")] == ["there False False", "there True False"]


def test_nothing_is_imported_ahead_where_a_thread_goes_on(place: Place) -> None:
    told = "print('there', 'colorsys' in sys.modules); import colorsys, threading, time"
    place.revision("a", None, told + "; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()")
    place.revision("b", "a", told)
    migrator = place.migrator()
    migrator.upgrade("a")
    migrator.upgrade("b")
    assert (place.root / "migrator.log").read_text().count("there False") == 2


#: Tells each time that it is run from its beginning, and does something then.
TELLING = "import os, sys, models\nsys.stderr.write('from the start\\n')\nDO\n" + SYNC
TOUCHING = {
    "a file": "open('written', 'w').close()",
    "a session of its own": "import psycopg; psycopg.connect(models.url).close()",
    "a connection that stays": "import socket; there = socket.socket()",
    "a program": "import subprocess; subprocess.run(['true'])",
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "a lock": "import fcntl; lock = open('alembic.ini'); fcntl.flock(lock, fcntl.LOCK_SH)",
}


def run_again(place: Place, times: int, env: str = "") -> tuple[AlembicMigrator, int]:
    """Moves through two revisions again and again; returns how often ``env.py`` was run from its beginning."""
    url = place.url.replace("+psycopg", "")
    place.write(
        "models.py", f"from sqlalchemy.orm import DeclarativeBase\nurl = {url!r}\nclass Base(DeclarativeBase): pass\n"
    )
    place.write("migrations/env.py", TELLING.replace("DO", env))
    place.revision("a", None)
    declared = """from models import Base
    import sqlalchemy as sa
    class Marker(Base):
        __tablename__ = "markers"
        id = sa.Column(sa.Integer, primary_key=True)
    op.execute('CREATE TABLE t_b ()')"""
    place.revision("b", "a", declared)
    with (place.root / "migrations/versions/b.py").open("a", encoding="utf-8") as file:
        file.write("sys.stderr.write('the history\\n')\n")
    migrator = place.migrator()
    migrator.upgrade("a")
    migrator.upgrade("b")
    place.drop("t_a", "t_b", "alembic_version")
    (place.root / "migrator.log").write_text("")
    migrator.expect_again()
    for _ in range(times):
        migrator.upgrade("a")
        assert place.tables() == ["t_a"]
        migrator.upgrade("b")
        assert place.tables() == ["t_a", "t_b"]
        assert await_true(lambda: not place.sessions(), timeout_s=10.0)
        place.drop("t_a", "t_b", "alembic_version")
    return migrator, (place.root / "migrator.log").read_text().count("from the start")


def test_what_comes_before_the_database_is_done_once_for_each_revision_that_is_asked_for_again(place: Place) -> None:
    assert run_again(place, 4)[1] == 2
    assert (place.root / "migrator.log").read_text().count("the history") == 2


@pytest.mark.parametrize("name", TOUCHING)
def test_an_environment_that_touches_anything_else_is_run_each_time(place: Place, name: str) -> None:
    assert run_again(place, 3, TOUCHING[name])[1] == 6


@pytest.mark.parametrize("env", ["", TOUCHING["a session of its own"]], ids=["stopped", "from the start"])
def test_a_migration_that_is_run_again_is_killed_where_it_is_asked_to_be(place: Place, env: str) -> None:
    migrator, _ = run_again(place, 1, env)
    for _ in range(2):
        assert migrator.upgrade_until_killed("a", 1)
        assert place.tables() == []
        assert migrator.runs
    assert not migrator.upgrade_until_killed("a", 9)
    assert place.tables() == ["t_a"]


def test_a_migration_that_is_run_again_fails_and_can_be_tried_again(place: Place) -> None:
    migrator, _ = run_again(place, 2)
    with connect(place.server, place.database) as connection:
        connection.execute("CREATE TABLE t_a ()")
    for _ in range(2):
        with pytest.raises(MigrationFailedError, match='relation "t_a" already exists') as caught:
            migrator.upgrade("a")
        assert (caught.value.sqlstate, caught.value.migration) == ("42P07", "a (a.py, line 7)")
    place.drop("t_a")
    migrator.upgrade("a")
    assert place.tables() == ["t_a"]


def test_arguments_that_alembic_gets_by_x(place: Place) -> None:
    place.revision(
        "a", None, "[op.execute(f'CREATE TABLE t_{k}_{v} ()') for k, v in context.get_x_argument(True).items()]"
    )
    place.migrator(Migrations(x=("tenant=one", "mode=fast"))).upgrade("head")
    assert place.tables() == ["t_mode_fast", "t_tenant_one"]


def test_another_section(place: Place) -> None:
    place.write("db.ini", "[alembic]\nscript_location = nowhere\n[billing]\nscript_location = %(here)s/migrations\n")
    place.revision("a", None)
    migrator = place.migrator(Migrations(alembic="db.ini", section="billing"))
    assert migrator.history().heads == ("a",)
    migrator.upgrade("head")
    assert place.tables() == ["t_a"]


def test_a_url_setting_and_a_version_table_elsewhere(place: Place) -> None:
    place.write("migrations/env.py", BY_URL)
    place.revision("a", None)
    migrator = place.migrator(url=place.url.replace("://", "://").replace("?", "%3F") + "?application_name=50%25")
    assert migrator.version_table() == ("meta", "applied")
    migrator.upgrade("head")
    assert place.query("SELECT version_num FROM meta.applied") == ["a"]


def test_a_password_is_on_no_command_line(place: Place) -> None:
    place.write("migrations/env.py", BY_URL)
    place.revision("a", None)
    migrator = place.migrator(url=place.url)
    migrator.upgrade("head")
    assert place.server.password not in str(psutil.Process(pid_of(migrator._process._child)).cmdline())


def test_a_branch_and_its_merge_stay_a_graph(place: Place) -> None:
    place.revision("a", None)
    for name in ("left", "right"):
        place.revision(name, "a")
    place.revision("merged", ("left", "right"))
    migrator = place.migrator()
    history = migrator.history()
    downs = {revision.id: set(revision.down) for revision in history.revisions}
    assert downs == {"a": set(), "left": {"a"}, "right": {"a"}, "merged": {"left", "right"}}
    assert history.heads == ("merged",)
    empty = type(history)(revisions=(), heads=())
    order = [revision.id for revision in plan_steps(empty, history)]
    assert (order[0], order[-1]) == ("a", "merged")
    for revision in order:
        migrator.upgrade(revision)
    assert place.tables() == ["t_a", "t_left", "t_merged", "t_right"]
    assert place.query("SELECT version_num FROM alembic_version") == ["merged"]


FAILURES = {
    "of PostgreSQL's": ("op.execute('SELECT 1/0')", "DivisionByZero: division by zero", "22012"),
    "of Python's": ("raise LookupError('no such tenant')", "LookupError: no such tenant", ""),
    "that wants to end": ("sys.exit('not today')", "SystemExit: not today", ""),
    "without a word": ("sys.exit(3)", "SystemExit: 3", ""),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_sentence_and_can_be_tried_again(place: Place, name: str) -> None:
    body, sentence, sqlstate = FAILURES[name]
    place.revision("a", None, f"op.execute('CREATE TABLE t_a ()')\n    if not os.path.exists('healed'): {body}")
    migrator = place.migrator()
    with pytest.raises(MigrationFailedError) as caught:
        migrator.upgrade("a")
    assert caught.value.error == sentence
    assert caught.value.sqlstate == sqlstate
    assert caught.value.log
    assert caught.value.migration.startswith("a (a.py, line ")
    assert place.tables() == []
    assert place.sessions() == []
    (place.root / "healed").touch()
    migrator.upgrade("a")
    assert place.tables() == ["t_a"]


def test_a_migration_that_ends_the_interpreter(place: Place) -> None:
    place.revision("a", None, "print('out of memory', flush=True); os._exit(9)")
    migrator = place.migrator()
    for _ in range(2):
        with pytest.raises(MigrationFailedError, match=r"the process ended with status 9: out of memory") as caught:
            migrator.upgrade("a")
        assert "\n" not in caught.value.error
    assert caught.value.log[-1] == "out of memory"


def test_the_users_code_may_log_as_it_likes(place: Place) -> None:
    """Answers have a descriptor of their own; ``fileConfig`` and prints reach the log alone."""
    place.write("migrations/env.py", "import os\nprint('x' * 100_000)\nos.write(1, b'{}\\n')\n" + SYNC)
    place.revision("a", None)
    migrator = place.migrator()
    migrator.upgrade("head")
    assert place.tables() == ["t_a"]


def test_a_long_history_fits(place: Place) -> None:
    ids = [f"{number:04}{'x' * 60}" for number in range(300)]
    for down, id_ in zip([None, *ids[:-1]], ids, strict=True):
        place.revision(id_, down)
    history = place.migrator().history()
    assert [revision.id for revision in history.revisions] == ids
    assert history.revisions[1].path == f"migrations/versions/{ids[1]}.py"


def test_no_alembic_ini(place: Place) -> None:
    (place.root / "alembic.ini").unlink()
    with pytest.raises(MigrationError, match=r"there is no alembic.ini in .*: set alembic = under .* or command$"):
        place.migrator()


def test_in_a_commit_the_commit_is_named_and_not_the_folder_that_will_be_gone(place: Place) -> None:
    commit = replace(place.workplace(), origin="services/shop of git:v1 (0123456789)")
    place.write("alembic.ini", "[alembic]\nscript_location = %(here)s/elsewhere\n")
    migrator = AlembicMigrator(commit, Migrations())
    with pytest.raises(MigrationError) as caught:
        migrator.history()
    migrator.close()
    sentence = str(caught.value)
    assert sentence.startswith("Alembic cannot read the history in services/shop of git:v1 (0123456789): CommandError")
    assert sentence.endswith('; run "alembic history" in a checkout of that commit to see it')
    assert "elsewhere" in sentence
    assert str(place.root) not in sentence
    (place.root / "alembic.ini").unlink()
    with pytest.raises(
        MigrationError, match=r"^there is no alembic.ini in services/shop of git:v1 \(0123456789\): set"
    ):
        AlembicMigrator(commit, Migrations())


@pytest.mark.index
def test_an_earlier_sqlalchemy(
    place: Place, reaper_session: Session, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLDEPLOY_CACHE", str(tmp_path_factory.mktemp("cache")))
    source = Source(root=place.root, description="a package", package="sqlalchemy==1.4.54")
    recipe = read_recipe(Environment(requirements=("alembic", "psycopg2-binary")), source, sys.executable)
    order = Order(name=ReleaseName.OLD, recipe=recipe, root=place.root, description="a package")
    try:
        place.python = build_environments([order], reaper_session, lambda _: None)[ReleaseName.OLD]
    except SourceError as error:
        if "the package index cannot be had" not in str(error):
            raise
        give_up(str(error))
    place.revision("a", None)
    migrator = place.migrator(DATABASE_URL=place.url.replace("+psycopg", ""))
    assert migrator.version_table() == (None, "alembic_version")
    migrator.upgrade("a")
    assert place.tables() == ["t_a"]
    assert place.sessions() == []


def test_migrations_inside_an_installed_package(place: Place) -> None:
    """Its paths are relative to itself, and it is found wherever the release's interpreter finds the package."""
    place.revision("a", None)
    place.write("site/keeper/__init__.py", "raise AssertionError('imported')")
    place.write("site/keeper/storage/alembic.ini", "[alembic]\nscript_location = migrations\n")
    (place.root / "migrations").rename(place.root / "site" / "keeper" / "storage" / "migrations")
    settings = Migrations(alembic="package:keeper/storage/alembic.ini")
    migrator = place.migrator(settings, PYTHONPATH=str(place.root / "site"))
    assert migrator.history().heads == ("a",)
    migrator.upgrade("a")
    assert place.tables() == ["t_a"]


@pytest.mark.parametrize("location", ["migrations", "keeper/storage/migrations", "%(here)s/migrations"])
def test_paths_in_a_package_are_relative_to_where_its_author_ran_alembic(place: Place, location: str) -> None:
    """MLflow's file names its scripts from the top of its repository: ``mlflow/store/db_migrations``."""
    place.revision("a", None)
    place.write("site/keeper/__init__.py", "raise AssertionError('imported')")
    place.write("site/keeper/storage/alembic.ini", f"[alembic]\nscript_location = {location}\n")
    (place.root / "migrations").rename(place.root / "site" / "keeper" / "storage" / "migrations")
    settings = Migrations(alembic="package:keeper/storage/alembic.ini")
    assert place.migrator(settings, PYTHONPATH=str(place.root / "site")).history().heads == ("a",)


@pytest.mark.parametrize("name", ["nowhere", "alembic"])
def test_no_such_package(place: Place, name: str) -> None:
    migrator = place.migrator(Migrations(alembic=f"package:{name}/storage/alembic.ini"))
    sentence = rf"there is no storage/alembic.ini in a package {name}: correct alembic = under \[migrations\]"
    with pytest.raises(MigrationError, match=sentence):
        migrator.history()


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("migrations/versions/a.py", "import nowhere", "No module named 'nowhere'"),
        ("migrations/versions/a.py", "def upgrade(:", "SyntaxError"),
        ("migrations/versions/a.py", "raise SystemExit('no')", "SystemExit: no"),
        ("alembic.ini", "[alembic]\n", "script_location"),
        ("alembic.ini", "script_location = x\n", "MissingSectionHeaderError"),
    ],
)
def test_a_history_that_cannot_be_read(place: Place, path: str, text: str, sentence: str) -> None:
    place.write(path, text)
    with pytest.raises(MigrationError, match="Alembic cannot read the history in") as caught:
        place.migrator().history()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_that_shows_why_has_the_file_and_the_section(place: Place) -> None:
    place.write("db/shop.ini", "[alembic]\nscript_location = migrations\n")
    with pytest.raises(
        MigrationError, match=r"script_location.*; run \"alembic -c db/shop.ini -n shop history\" there to"
    ):
        place.migrator(Migrations(alembic="db/shop.ini", section="shop")).history()


def test_an_environment_that_cannot_be_run(place: Place) -> None:
    place.revision("a", None)
    place.write("migrations/env.py", "import os\nos.environ['SHOP_SECRET_FILE']")
    with pytest.raises(MigrationError, match=r"cannot be run: KeyError: 'SHOP_SECRET_FILE'; it gets the database by"):
        place.migrator().version_table()


def test_an_environment_without_alembic(place: Place) -> None:
    place.write("alembic/__init__.py", "raise ImportError('not installed here')")
    with pytest.raises(MigrationError, match=r"the process ended with status 1: ImportError: not installed here"):
        place.migrator().history()


def test_steps_by_a_command(place: Place) -> None:
    place.write(
        "migrate.py",
        "import os, sys, psycopg\nprint('moving to', sys.argv[1])\n"
        "with psycopg.connect(os.environ['DATABASE_URL'].replace('+psycopg', '')) as connection:\n"
        "    connection.execute(f'CREATE TABLE t_{sys.argv[1]} ()')\n",
    )
    migrator = CommandMigrator(place.workplace(), "python migrate.py {revision}", place.killable)
    migrator.upgrade("a")
    assert place.tables() == ["t_a"]
    assert migrator.version_table() is None
    with pytest.raises(
        MigrationFailedError, match=r"'python migrate.py a' ended with status 1: .*already exists$"
    ) as caught:
        migrator.upgrade("a")
    assert 'relation "t_a" already exists' in caught.value.log[-1]
    migrator.close()


#: One transaction of two statements, one that fails and is rolled back, one that only reads; then statements that
#: commit by themselves, the second with a parameter.
PSYCOPG = """
import sys, psycopg
with psycopg.connect(URL) as connection:
    connection.execute("CREATE TABLE t_a ()")
    connection.execute("CREATE TABLE t_b (name text)")
with psycopg.connect(URL) as connection:
    connection.execute("CREATE TABLE t_z ()")
    connection.rollback()
    connection.execute("SELECT 1")
with psycopg.connect(URL, autocommit=True) as connection:
    connection.execute("CREATE TABLE t_c ()")
    connection.execute("INSERT INTO t_b VALUES (%s)", ("one",))
    connection.execute("SHOW work_mem")
    connection.execute("CREATE TABLE t_d ()")
"""
PSYCOPG2 = """
import psycopg2
connection = psycopg2.connect(URL)
cursor = connection.cursor()
cursor.execute("CREATE TABLE t_a ()")
cursor.execute("CREATE TABLE t_b (name text)")
connection.commit()
cursor.execute("CREATE TABLE t_z ()")
connection.rollback()
connection.autocommit = True
cursor.execute("CREATE TABLE t_c ()")
cursor.execute("INSERT INTO t_b VALUES (%s)", ("one",))
cursor.execute("SHOW work_mem")
cursor.execute("CREATE TABLE t_d ()")
"""
ASYNCPG = """
import asyncio, asyncpg
async def main():
    connection = await asyncpg.connect(URL)
    async with connection.transaction():
        await connection.execute("CREATE TABLE t_a ()")
        await connection.execute("CREATE TABLE t_b (name text)")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("CREATE TABLE t_z ()")
    await transaction.rollback()
    await connection.execute("CREATE TABLE t_c ()")
    await connection.execute("INSERT INTO t_b VALUES ($1)", "one")
    await connection.fetch("SHOW work_mem")
    await connection.execute("CREATE TABLE t_d ()")
    await connection.close()
asyncio.run(main())
"""
PG8000 = """
from urllib.parse import urlsplit
import pg8000.native
at = urlsplit(URL)
run = pg8000.native.Connection(at.username, at.hostname, at.path[1:], at.port, at.password).run
for statement in ("START TRANSACTION", "CREATE TABLE t_a ()", "CREATE TABLE t_b (name text)", "COMMIT"):
    run(statement)
for statement in ("START TRANSACTION", "CREATE TABLE t_z ()", "ROLLBACK", "CREATE TABLE t_c ()"):
    run(statement)
run("INSERT INTO t_b VALUES (:name)", name="one")
run("SHOW work_mem")
run("CREATE TABLE t_d ()")
"""
#: Several statements in one query are one transaction, unless they say where it ends.
ONE_QUERY = """
import psycopg
with psycopg.connect(URL, autocommit=True) as connection:
    connection.execute("BEGIN; CREATE TABLE t_a (); CREATE TABLE t_b (name text)")
    connection.execute("/* done */ END")
    connection.execute("BEGIN; CREATE TABLE t_z (); ROLLBACK")
    connection.execute("CREATE TABLE t_c ()")
    connection.execute("INSERT INTO t_b VALUES ('one'); SELECT 1")
    connection.execute("CREATE TABLE t_d ()")
"""
PROGRAMS = {"psycopg": PSYCOPG, "psycopg2": PSYCOPG2, "asyncpg": ASYNCPG, "pg8000": PG8000, "one query": ONE_QUERY}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_their_own_is_killed_before_each_commit_and_behind_it(place: Place, name: str) -> None:
    url = "import os\nURL = os.environ['DATABASE_URL'].replace('+psycopg', '')\n"
    place.write("migrate.py", url + PROGRAMS[name])
    migrator = CommandMigrator(place.workplace(), "python migrate.py {revision}", place.killable)
    left = []
    for point in range(1, 6):
        assert migrator.upgrade_until_killed("a", point), point
        assert place.sessions() == []
        names = [table.removeprefix("t_") for table in place.tables()]
        left.append(("".join(names), place.query("SELECT name FROM t_b") if names else []))
        place.drop(*place.tables())
    assert left == [("", []), ("ab", []), ("abc", []), ("abc", ["one"]), ("abcd", ["one"])]
    assert not migrator.upgrade_until_killed("a", 6)
    assert place.tables() == ["t_a", "t_b", "t_c", "t_d"]
    migrator.close()


def test_a_program_that_fails_before_the_point_is_told(place: Place) -> None:
    place.write("migrate.py", "raise SystemExit(7)")
    migrator = CommandMigrator(place.workplace(), "python migrate.py {revision}", place.killable)
    with pytest.raises(MigrationFailedError, match="ended with status 7"):
        migrator.upgrade_until_killed("a", 1)
    unknown = CommandMigrator(place.workplace(), "no-such-program {revision}", place.killable)
    with pytest.raises(ReleaseError, match="no-such-program"):
        unknown.upgrade_until_killed("a", 1)


def test_the_releases_environment_is_the_commands(place: Place) -> None:
    command = "sh -c 'echo $TENANT $PWD {revision} > told'"
    migrator = CommandMigrator(place.workplace(TENANT="one"), command, place.killable)
    migrator.upgrade("a")
    assert (place.root / "told").read_text().split() == ["one", str(place.root), "a"]


def test_files_are_not_confused_with_the_harness_own(place: Place) -> None:
    """The child is a script in the harness; its neighbours must not hide the application's modules."""
    place.write("process.py", "answer = 42")
    place.write("migrations/env.py", "import process\nassert process.answer == 42\n" + SYNC)
    place.revision("a", None)
    place.migrator().upgrade("head")
    assert place.tables() == ["t_a"]
