"""Small complete projects, copied into a folder of their own, and what a run of pytest in them did and left."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

import harness
from harness.evidence.checks import check_keys
from harness.runtime.reaper import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.runtime.reaper import Resource

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
#: Put into the environment of every run, which all that it starts inherits.
MARK = "NOTES_TEST_RUN"
#: A run takes 8 s on two quiet cores, and many times that on busy ones.
RUN_DEADLINE_S = 300.0
#: The watcher looks five times a second, and PostgreSQL's immediate shutdown takes a moment.
GONE_DEADLINE_S = 10.0
POLL_S = 0.05
#: Options of other plugins, or such as are about them.
OF_OTHERS = ("-n", "--dist", "--html", "--alluredir", "--report-log", "--timeout", "-p")

#: Items of the checks over one step, and of one journey over one step where the old release has no ``boot``.
CHECK_ITEMS = len(check_keys(["0002"]))
JOURNEY_ITEMS = 11


def _hear_ctrl_c() -> None:
    """A shell's background job ignores SIGINT, and so do its children, unless they say otherwise."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Project:
    """A copy of an example, with a folder for temporary files of its own.

    Args:
        folder: Where it lies, and where pytest is started.
        temporary: Its ``TMPDIR``.
    """

    folder: Path
    temporary: Path
    env: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.time)

    def copy(self, example: str, below: str = ".") -> None:
        """Copies an example into the project."""
        shutil.copytree(EXAMPLES / example, self.folder / below, dirs_exist_ok=True)

    def write(self, path: str, text: str) -> None:
        """Writes a file."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def replace(self, path: str, before: str, after: str) -> None:
        """Edits a file."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert before in text, f"{path} has no {before!r}"
        self.write(path, text.replace(before, after))

    def add(self, path: str, text: str) -> None:
        """Appends to a file."""
        self.write(path, (self.folder / path).read_text(encoding="utf-8") + text)

    def run(self, *arguments: str, postgres: str | None = "embedded") -> Run:
        """Runs pytest to its end; nothing of ours may show in what it says, nor be left behind."""
        with self.start(*arguments, postgres=postgres) as process:
            run = Run.finish(process)
        assert "INTERNALERROR" not in run.text
        told = [
            line for line in run.text.splitlines() if not line.startswith("SKIPPED")
        ]  # that is one line, and no trace
        assert not [line for line in told if str(Path(harness.__file__).parent) in line], "a traceback of ours"
        self.assert_nothing_left()
        return run

    def start(self, *arguments: str, postgres: str | None = "embedded") -> subprocess.Popen[str]:
        """Starts pytest as a shell starts its foreground job."""
        choice = [f"--rolldeploy-postgres={postgres}"] if postgres else []
        # Nobody's cache but that of `--lf`, whose tests say so.
        cache = [] if "--lf" in arguments or "--cache-clear" in arguments else ["-p", "no:cacheprovider"]
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *cache, *choice, *arguments],
            cwd=self.folder,
            env={
                **clean_environment(),
                **_without_others(arguments),
                MARK: str(self.temporary),
                "TMPDIR": str(self.temporary),
                **self.env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
            preexec_fn=_hear_ctrl_c,  # noqa: PLW1509  the test run has no threads
        )

    def run_on_terminal(self, *arguments: str) -> str:
        """All that pytest writes to a terminal, where a person and no machine looks on."""
        ours, theirs = pty.openpty()
        environment = {name: value for name, value in clean_environment().items() if name != "CI"}
        options = ("-p", "no:cacheprovider", "--rolldeploy-postgres=embedded", *arguments)
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", *options],
            cwd=self.folder,
            env={
                **environment,
                **_without_others(arguments),
                MARK: str(self.temporary),
                "TMPDIR": str(self.temporary),
                "TERM": "xterm",
            },
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            written = bytearray()
            try:
                while data := os.read(ours, 65_536):
                    written += data
            except OSError:  # so Linux says that nobody writes any more
                pass
            os.close(ours)
            assert process.wait(60) == 0, written.decode(errors="replace")
        return written.decode()

    def resources(self) -> list[Resource]:
        """What the session that runs now has noted."""
        return [resource for path in self.temporary.glob("rolldeploy-*/ledger") for resource in Ledger(path).left()]

    def await_true(self, what: str, probe: Callable[[], object], deadline_s: float = RUN_DEADLINE_S) -> None:
        """Looks again and again."""
        deadline = time.monotonic() + deadline_s
        while not probe():
            assert time.monotonic() < deadline, f"not within {deadline_s:g} s: {what}"
            time.sleep(POLL_S)

    def assert_nothing_left(self) -> None:
        """No process and no folder of a run is left after a moment."""
        deadline = time.monotonic() + GONE_DEADLINE_S
        left = set(self._leftovers())
        while left and time.monotonic() < deadline:
            time.sleep(POLL_S)
            left &= set(self._leftovers())
        assert not left

    def kill_leftovers(self) -> None:
        """Does what a run should have done, so that one failing test does not spoil others."""
        for process in _marked(self.temporary):
            process.send_signal(signal.SIGKILL)

    def _leftovers(self) -> Iterator[str]:
        for process in _marked(self.temporary):
            yield f"process {process.pid}: {_command(process)}"
        yield from map(str, self.temporary.glob("rolldeploy-*"))
        # PostgreSQL's data may lie in memory, beside that of other sessions: theirs is named by a living server.
        commands = "\n".join(map(_command, psutil.process_iter()))
        for folder in Path("/dev/shm").glob("rolldeploy-*"):  # noqa: S108  nothing is made there
            if str(folder) not in commands and folder.exists() and folder.stat().st_ctime >= self.began:
                yield str(folder)


