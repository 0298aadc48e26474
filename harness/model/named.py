"""What a statement names: the relations that it reads and writes, the functions that it calls, the types it casts to.

Positions decide, as PostgreSQL's manual gives them in "SQL Commands": a column, a value or a comment may have a table's
name by chance. Where it cannot be told, as in a block of code, every word is taken: rather too much than a change that
was met called untested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from harness.model.named_uses import Found, Named
from harness.model.tokens import END, SMALL, Token, find_tokens

_NAME = re.compile(r'"((?:[^"]|"")+)"|[^\W\d][\w$]*')
#: Statements that are read position by position.
_READ = frozenset(
    {"select", "insert", "update", "delete", "merge", "with", "values", "table", "copy", "truncate", "lock"}
)
#: Statements that are code, or make some: whatever they quote may be run.
_CODE = frozenset({"do", "create"})
#: Statements that name nothing that is in a schema.
_SESSION = frozenset(
    {"set", "reset", "show", "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "discard"}
    | {"deallocate", "listen", "unlisten", "notify", "close"}
)
#: With these a FROM list is over.
_ENDS_LIST = frozenset(
    {"where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", "union", "intersect", "except"}
    | {"returning", "set", "select", "values", "when", "do"}
)
_NO_NAME = frozenset({"on", "as", "natural", "left", "right", "full", "inner", "outer", "cross", "and", "or", "not"})
#: Behind ``DELETE FROM`` and ``MERGE`` relations may come behind USING, and not only columns that are joined by.
_LISTS_USED = frozenset({"from", "merge"})
#: ``extract(year FROM sold_at)``: a column.
_WITH_FROM = frozenset({"extract", "substring", "trim", "overlay"})
#: What begins a statement with the name of a relation, or several; COPY does either.
_FIRST = {"truncate": "truncate", "lock": "lock", "copy": ""}
#: Behind FOR, what locks rows (manual, "SELECT").
_LOCKING = frozenset({"update", "share", "no", "key"})
_PASSED_OVER = frozenset({"table", "only", "lateral", "rows"})
#: Functions that take names, or whole queries, as text.
_TAKES_NAMES = re.compile(
    r"nextval|currval|setval|pg_\w+|to_reg\w+|has_\w+_privilege|crosstab\w*|(?:query|table|cursor)_to_\w+|dblink\w*"
    r"|\w*to_ts(?:vector|query)|ts_headline|ts_debug"
)
#: Words before the text of a query of WITH.
_BODY = frozenset({"as", "materialized"})
#: Clauses of their own grammar.
_UNUSUAL = frozenset({"json_table", "xmltable"})


def find_words(text: str) -> frozenset[str]:
    """All words of a text, and all that stands between double quotes, as it may be a name.

    Args:
        text: A message, a definition, or a statement.
    """
    found = set()
    for match in _NAME.finditer(text):
        if match[1] is None:
            found.add(match[0])
        else:
            found |= {match[1].replace('""', '"'), *find_words(match[1])}
    return frozenset(found)


def strip_values(text: str) -> str:
    """A statement without its values, comments and quoted code.

    Args:
        text: Of the statement.
    """
    return " ".join("?" if token.is_value else token.text for token in find_tokens(text))


def find_behind(text: str, keys: frozenset[str]) -> tuple[str, ...]:
    """The names that a statement or a definition has behind some key words, without their schemas.

    Args:
        text: Of the statement.
        keys: The words, in small letters.
    """
    tokens = [token for token in find_tokens(text) if token.key not in {"if", "exists", "only"}]
    found = []
    for at, token in enumerate(tokens[:-1], start=1):
        if token.key in keys and tokens[at].is_name:
            end = at
            while len(tokens) > end + 2 and tokens[end + 1].text == "." and tokens[end + 2].is_name:
                end += 2
            found.append(tokens[end].text)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8192)
def find_named(text: str) -> Named:
    """What a text of one statement, or several, names.

    Args:
        text: As the server had it.
    """
    found = Found()
    statement: list[Token] = []
    for token in (*find_tokens(text), Token("sign", ";")):
        if (token.kind, token.text) != ("sign", ";"):
            statement.append(token)
        elif statement:
            _read(statement, found)
            statement = []
    return Named(frozenset(found.met), frozenset(found.used))


@dataclass
class _Level:
    """What is known within one pair of parentheses.

    Args:
        opener: The word before it.
        expects: How the next name is used, if it is that of a relation.
        listing: How the name behind a comma is.
        verb: What was begun.
        takes_all: Whether a word behind another one is a type.
        queries: Names of the queries of WITH that may be read here.
        defined: The query of WITH that is told at the moment; only behind it its name is its own, unless RECURSIVE.
        target: To what rows are added: on a conflict they may be changed.
        reads: What rows are read of: they may be locked.
    """

    opener: str = ""
    expects: str = ""
    listing: str = ""
    verb: str = ""
    takes_all: bool = False
    queries: set[str] = field(default_factory=set)
    defined: str = ""
    target: str = ""
    reads: list[str] = field(default_factory=list)


def _read(tokens: list[Token], found: Found) -> None:
    first = next((token.key for token in tokens if token.text != "("), "")
    if first in _SESSION:
        return
    if first in _READ and _UNUSUAL.isdisjoint(token.key for token in tokens):
        _Reader(tokens, found).read()
        return
    for token in tokens:
        if token.is_name:
            found.add(token.text)
        elif token.is_value and first in _CODE:
            for word in find_words(token.text):
                found.add(word)
                found.add(word.translate(SMALL))


class _Reader:
    """Goes through one statement.

    Args:
        tokens: Of the statement.
        found: What it names is put there.
    """

    def __init__(self, tokens: list[Token], found: Found) -> None:
        self._tokens = tokens
        self._found = found
        self._levels = [_Level()]

    def read(self) -> None:
        """Finds all names."""
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.is_name:
                while self._at(at + 1).text == "." and self._at(at + 2).is_name:
                    at += 2
                qualified = self._tokens[at] is not token
                if not qualified and (self._defines(at) or self._reads_query(at)):
                    pass
                elif qualified or token.kind == "quoted" or not self._key(token.key, at):
                    self._name(self._tokens[at].text, self._at(at - (2 if qualified else 0) - 1), self._at(at + 1))
            elif token.is_value:
                self._value(token.text, at)
            else:
                self._sign(token.text, at)
            at += 1

    def _at(self, at: int) -> Token:
        return self._tokens[at] if 0 <= at < len(self._tokens) else END

    def _defines(self, at: int) -> bool:
        """Whether a name is that of a query of WITH: ``name AS (``, ``name (column, ...) AS (``."""
        level, before, end = self._levels[-1], self._at(at - 1), at + 1
        is_next = before.text == "," and level.defined and not level.listing
        if before.key not in {"with", "recursive"} and not is_next:
            return False
        if self._at(end).text == "(":
            end = next((n for n in range(end, len(self._tokens)) if self._tokens[n].text == ")"), end) + 1
        if self._at(end).key != "as" or self._at(end + 1).text not in {"(", "not", "materialized"}:
            return False
        level.defined, level.listing, level.expects = self._tokens[at].text, "", ""
        if before.key == "recursive":
            level.queries.add(level.defined)
        return True

    def _reads_query(self, at: int) -> bool:
        """Whether a name is read that WITH has given to a query, so that no relation is meant."""
        level, name = self._levels[-1], self._tokens[at].text
        if (
            level.expects != "read"
            or self._at(at + 1).text == "("
            or all(name not in one.queries for one in self._levels)
        ):
            return False
        level.expects = ""
        return True

    def _sign(self, sign: str, at: int) -> None:
        level = self._levels[-1]
        if sign == "(":
            before = self._at(at - 1)
            passed_on, level.expects = level.expects, ""
            takes_all = bool(level.listing) and "as" in {before.key, self._at(at - 2).key}  # AS t(id integer, ...)
            opener = before.text if before.is_name else ""
            verb = level.verb if passed_on and level.verb in _LISTS_USED else ""
            self._levels.append(_Level(opener, passed_on, passed_on, verb, takes_all))
        elif sign == ")" and len(self._levels) > 1:
            if self._levels.pop().opener in _BODY and self._levels[-1].defined:
                self._levels[-1].queries.add(self._levels[-1].defined)
        elif sign == "," and level.listing:
            level.expects = level.listing

    def _value(self, text: str, at: int) -> None:
        after = [self._at(at + 1).text, self._at(at + 2).text]
        is_cast = after[0] in {"::", "as"} and after[1].startswith("reg")
        if is_cast or self._at(at - 1).key.startswith("reg") or _TAKES_NAMES.fullmatch(self._levels[-1].opener):
            for word in find_words(text):
                self._found.add(word)

    def _name(self, name: str, before: Token, after: Token) -> None:
        level = self._levels[-1]
        if level.expects:
            is_call = after.text == "(" and level.expects == "read"
            self._found.add(name, how="any" if is_call else level.expects)
            if level.expects == "store":
                level.target = name
            elif level.expects == "read":
                level.reads.append(name)
            level.expects = ""
        elif (
            (level.takes_all and before.is_name)
            or (after.text == "(" and before.key != "as" and not (level.listing and before.text == ")"))
            or before.text == "::"
            or (before.key == "as" and level.opener == "cast")
            or after.is_value
        ):
            self._found.add(name)

    def _key(self, word: str, at: int) -> bool:  # noqa: C901  one branch for each word
        """Whether a word is one of the grammar, where it stands."""
        level, before = self._levels[-1], self._at(at - 1).key
        if word in _ENDS_LIST:
            level.listing = level.expects = ""
            self._lock(level, at)
        elif at == 0 and word in _FIRST:
            level.verb, level.expects = word, _FIRST[word] or self._copies()
            level.listing = _FIRST[word]
        elif word in {"delete", "merge", "insert"}:
            level.verb = word
        elif word == "from":
            self._from(level, at)
        elif word == "using":
            if level.verb in _LISTS_USED:
                level.expects = level.listing = "read"
        elif word == "update":
            self._update(level, before)
        elif word == "into":
            level.expects = "merge" if level.verb == "merge" else "store"
        elif word == "join" or (word == "table" and before not in _FIRST):
            level.expects = "read"
        elif word in _NO_NAME:
            if word != "as" or level.opener != "cast":
                level.expects = ""
        else:
            return word in _PASSED_OVER
        return True

    def _lock(self, level: _Level, at: int) -> None:
        if self._at(at).key == "for" and self._at(at + 1).key in _LOCKING:
            for name in level.reads:
                self._found.add(name, how="lock")

    def _update(self, level: _Level, before: str) -> None:
        level.expects = "" if before in {"for", "key", "do", "then"} else "change"
        if before == "do" and level.target:  # ON CONFLICT DO UPDATE
            self._found.add(level.target, how="change")

    def _copies(self) -> str:
        """Whether ``COPY`` goes into a table, or out of one."""
        depth = 0
        for token in self._tokens:
            depth += (token.text == "(") - (token.text == ")")
            if not depth and token.key in {"from", "to"}:
                return "store" if token.key == "from" else "copy"
        return "store"

    def _from(self, level: _Level, at: int) -> None:
        if level.verb == "delete":
            level.verb, level.expects = "from", "remove"
        elif level.verb == "copy" or level.opener in _WITH_FROM:
            pass
        elif self._at(at - 1).key != "distinct" or self._at(at - 2).key not in {"is", "not"}:
            level.expects = level.listing = "read"
