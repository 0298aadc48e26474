"""Children are forked from an interpreter that has imported Alembic, and are as if each had one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from processes import pid_of

from harness.errors import HarnessError, MigrationError
from harness.model.settings import Migrations
from harness.runtime.forks import _MAY_FORK, _MOST_INTERPRETERS, Forked, Forks
from harness.runtime.migrator import AlembicMigrator, MigrationFailedError
from harness.runtime.process import Processes, release_environment
from harness.runtime.reaper import Session
from harness.runtime.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not _MAY_FORK, reason="nothing is forked on this system")

ROOT = str(Path(__file__).resolve().parents[2])
#: Needs no database: whatever a test wants to know is printed, or done, when ``env.py`` is run.
ENV = """
import os
from alembic import context
import app
print("app of", app.NAME, os.environ["DATABASE"], os.getcwd(), os.getsid(0) == os.getppid())
context.configure(dialect_name="postgresql")
"""


class Nest:
    """Releases, and the migrators in them."""

    def __init__(self, folder: Path, session: Session) -> None:
        self.folder = folder
        self.processes = Processes(session)
        self.forks = Forks(session)
        self.made: list[AlembicMigrator] = []

    def release(self, name: str, **files: str) -> Path:
        """A release whose module ``app`` says its name."""
        root = self.folder / name
        (root / "migrations" / "versions").mkdir(parents=True)
        (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        (root / "migrations" / "env.py").write_text(ENV)
        (root / "app.py").write_text(f"NAME = {name!r}\n")
        for path, text in files.items():
            (root / f"{path}.py").write_text(text)
        return root

    def place(self, root: Path, python: str = sys.executable, **env: str) -> Workplace:
        return Workplace(
            root=root,
            python=python,
            env=release_environment(root, python, {"DATABASE": f"database of {root.name}", **env}),
            log=self.folder / f"{root.name}.log",
            processes=self.processes,
            own=frozenset({"DATABASE"}),
            forks=self.forks,
        )

    def migrator(self, root: Path, python: str = sys.executable, **env: str) -> AlembicMigrator:
        self.made.append(AlembicMigrator(self.place(root, python, **env), Migrations()))
        return self.made[-1]

    def log(self, name: str) -> list[str]:
        return (self.folder / f"{name}.log").read_text().splitlines()

    def close(self) -> None:
        while self.made:
            self.made.pop().close()
        self.processes.close()
        self.forks.close()


@pytest.fixture
def nest(tmp_path: Path, reaper_session: Session) -> Iterator[Nest]:
    made = Nest(tmp_path, reaper_session)
    yield made
    made.close()
    assert reaper_session.ledger.left() == []


def is_forked(migrator: AlembicMigrator) -> bool:
    return isinstance(migrator._process._child.popen, Forked)


def await_end(pid: int) -> None:
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_releases_have_nothing_of_each_other(nest: Nest) -> None:
    old, new = (nest.migrator(nest.release(name)) for name in ("old", "new"))
    for migrator in (old, new, old):
        migrator.version_table()
    assert is_forked(old)
    assert is_forked(new)
    assert len({pid_of(migrator._process._child) for migrator in (old, new)} | {os.getpid()}) == 3
    nest.close()
    for name, times in (("old", 2), ("new", 1)):
        word = f"app of {name} database of {name} {nest.folder / name} True"
        assert nest.log(name) == [word] * times


def test_standard_error_goes_where_it_is_wanted_apart(nest: Nest) -> None:
    root = nest.release("old", say='import sys\nprint("in")\nprint("out", file=sys.stderr)\nsys.exit(3)\n')
    errors = nest.folder / "errors"
    child = replace(nest.place(root), preload=("json",)).start([sys.executable, "say.py"], errors=errors)
    assert isinstance(child.popen, Forked)
    assert child.popen.wait(30) == 3
    assert (nest.log("old"), errors.read_text()) == (["in"], "out\n")


def test_a_variable_that_is_nobodys_own_is_there_from_the_start(nest: Nest) -> None:
    root = nest.release("old")
    (root / "migrations" / "env.py").write_text("import sys\nprint(sys.warnoptions, sys.flags.optimize)\n" + ENV)
    nest.migrator(root).version_table()
    nest.migrator(root, PYTHONWARNINGS="error::BytesWarning", PYTHONOPTIMIZE="2").version_table()
    assert [line for line in nest.log("old") if line.startswith("[")] == ["[] 0", "['error::BytesWarning'] 2"]


@pytest.mark.parametrize("name", ["queue", "sitecustomize", "psycopg/__init__"])
def test_a_release_that_hides_what_is_imported_has_an_interpreter_of_its_own(nest: Nest, name: str) -> None:
    root = nest.release("old")
    (root / name).parent.mkdir(exist_ok=True)
    (root / f"{name}.py").write_text("MINE = True\n")
    (root / "app.py").write_text(f"import {name.partition('/')[0]} as own\nassert own.MINE\nNAME = 'old'\n")
    migrator = nest.migrator(root)
    migrator.version_table()
    assert not is_forked(migrator)


def test_a_folder_of_migrations_called_alembic_hides_nothing(nest: Nest) -> None:
    root = nest.release("old")
    (root / "alembic").mkdir()
    migrator = nest.migrator(root)
    migrator.version_table()
    assert is_forked(migrator)


def test_an_interpreter_without_alembic_says_so_in_the_releases_log(nest: Nest, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    migrator = nest.migrator(nest.release("old"), str(tmp_path / "venv" / "bin" / "python"))
    with pytest.raises(MigrationError, match=r"ended with status 1: ModuleNotFoundError: No module named 'alembic'"):
        migrator.history()


def test_a_child_whose_interpreter_was_killed_goes_on_and_the_next_has_its_own(nest: Nest) -> None:
    first = nest.migrator(nest.release("old"))
    [interpreter] = nest.forks._interpreters.values()
    os.kill(pid_of(interpreter._child), signal.SIGKILL)
    second = nest.migrator(nest.release("new"))
    first.version_table()
    second.version_table()
    assert is_forked(first)
    assert not is_forked(second)


ENDING = """
import atexit, logging, sys, tempfile, threading, time, weakref