@dataclass(frozen=True)
class Run:
    """A finished run of pytest.

    Args:
        status: Exit status.
        text: All that it printed.
    """

    status: int
    text: str

    @classmethod
    def finish(cls, process: subprocess.Popen[str]) -> Run:
        """Waits for the end of a run."""
        try:
            text, _ = process.communicate(timeout=RUN_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail(f"pytest did not end within {RUN_DEADLINE_S:g} s:\n{process.communicate()[0]}")
        print(text)  # noqa: T201  shown where the test fails
        return cls(process.returncode, text)

    @property
    def counts(self) -> dict[str, int]:
        """How many items passed, failed and so on."""
        return pytest.RunResult.parse_summary_nouns(self.text.splitlines())

    @property
    def outcomes(self) -> dict[str, str]:
        """Outcome of each item of a verbose run, by its id."""
        return dict(re.findall(r"^(\S+::\S+\]) ([A-Z]+)", self.text, re.MULTILINE))

    def assert_says(self, *sentences: str) -> None:
        """Everything is said, wherever the lines are broken."""
        said = " ".join(line.removeprefix("E ").strip() for line in self.text.splitlines())
        said = " ".join(said.split())
        for sentence in sentences:
            assert " ".join(sentence.split()) in said, f"it does not say: {sentence}"

    def assert_refused(self, status: int, *sentences: str) -> None:
        """It ended with a status and a sentence, and no traceback at all."""
        self.assert_says(*sentences)
        assert "Traceback" not in self.text
        assert self.status == status


@contextlib.contextmanager
def open_project(folder: Path) -> Iterator[Project]:
    """Makes an empty project, and sees to it that nothing is left of it."""
    # Short and open to all: PostgreSQL may run under another account, which must pass through it.
    temporary = Path(tempfile.mkdtemp(prefix="notes-"))
    temporary.chmod(0o755)
    project = Project(folder, temporary)
    project.write("pytest.ini", "[pytest]\nfilterwarnings = error\nfaulthandler_timeout = 240\n")
    try:
        yield project
        project.assert_nothing_left()
    finally:
        project.kill_leftovers()
        shutil.rmtree(temporary, ignore_errors=True)


def clean_environment() -> dict[str, str]:
    """Without what would tell the inner run about the outer one; wide, so that no sentence is cut."""
    foreign = ("PYTEST_", "ROLLDEPLOY_", "GIT_", "DOCKER_", "HYPOTHESIS_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**inherited, "PY_COLORS": "0", "COLUMNS": "400"}


def _without_others(arguments: tuple[str, ...]) -> dict[str, str]:
    """Leaves out other plugins that are installed, unless they are meant: to import them takes a second of each run."""
    if any(argument.startswith(OF_OTHERS) for argument in arguments):
        return {}
    return {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "harness.plugin"}


def _marked(temporary: Path) -> Iterator[psutil.Process]:
    """Living processes that descend from a run, whatever group or parent they have now."""
    for process in psutil.process_iter():
        try:
            living = process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
            if living and process.environ().get(MARK) == str(temporary):
                yield process
        except psutil.Error:
            continue


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
