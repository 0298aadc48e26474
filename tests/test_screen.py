"""What is shown while pytest runs garbles nothing of pytest's own output, and is left out where it was to be quiet."""

from __future__ import annotations

import contextlib
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.model.release import ReleaseName
from harness.model.tracks import TrackBegunAgain
from harness.plan.steps import Numbered, Replica, Stage, StartReplicas, Track
from harness.progress import Progress
from harness.runtime.waiting import Wait
from harness.screen import Mode, Screen, choose_mode

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A terminal of a person who looks on.
TERMINAL: dict[str, Any] = {
    "verbosity": 0,
    "has_terminal": True,
    "is_tty": True,
    "is_captured": True,
    "term": "xterm",
    "on_ci": False,
}
START = StartReplicas(replicas=(Replica(name="old-1", release=ReleaseName.OLD, database="live"),))
ITEM = Numbered(number=1, step=START)
STAGE = Stage(name="first state", tracks=(Track(name="seed", steps=(ITEM,)),))


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, Mode.BAR),
        ({"is_tty": False}, Mode.LINES),
        ({"on_ci": True}, Mode.LINES),
        ({"is_captured": False}, Mode.LINES),
        ({"term": "dumb"}, Mode.LINES),
        ({"term": ""}, Mode.LINES),
        ({"verbosity": 1}, Mode.LINES),
        ({"verbosity": -1}, Mode.SILENT),
        ({"verbosity": -1, "is_tty": False}, Mode.SILENT),
        ({"has_terminal": False}, Mode.SILENT),
    ],
)
def test_a_line_moves_only_where_a_person_looks_on_and_nobody_else_writes(given: dict[str, Any], mode: Mode) -> None:
    assert choose_mode(**{**TERMINAL, **given}) is mode


