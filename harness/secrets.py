"""Takes secrets out of whatever is about to be kept: bodies, log lines, messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What stands in the place of a secret.
MASK = "***"
#: Words in a name that make its value a secret.
_SECRETIVE = (
    r"(?:passw(?:or)?d|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization)"
)
_JSON_VALUE = re.compile(rf'("[^"]*{_SECRETIVE}[^"]*"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^,}}\s]+)', re.IGNORECASE)
_FORM_VALUE = re.compile(rf"([\w.-]*{_SECRETIVE}[\w.-]*=)([^&\s,;'\"]+)", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)([^\s@/]+)(@)", re.IGNORECASE)
_BEARER = re.compile(r"(\b(?:bearer|basic)\s+)([\w.~+/=-]{8,})", re.IGNORECASE)
#: A shorter value is no secret, and would blank out half of a log.
_SHORTEST = 4


class Redactor:
    """Knows the values that must not be shown.

    Args:
        values: Passwords of the rehearsal itself, and the like.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Learns one more value."""
        if len(value) >= _SHORTEST:
            self._values.add(value)

    def add_environment(self, env: Mapping[str, str]) -> None:
        """Learns the values of variables whose name says that they are secret."""
        for name, value in env.items():
            if re.search(_SECRETIVE, name, re.IGNORECASE):
                self.add(value)

    def __call__(self, text: str) -> str:
        """The text without its secrets."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, MASK)
        text = _URL_PASSWORD.sub(rf"\1{MASK}\3", text)
        text = _JSON_VALUE.sub(rf'\1"{MASK}"', text)
        text = _FORM_VALUE.sub(rf"\1{MASK}", text)
        return _BEARER.sub(rf"\1{MASK}", text)

    def lines(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Several lines without their secrets."""
        return tuple(self(line) for line in lines)
