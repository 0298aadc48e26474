"""A program that is forked from an interpreter is what it would be with an interpreter of its own."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from harness.errors import ReleaseError
from harness.runtime.forks import _MAY_FORK, Forked, Forks
from harness.runtime.process import Processes, release_environment
from harness.runtime.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.runtime.process import Child
    from harness.runtime.reaper import Session

pytestmark = pytest.mark.skipif(not _MAY_FORK, reason="nothing is forked on this system")

#: Tells all that a program can see of how it was started.
PROGRAM = """
import os, sys, threading
import helper
print(__name__, sys.modules["__main__"].helper is helper, [os.path.basename(word) for word in sys.argv], helper.NAME)
print(os.path.relpath(__file__), os.getcwd() == os.environ["ROOT"], os.getsid(0) == os.getpid(), sys.stdin.read() == "")
print([os.path.relpath(folder) for folder in sys.path[:2]], "colorsys" in sys.modules, os.environ["DATABASE"])
threading.Timer(0.05, lambda: print("and what a thread says behind its end")).start()
"""


class Company:
    """Starts the same command in both ways."""

    def __init__(self, root: Path, session: Session) -> None:
        self.root = root
        self.processes = Processes(session)
        self.forks = Forks(session)

    def place(self, *preload: str, python: str = sys.executable, **env: str) -> Workplace:
        own = {"DATABASE": "the old one's", "ROOT": str(self.root), **env}
        return Workplace(
            root=self.root,
            python=python,
            env=release_environment(self.root, python, own),
            log=self.root / "logs" / f"{'-'.join(preload) or 'plain'}.log",
            processes=self.processes,
            own=frozenset(own),
            forks=self.forks,
            preload=preload,
        )

    def end(self, child: Child) -> tuple[int, list[str]]:
        status = child.popen.wait(30)
        child.stop(0.0)
        return status, child.log.read_text().splitlines()

    def close(self) -> None:
        self.processes.close()
        self.forks.close()


@pytest.fixture
def company(tmp_path: Path, reaper_session: Session) -> Iterator[Company]:
    made = Company(tmp_path, reaper_session)
    (tmp_path / "tools").mkdir()
    for folder, name in ((tmp_path, "the root's"), (tmp_path / "tools", "the tools'")):
        (folder / "helper.py").write_text(f"NAME = {name!r}\n")
        (folder / "program.py").write_text(PROGRAM)
    yield made
    made.close()
    assert reaper_session.ledger.left() == []


def is_forked(child: Child) -> bool:
    return isinstance(child.popen, Forked)


@pytest.mark.parametrize(
    "command", ["python program.py --port 1", "python tools/program.py", "python3 -m program one 'two three'"]
)
def test_a_forked_program_sees_what_a_started_one_does(company: Company, command: str) -> None:
    plain, forked = (company.place(*preload).start(command) for preload in ((), ("colorsys",)))
    assert (is_forked(plain), is_forked(forked)) == (False, True)
    status, expected = company.end(plain)
    assert (status, len(expected)) == (0, 4), expected
    assert company.end(forked) == (0, [line.replace("False the old", "True the old") for line in expected])


def test_an_installed_command_is_the_interpreters_too(company: Company) -> None:
    for first in (sys.executable, "/usr/bin/env python"):
        script = company.root / "tools" / "command"
        script.write_text(f"#!{first}\nimport sys\nsys.exit(len(sys.argv))\n")
        script.chmod(0o755)
        path = os.pathsep.join([str(script.parent), release_environment(company.root, None, {})["PATH"]])
        child = company.place("colorsys", PATH=path).start("command one two")
        assert is_forked(child)
        assert company.end(child)[0] == 3


@pytest.mark.parametrize("command", ["sh -c 'exit 3'", "python -O -c 'raise SystemExit(3)'", "python -c 'exit(3)'"])
def test_what_no_fork_can_be_has_a_process_of_its_own(company: Company, command: str) -> None:
    child = company.place("colorsys").start(command)
    assert not is_forked(child)
    assert company.end(child)[0] == 3


def test_an_interpreter_of_another_environment_is_not_forked(company: Company) -> None:
    (company.root / "python").symlink_to(sys.executable)
    child = company.place("colorsys").start([str(company.root / "python"), "-m", "this"])
    assert not is_forked(child)
    company.end(child)


def test_descriptors_keep_their_numbers(company: Company) -> None:
    pipes = [os.pipe() for _ in range(3)]
    order = (2, 0, 1)
    (company.root / "write.py").write_text("import os, sys\nfor n in sys.argv[1:]: os.write(int(n), n.encode())\n")
    numbers = tuple(pipes[index][1] for index in order)
    child = company.place("colorsys").start(["python", "write.py", *map(str, numbers)], numbers)
    assert is_forked(child)
    assert company.end(child) == (0, [])
    for read, write in pipes:
        os.close(write)
        assert os.read(read, 100) == str(write).encode()
        assert os.read(read, 100) == b""
        os.close(read)


def test_a_traceback_is_the_programs_alone(company: Company) -> None:
    (company.root / "bad.py").write_text("def fail():\n    raise ValueError('no')\nfail()\n")
    plain, forked = (company.place(*preload).start("python bad.py") for preload in ((), ("colorsys",)))
    assert is_forked(forked)
    expected, seen = company.end(plain), company.end(forked)
    assert expected[0] == seen[0] == 1
    assert [line.replace(f"{company.root}/", "") for line in expected[1]] == seen[1]


def test_a_program_that_is_not_there_says_so(company: Company) -> None:
    for command, last in (("python no.py", "No such file or directory"), ("python -m no_module", "no_module")):
        status, lines = company.end(company.place("colorsys").start(command))
        assert status != 0
        assert last in lines[-1]


def test_a_library_that_is_not_there_is_named(company: Company) -> None:
    place = company.place("colorsys", "no_such_library")
    with pytest.raises(ReleaseError, match=r"^preload names 'no_such_library', .*: ModuleNotFoundError: No module"):
        place.start("python program.py")