class Terminal:
    """Pytest's terminal reporter and writer in one, and what a terminal makes of their output."""

    def __init__(self, height: int = 5) -> None:
        self.text = ""
        self.own = ""
        self.isatty = True
        self.fullwidth = 40
        self.height = height

    def draw(self, text: str) -> None:
        """What pytest knows nothing of."""
        self.text += text

    def write(self, text: str) -> None:
        self.text += text
        self.own += text

    def write_line(self, line: str) -> None:
        self.write(f"{line}\n")

    def ensure_newline(self) -> None:
        if not self.own.endswith("\n"):
            self.write("\n")

    def flush(self) -> None:
        pass

    @property
    def width_of_current_line(self) -> int:
        return len(self.own.rpartition("\n")[2])

    def rows(self) -> list[str]:
        """All rows that there ever were; those above the last ``height`` cannot be reached any more."""
        rows, row, column = [""], 0, 0
        for token in re.findall(r"\x1b\[\d*[A-Z]|[\s\S]", self.text):
            if token == "\n":
                row, column = row + 1, 0
                rows += [""] * (row + 1 - len(rows))
            elif token == "\r":
                column = 0
            elif token == "\x1b[K":
                rows[row] = rows[row][:column]
            elif token == "\x1b[A":
                row = max(row - 1, len(rows) - self.height)
            elif token.startswith("\x1b["):
                column += int(token[2:-1])
            else:
                rows[row] = f"{rows[row][:column]:<{column}}{token}{rows[row][column + 1 :]}"
                column += 1
        return [line.rstrip() for line in rows]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def screen(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A screen on a terminal that captures."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    return open_screen(terminal)


def open_screen(terminal: Terminal, *, verbosity: int = 0) -> Screen:
    capture = SimpleNamespace(global_and_fixture_disabled=contextlib.nullcontext)
    plugins = {"terminalreporter": terminal, "capturemanager": capture}
    config: Any = SimpleNamespace(
        pluginmanager=SimpleNamespace(get_plugin=plugins.get, hasplugin=lambda name: name == "logging-plugin"),
        get_verbosity=lambda: verbosity,
        getoption=lambda name, default=None: {"capture": "fd"}.get(name, default),
        getini=lambda _: False,
        get_terminal_writer=lambda: terminal,
    )
    screen = Screen(config)
    screen._write = terminal.draw  # type: ignore[method-assign]
    return screen


@contextlib.contextmanager
def playing(screen: Screen) -> Iterator[SimpleNamespace]:
    """A rehearsal of one step, by a clock that is set by hand."""
    clock = SimpleNamespace(time=0.0)
    progress = Progress(screen, "shop", 1, clock=lambda: clock.time)
    progress.begin_stage(STAGE)
    progress.begin_step(ITEM)

    def pass_time(until_s: float) -> None:
        clock.time = until_s
        progress.look((Wait(who="old-1", what="to be ready", since=0.0), Wait(who="new-9", what="x", since=0.0)))

    clock.pass_time = pass_time
    yield clock
    progress.end_step(1)
    progress.end_step(1)  # a track that stops behind its last step


def test_what_is_left_out_is_told_to_who_asked_to_be_quiet(terminal: Terminal) -> None:
    quiet = open_screen(terminal, verbosity=-1)
    quiet.tell("rolldeploy: settings from deploy.yaml")
    quiet.warn("rolldeploy: not understood: deploy.yaml, line 3: spec.paused is not understood")
    shown = "".join(terminal.rows())
    assert shown == "rolldeploy: not understood: deploy.yaml, line 3: spec.paused is not understood"


def test_what_moved_is_gone_in_the_end_and_pytest_goes_on_in_its_line(screen: Screen, terminal: Terminal) -> None:
    terminal.write("\n" * 7 + "test_shop.py ..")  # the last row of the terminal: it scrolls
    screen.show("shop [=   ] 1/4")
    screen.show("shop [==  ] 2/4 and a text that is wider than this terminal is")
    assert terminal.rows()[-2:] == ["test_shop.py ..", "shop [==  ] 2/4 and a text that is wide"]
    screen.close()
    terminal.write("..F")
    assert terminal.rows()[-2:] == ["test_shop.py ....F", ""]


def test_a_line_that_stays_comes_between_and_leaves_nothing_of_the_one_that_moved(
    screen: Screen, terminal: Terminal
) -> None:
    terminal.write("collecting ... ")
    screen.show("rolldeploy: building new, 3 s")
    screen.tell("rolldeploy: read from Procfile")
    terminal.write("collected 3 items")
    assert terminal.rows() == ["collecting ...", "rolldeploy: read from Procfile", "collected 3 items"]


def test_a_terminal_shows_what_is_waited_for_and_keeps_nothing(screen: Screen, terminal: Terminal) -> None:
    terminal.write("test_shop.py ")
    terminal.fullwidth = 100
    with playing(screen) as clock:
        clock.pass_time(12.0)
        assert terminal.rows()[-1] == "shop [            ] 0/1 0:12  old-1 to be ready, 12 s"
        written = len(terminal.text)
        clock.pass_time(12.05)
        assert len(terminal.text) == written
    screen.close()
    assert terminal.rows() == ["test_shop.py", ""]


def test_a_log_hears_of_a_long_wait_at_ten_seconds_and_then_ever_more_seldom(terminal: Terminal) -> None:
    terminal.isatty = False
    with playing(open_screen(terminal)) as clock:
        for tenth in range(1300):
            clock.pass_time(tenth / 10)
    assert terminal.rows() == [
        "",
        "rolldeploy: shop, first state: steps 1 to 1 of 1",
        *(
            f"     1 {seconds:>6} s so far  start old-1 on live: waits for old-1 to be ready"
            for seconds in (10, 20, 40, 80)
        ),
        "     1  129.9 s  start old-1 on live",
        "",
    ]


def test_a_log_says_why_steps_come_once_more(terminal: Terminal) -> None:
    terminal.isatty = False
    progress = Progress(open_screen(terminal), "shop", 1, clock=lambda: 0.0)
    reason = "the migration rollout failed in step 1"
    for again in (True, False):
        progress.begin_step(ITEM)
        progress.end_step(1)
        if again:
            progress.begin_again(TrackBegunAgain(track="live", number=1, first=1, reason=reason, sqlstate="40P01"))
    assert terminal.rows()[1:-1] == [
        "     1    0.0 s  start old-1 on live",
        "rolldeploy: the migration rollout failed in step 1 by chance (40P01): steps 1 to 1 once more",
        "     1    0.0 s  start old-1 on live",
    ]


def test_where_pytest_is_quiet_nothing_is_shown(terminal: Terminal) -> None:
    screen = open_screen(terminal, verbosity=-1)
    with playing(screen) as clock:
        clock.pass_time(60.0)
    screen.tell("rolldeploy: building new")
    screen.wait("building new", 30.0)
    screen.note("rolldeploy: shop waits for PostgreSQL")
    screen.close()
    assert terminal.text == ""


def test_an_environment_that_takes_long_is_told_of_in_a_log_too(terminal: Terminal) -> None:
    terminal.isatty = False
    screen = open_screen(terminal)
    for second in range(45):
        screen.wait("building new (pypi:app==2)", float(second))
    assert terminal.rows()[1:-1] == [
        f"rolldeploy: still building new (pypi:app==2), after {seconds} s" for seconds in (10, 20, 40)
    ]


def test_what_lasts_and_comes_forward_tells_how_far_it_is(terminal: Terminal) -> None:
    terminal.isatty = False
    screen = open_screen(terminal)
    for second in range(25):
        screen.wait("shop: exploring rollouts", float(second), f"{3 * second} played")
    assert terminal.rows()[1:-1] == [
        f"rolldeploy: still shop: exploring rollouts, {3 * seconds} played, after {seconds} s" for seconds in (10, 20)
    ]