def last_words():
    print("exit handler")

atexit.register(last_words)
kept = open("kept", "w")
kept.write("never closed")
folder = tempfile.TemporaryDirectory(dir=".")

class Kind: pass
thing = Kind()
weakref.finalize(thing, print, "finalizer")

def late():
    time.sleep(0.2)
    print("thread")

threading.Thread(target=late).start()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("main")
END
"""
ENDINGS = {
    "by itself": ("pass", 0),
    "by a status": ("sys.exit(7)", 7),
    "by a sentence": ("sys.exit('not today')", 1),
    "by an error": ("1 / 0", 1),
    "by a large status": ("sys.exit(256 + 3)", 3),
    "by true": ("sys.exit(True)", 1),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_fork_ends_as_an_interpreter_does(nest: Nest, name: str) -> None:
    """It leaves its modules as they are, but whatever can be seen of its end is the same."""
    statement, status = ENDINGS[name]
    said = []
    for kind in ("forked", "started"):
        root = nest.release(f"{kind}", program=ENDING.replace("END", statement))
        place = nest.place(root)
        place = replace(place, preload=("psycopg",)) if kind == "forked" else replace(place, forks=None)
        child = place.start(f"{sys.executable} program.py")
        assert isinstance(child.popen, Forked) == (kind == "forked")
        assert child.popen.wait(20) == status
        child.stop(0.0)
        assert (root / "kept").read_text() == "never closed"
        assert list(root.glob("tmp*")) == []
        said.append([line for line in nest.log(kind) if "program.py" not in line])
    assert said[0] == said[1]
    assert {"main", "thread", "exit handler", "finalizer"} <= set(said[0])


def test_a_child_that_was_killed_is_told_with_its_status(nest: Nest) -> None:
    migrator = nest.migrator(nest.release("old"))
    os.killpg(pid_of(migrator._process._child), signal.SIGKILL)
    with pytest.raises(MigrationFailedError, match=r"the process ended with status -9"):
        migrator.upgrade("head")
    assert migrator._process._child.popen.poll() == -signal.SIGKILL


def test_it_waits_no_longer_than_it_is_told_to(nest: Nest) -> None:
    migrator = nest.migrator(nest.release("old"))
    with pytest.raises(subprocess.TimeoutExpired):
        migrator._process._child.popen.wait(0.05)
    migrator._process._child.popen.terminate()
    assert migrator._process._child.popen.wait() == -signal.SIGTERM
    migrator._process._child.popen.terminate()


def test_no_more_interpreters_than_a_machine_can_hold(nest: Nest) -> None:
    root = nest.release("old")
    for number in range(_MOST_INTERPRETERS + 1):
        nest.migrator(root, TENANT=str(number)).version_table()
    assert len(nest.forks._interpreters) == _MOST_INTERPRETERS
    nest.made[0].version_table()


def test_nothing_is_forked_once_the_rehearsal_is_being_ended(nest: Nest) -> None:
    nest.processes.kill_all()
    with pytest.raises(HarnessError, match="nothing is started any more"):
        nest.migrator(nest.release("old"))


# Starts a migrator by a fork and dies without a word, as after SIGKILL.
CRASH = """
import os, sys
from pathlib import Path
from harness.model.settings import Migrations
from harness.runtime.forks import Forks
from harness.runtime.migrator import AlembicMigrator
from harness.runtime.workplace import Workplace
from harness.runtime.process import Processes, release_environment
from harness.runtime.reaper import Session
root = Path(sys.argv[1])
session = Session.create()
forks = Forks(session)
place = Workplace(
    root=root, python=sys.executable, env=release_environment(root, None, {"DATABASE": ""}), log=root / "a.log",
    processes=Processes(session), own=frozenset({"DATABASE"}), forks=forks,
)
migrator = AlembicMigrator(place, Migrations())
migrator.history()
[interpreter] = forks._interpreters.values()
print(migrator._process._child.popen.pid, interpreter._child.popen.pid, flush=True)
os._exit(1)
"""


def test_interpreter_and_child_die_with_a_process_that_crashes(nest: Nest) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, nest.release("old")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ROOT},
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    for pid in done.stdout.split():
        await_end(int(pid))


def test_they_die_with_their_session(tmp_path: Path) -> None:
    session = Session.create()
    nest = Nest(tmp_path, session)
    child = pid_of(nest.migrator(nest.release("old"))._process._child)
    [interpreter] = nest.forks._interpreters.values()
    assert session.release_all() == []
    for pid in (child, pid_of(interpreter._child)):
        await_end(pid)
    interpreter._channel.close()
    interpreter._child.popen.wait(10)
