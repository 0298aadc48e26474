"""What can be told of a statement by its text: what it has in common with another one, and whether it writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What differs between two executions of one statement whose values are part of its text.
_LITERALS = re.compile(r"""'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b(?!\s*::)|\$\d+""")
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)*\s*\)")
_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
#: What stores something; ``WITH`` may.
_WRITES = re.compile(
    r"\b(?P<verb>INSERT\s+INTO|(?<!FOR )(?<!FOR NO KEY )UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+(?:ONLY\s+)?"
    r"(?P<table>[\w.\"]+)",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"\s*(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
#: What a block has to say to write rows, be it in a string that it executes; or a function that it calls.
_MAY_WRITE = re.compile(r"\b(?:INSERT|(?<!FOR )(?<!FOR NO KEY )UPDATE|DELETE|MERGE|COPY|CALL|PERFORM)\b", re.IGNORECASE)
_WRITES_SOME = re.compile(r"\b(?:INSERT|(?<!FOR )(?<!FOR NO KEY )UPDATE|DELETE|MERGE|COPY)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:COMMIT|END|PREPARE\s+TRANSACTION)\b", re.IGNORECASE)
_UNDOES = re.compile(r"\s*(?:ROLLBACK|ABORT)\b(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b)", re.IGNORECASE)
#: What changes a schema, or may by the code in it; a string that holds such a word costs a second look and no more.
_DEFINES = re.compile(r"\b(?:CREATE|ALTER|DROP|COMMENT|GRANT|REVOKE|IMPORT|REASSIGN|DO|CALL)\b", re.IGNORECASE)
#: What leaves nothing behind, whether it is committed or not; a query may, by what is in it.
_HARMLESS = re.compile(
    r"(?:SHOW|SET|RESET|BEGIN|START|EXPLAIN|SAVEPOINT|RELEASE|LOCK|DECLARE|FETCH|MOVE|CLOSE|PREPARE(?!\s+TRANSACTION)"
    r"|DEALLOCATE|DISCARD|LISTEN|UNLISTEN|COMMIT(?!\s+PREPARED)|END|ROLLBACK|ABORT"
    r"|\(*\s*(?:SELECT|WITH|VALUES|TABLE)(?!.*\b(?:INTO|INSERT|(?<!FOR )(?<!FOR NO KEY )UPDATE|DELETE|MERGE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
#: Whatever may hide a semicolon (manual, "Lexical Structure"); words first: they may hold ``$``.
_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|\be'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"[^"]*"|[a-z_][\w$]*|(\$(?:[a-z_]\w*)?\$).*?\1|.""",
    re.IGNORECASE | re.DOTALL,
)


def fingerprint(text: str) -> str:
    """What two executions of one statement have in common: everything but its values and white space."""
    without = _LITERALS.sub("?", _COMMENTS.sub(" ", text))
    return " ".join(_LISTS.sub("(?)", without).split())


def target(text: str) -> str:
    """The verb and the table of a statement that writes; the empty string for one that only reads."""
    match = _WRITES.search(text)
    return f"{match['verb'].split()[0].upper()} {match['table']}" if match else ""


def writes_rows(text: str) -> bool:
    """Whether a statement is one that writes rows, or may by the code in it."""
    plain = _COMMENTS.sub(" ", text)
    word = (plain.split(None, 1) or [""])[0].upper()
    return word in {"CALL", "COPY"} or bool(target(text)) or (word == "DO" and bool(_MAY_WRITE.search(plain)))


def may_write(code: str) -> bool:
    """Whether the code of a function writes rows by itself, be it in a string that it executes."""
    return bool(_WRITES_SOME.search(_COMMENTS.sub(" ", code)))


def ends_transaction(text: str) -> bool:
    """Whether a statement makes lasting what a transaction did; what is deferred is looked at then."""
    return bool(_ENDS.match(_COMMENTS.sub(" ", text)))


def leaves_nothing(text: str) -> bool:
    """Whether no statement of a text can change anything in the database; a function that writes is not seen."""
    plain = (_LITERALS.sub("?", _COMMENTS.sub(" ", statement)).lstrip() for statement in split_statements(text))
    return all(map(_HARMLESS.match, plain))


def find_last_kept(sent: Iterable[tuple[int, str]]) -> str:
    """The last statement that lasts: one that commits by itself, or was committed with its transaction.

    Args:
        sent: Session and text of each, in order.

    Returns:
        The text in which it was sent; the empty string where nothing lasts.
    """
    kept = ""
    pending: dict[int, str] = {}
    for session, text in sent:
        for statement in split_statements(text):
            plain = _COMMENTS.sub(" ", statement)
            if _BEGINS.match(plain):
                pending.setdefault(session, "")
            elif _ENDS.match(plain):
                kept = pending.pop(session, "") or kept
            elif _UNDOES.match(plain):
                pending.pop(session, None)
            elif leaves_nothing(statement):
                continue
            elif session in pending:
                pending[session] = text
            else:
                kept = text
    return kept


def mentions(text: str, table: str) -> bool:
    """Whether a statement names a table, be it with its schema or without."""
    return bool(table) and re.search(rf"(?<!\w){re.escape(table)}(?!\w)", text) is not None


def defines(text: str) -> bool:
    """Whether a statement may change a schema: by itself, or by the code in it."""
    return bool(_DEFINES.search(text))


def split_statements(text: str) -> Iterator[str]:
    """The statements of a text; a semicolon inside of quotes, dollar quotes and comments ends none."""
    start, filled = 0, False
    for token in _TOKEN.finditer(text):
        if token[0] == ";":
            if filled:
                yield text[start : token.start()].strip()
            start, filled = token.end(), False
        elif token[0].strip() and not token[0].startswith(("--", "/*")):
            filled = True
    if filled:
        yield text[start:].strip()
