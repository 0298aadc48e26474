"""What is made of a journey that fails: where in the author's file, and in whose words."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.events import Failure
from harness.model.exchange import RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.exchange import Exchange

#: From this status on the server says itself that it failed (RFC 9110, section 15.6).
_SERVER_ERROR = 500
#: Of an exception's message, so many lines are kept.
_MESSAGE_LINES = 12

#: Of an object that Python shows by its address, which is another one each time.
_ADDRESS = re.compile(r"(<[^<>\n]*) at 0x[0-9a-fA-F]+(>)")


def explain(error: BaseException, file: str, redact: Callable[[str], str]) -> Failure:
    """An exception as evidence.

    Args:
        error: What the user's code raised.
        file: The file that it is written in.
        redact: Takes secrets out.
    """
    where = source = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file:
            where, source = f"{_shorten(frame.filename)}:{frame.lineno}", (frame.line or "").strip()
    text = _ADDRESS.sub(r"\1\2", str(error)) or type(error).__name__
    return Failure(
        kind=type(error).__name__,
        text=redact("\n".join(text.splitlines()[:_MESSAGE_LINES])),
        where=where,
        source=source,
    )


def server_error(exchanges: tuple[Exchange, ...]) -> Failure | None:
    """A 5xx is a failure even where the journey did not look, and so is a command that fails."""
    for exchange in exchanges:
        if exchange.method == RUN:
            if exchange.status:
                return Failure(kind="run", text=f"'{exchange.path}' ended with status {exchange.status}")
        elif exchange.status is not None and exchange.status >= _SERVER_ERROR:
            return Failure(kind="http", text=f"{exchange.method} {exchange.path} answered {exchange.status}")
    return None


def _shorten(path: str) -> str:
    """The path as a reader would type it: relative to where the test run was started."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
