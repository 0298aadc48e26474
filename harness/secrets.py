"""Takes secrets out of whatever is about to be kept: bodies, log lines, messages; and what a terminal would obey."""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: What stands in the place of a secret.
MASK = "***"
#: A shorter value is no secret, and would blank out half of a log.
_SHORTEST = 4

#: Words in a name that make its value a secret.
_SECRETIVE = r"(?:passw(?:or)?d|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization)"
#: One of these is in every text with such a name: looking for them first spares most texts the patterns below.
_HINTS = ("passw", "secret", "token", "key", "credential", "authorization")
_SCHEMES = ("bearer", "basic")

_SECRETIVE_NAME = re.compile(_SECRETIVE, re.IGNORECASE)
#: The end of a name, and what divides it from its value: ``password":``, ``password=``, ``password = "``.
_NAMED = re.compile(
    rf"""{_SECRETIVE}
    (?:
        [\w .-]{{0,60}} \\* (?P<json>["']) \s*:\s*
        | [\w.-]{{0,60}} (?: = | [ \t]*[:=][ \t]* (?=\\*["']) )
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: A string, escaped as within another one or not, or cut off; what Python prints of an object; anything else is bare.
_STRING = re.compile(
    r"""(?P<open>\\+["']) .*? (?: (?<!\\)(?P=open) | $ )
    | [bru]{0,2} (?P<quote>["']) (?: \\. | (?!(?P=quote))[^\\\n] )* (?P=quote)?
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_CALL = re.compile(r"[\w.]+\([^()\n]*\)")
_BARE_IN_JSON = re.compile(r"[^\s,}\]]+")
_BARE = re.compile(r"[^\s&,;'\"]+")
#: What opens and closes lists and objects, and the strings in which brackets mean nothing.
_BRACKET = re.compile(r""""(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|(?P<opens>[\[{(])|(?P<closes>[\]})])""", re.DOTALL)

#: A header's line, as clients and servers log it; an exception's line looks alike, and is no secret.
_HEADER = re.compile(
    rf"""(
        ^[<>*\ \t]* [\w-]{{0,60}} {_SECRETIVE} [\w-]{{0,60}} (?<!error)(?<!exception)(?<!warning) :
        [ \t]* (?: (?:bearer|basic) [ \t]+ )?
    ) (?=\S) [^\r\n]+""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
#: ``{password}`` is the settings' own placeholder, which whoever is told to write it has to read.
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)(?!\{password\}@)[^\s@/]+(?=@)")
#: All that moves a cursor, changes colours or ends a text, but for the ends of lines and tabs.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BEARER = re.compile(r"(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.IGNORECASE)


class Redactor:
    """Knows the values that must not be shown; may be used by several threads.

    Args:
        values: Passwords of the rehearsal itself, and the like.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lock = Lock()
        #: All that is to be looked for, the longest first, so that a value that holds another one goes whole.
        self._forms: tuple[str, ...] = ()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Learns one more value."""
        if len(value) < _SHORTEST or value in self._forms:
            return
        with self._lock:
            self._forms = tuple(sorted({*self._forms, *_forms(value)}, key=lambda form: (-len(form), form)))

    def add_environment(self, env: Mapping[str, str]) -> None:
        """Learns the values of variables whose name says that they are secret."""
        for name, value in env.items():
            if _SECRETIVE_NAME.search(name):
                self.add(value)

    def __call__(self, text: str) -> str:
        """The text without its secrets, in which control characters are spelled out: a terminal would obey them."""
        for form in self._forms:
            text = text.replace(form, MASK)
        text = _URL_PASSWORD.sub(rf"\1{MASK}", text)
        lower = text.lower()
        if any(hint in lower for hint in _HINTS):
            text = "".join(_without_named(_HEADER.sub(rf"\1{MASK}", text)))
        if any(scheme in lower for scheme in _SCHEMES):
            text = _BEARER.sub(rf"\1{MASK}", text)
        if _CONTROL.search(text):
            text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text.replace("\r\n", "\n"))
        return text

    def lines(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Several lines without their secrets."""
        return tuple(self(line) for line in lines)


def _forms(value: str) -> Iterator[str]:
    """A value as it is, and as it stands in URLs, in JSON and in what Python prints."""
    yield value
    in_urls = [quote(value, safe, errors="surrogatepass") for safe in ("", "/", " +")]
    for encoded in (*in_urls, quote_plus(value, errors="surrogatepass")):
        yield encoded
        yield re.sub("%..", lambda match: match[0].lower(), encoded)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]


def _without_named(text: str) -> Iterator[str]:
    """The pieces of a text, with a mask for each value whose name says that it is secret."""
    done = 0
    for name in _NAMED.finditer(text):
        start = name.end()
        if start < done:
            continue
        if string := _STRING.match(text, start):
            mark = string["open"] or string["quote"]
            mask, end = f"{mark}{MASK}{mark}", string.end()
        else:
            mark = name["json"] or ""
            mask, end = f"{mark}{MASK}{mark}", _end_of_value(text, start, in_json=bool(mark))
        if end > start:
            yield text[done:start] + mask
            done = end
    yield text[done:]


def _end_of_value(text: str, start: int, *, in_json: bool) -> int:
    """Where a value ends that is no string; where a list or an object is cut off, that is the end of the text."""
    if text[start : start + 1] in {"[", "{", "("}:
        depth = 0
        for bracket in _BRACKET.finditer(text, start):
            depth += bool(bracket["opens"]) - bool(bracket["closes"])
            if depth == 0:
                return bracket.end()
        return len(text)
    bare = _CALL.match(text, start) or (_BARE_IN_JSON if in_json else _BARE).match(text, start)
    return bare.end() if bare else start
