"""What the text of a statement is made of, as PostgreSQL's manual gives it in "Lexical Structure"."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Words first: they may hold ``$``. A comment may hold another one.
_PATTERN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)*\*/|/\*.*?\*/)
    |(?:U&)?"(?P<quoted>(?:[^"]|"")+)"
    |E'(?P<escaped>(?:\\.|''|[^'\\])*)'
    |(?:U&|[NBX])?'(?P<string>(?:''|[^'])*)'
    |(?P<word>[^\W\d][\w$]*)
    |(?P<tag>\$(?:[^\W\d]\w*)?\$)(?P<code>.*?)(?P=tag)
    |(?P<sign>::|\S)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
#: PostgreSQL makes these small where a name is not quoted; others keep their case.
SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Token(NamedTuple):
    """A word, a name, a value or a sign.

    Args:
        kind: Which of them.
        text: Without quotes; words in small letters.
    """

    kind: str
    text: str

    @property
    def key(self) -> str:
        """The word, where it can be a key word."""
        return self.text if self.kind == "word" else ""

    @property
    def is_name(self) -> bool:
        """Whether it can be a name."""
        return self.kind in {"word", "quoted"}

    @property
    def is_value(self) -> bool:
        """Whether it stands between the quotes of a value."""
        return self.kind in {"string", "escaped", "code"}


#: Behind the last one.
END = Token("sign", "")


def find_tokens(text: str) -> list[Token]:
    """What a text is made of, without its comments.

    Args:
        text: Of a statement, or several.
    """
    found = []
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup or "sign"
        value = match[kind]
        if kind == "word":
            value = value.translate(SMALL)
        elif kind == "quoted":
            value = value.replace('""', '"')
        if kind != "comment":
            found.append(Token(kind, value))
    return found
