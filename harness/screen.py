"""What is shown while pytest runs, beside its own output: lines in a log, one line that moves on a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from enum import Enum
from typing import TYPE_CHECKING, Any, TextIO

from harness.report.progress import PATIENCE_S

if TYPE_CHECKING:
    import pytest

#: The last column stays free: a terminal may wrap behind it.
_MARGIN = 1


class Mode(Enum):
    """In which way something is shown."""

    SILENT = "silent"
    """Not at all: with ``-q``, and in a worker of pytest-xdist, which has no terminal."""
    LINES = "lines"
    """As lines that stay."""
    BAR = "bar"
    """As one line below pytest's own, which goes away in the end."""


def choose_mode(*, verbosity: int, has_terminal: bool, is_tty: bool, is_captured: bool, term: str, on_ci: bool) -> Mode:
    """In which way something can be shown so that nothing is garbled.

    Args:
        verbosity: Of pytest: below 0 it was asked to be quiet, above 0 to tell more.
        has_terminal: Whether pytest's terminal reporter is there; a worker of pytest-xdist has none.
        is_tty: Whether it writes to a terminal.
        is_captured: Whether nobody else does meanwhile: neither tests (``-s``) nor live logs.
        term: What ``TERM`` says of the terminal.
        on_ci: Whether a machine looks on, which would keep every state of a moving line.
    """
    if verbosity < 0 or not has_terminal:
        return Mode.SILENT
    moves = is_tty and is_captured and not on_ci and term not in {"", "dumb"}
    return Mode.BAR if moves and verbosity == 0 else Mode.LINES


class Screen:
    """Where it is shown.

    Args:
        config: Of pytest.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._has_terminal = self._reporter is not None and not hasattr(config, "workerinput")
        self.mode = choose_mode(
            verbosity=config.get_verbosity(),
            has_terminal=self._has_terminal,
            is_tty=bool(getattr(self._reporter, "isatty", False)),
            is_captured=self._capture is not None
            and config.getoption("capture", "no") != "no"
            and not _logs_live(config),
            term=os.environ.get("TERM", ""),
            on_ci=bool(os.environ.get("CI")),
        )
        self._stream: TextIO | None = None
        self._shown = ""
        self._told_s: dict[str, float] = {}

    def tell(self, line: str) -> None:
        """Shows a line that stays.

        Args:
            line: Without its end.
        """
        if self.mode is not Mode.SILENT:
            self._say(line)

    def warn(self, line: str) -> None:
        """Shows a line that stays, even with ``-q``: it tells what is left out.

        Args:
            line: Without its end.
        """
        if self._has_terminal:
            self._say(line)

    def _say(self, line: str) -> None:
        self.wipe()
        with self._uncaptured():
            self._reporter.ensure_newline()
            if self._config.get_terminal_writer().width_of_current_line:  # "collecting ... "
                self._reporter.write_line("")
            self._reporter.write_line(line)
            self._reporter.flush()

    def note(self, text: str) -> None:
        """Shows that something begins which may take long, and tells nothing of itself meanwhile.

        Args:
            text: What.
        """
        if self.mode is Mode.BAR:
            self.show(text)
        else:
            self.tell(text)

    def wait(self, what: str, waited_s: float, detail: str = "") -> None:
        """Shows what is waited for, outside of a plan; called again and again until it is there.

        Args:
            what: In words, without the time.
            waited_s: For how many seconds it has been.
            detail: How far it is, which is another each time.
        """
        told = f"{what}, {detail}" if detail else what
        if self.mode is Mode.BAR:
            self.show(f"rolldeploy: {told}, {waited_s:.0f} s")
        elif self.is_due(what, waited_s):
            self.tell(f"rolldeploy: still {told}, after {waited_s:.0f} s")

    def is_due(self, key: str, waited_s: float) -> bool:
        """Whether a log should hear of a wait again: at 10 s, at 20 s, at 40 s and so on.

        Args:
            key: Tells this wait from others.
            waited_s: For how many seconds it has been.
        """
        if waited_s < self._told_s.get(key, PATIENCE_S / 2) * 2:
            return False
        self._told_s[key] = waited_s
        return True

    @property
    def width(self) -> int:
        """How many characters the line that moves may have."""
        return int(self._config.get_terminal_writer().fullwidth) - _MARGIN

    def show(self, text: str) -> None:
        """Shows a line below the one that pytest is writing, in the place of what was shown there before.

        Args:
            text: Without control characters.
        """
        text = text[: self.width]
        if self.mode is not Mode.BAR or text == self._shown:
            return
        begin = "" if self._shown else "\n"
        self._shown = text
        self._write(f"{begin}\r{text}\x1b[K")

    def wipe(self) -> None:
        """Takes that line away; pytest goes on where it was."""
        if self._shown:
            self._shown = ""
            writer = self._config.get_terminal_writer()
            column = writer.width_of_current_line % writer.fullwidth
            self._write("\r\x1b[K\x1b[A" + (f"\x1b[{column}C" if column else ""))

    def close(self) -> None:
        """Gives the terminal back."""
        self.wipe()
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _write(self, text: str) -> None:
        """Writes beside pytest's capture, which would have to be switched off and on several times a second."""
        if self._stream is None:
            with self._uncaptured():
                out = os.dup(sys.stdout.fileno())
            self._stream = os.fdopen(out, "w", encoding=sys.stdout.encoding or "utf-8", errors="replace")
        self._stream.write(text)
        self._stream.flush()

    def _uncaptured(self) -> contextlib.AbstractContextManager[None]:
        if self._capture is None:
            return contextlib.nullcontext()
        found: contextlib.AbstractContextManager[None] = self._capture.global_and_fixture_disabled()
        return found


def _logs_live(config: pytest.Config) -> bool:
    """Whether log records are printed while tests run; without the plugin (``-p no:logging``) nothing prints them."""
    if not config.pluginmanager.hasplugin("logging-plugin"):
        return False
    return bool(config.getini("log_cli")) or config.getoption("log_cli_level", None) is not None
