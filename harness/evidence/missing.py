"""What takes the very thing that PostgreSQL says is not there: a change of its kind and name, or a statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.model.schema import Deed, ObjectKind
from harness.model.statement import split_statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

_RELATIONS = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.SEQUENCE, ObjectKind.INDEX})
_FUNCTIONS = frozenset({ObjectKind.FUNCTION})
#: By PostgreSQL's word for it; a table's rows have a type of its name too (manual, "Composite Types").
_KINDS = {
    "type": frozenset({ObjectKind.TYPE, ObjectKind.TABLE, ObjectKind.VIEW}),
    "relation": _RELATIONS,
    "sequence": frozenset({ObjectKind.SEQUENCE}),
    "column": frozenset({ObjectKind.COLUMN, ObjectKind.ATTRIBUTE}),
    "function": _FUNCTIONS,
    "procedure": _FUNCTIONS,
    "aggregate": _FUNCTIONS,
    "schema": frozenset({ObjectKind.SCHEMA}),
    "text search configuration": frozenset({ObjectKind.SEARCH}),
}
#: 'type "mood" does not exist', "column users.name does not exist", "function fee(integer) does not exist".
_MISSING = re.compile(
    rf'\b({"|".join(_KINDS)}) (?:"((?:[^"]|"")+)"|([^\s"()]+))(?:\(.*\))?'
    r'(?: of relation "(?:[^"]|"")+")? does not exist'
)
#: What a prepared statement remembers by its number: one that was made anew has another (manual, "Object Identifier
#: Types").
_REMEMBERED = re.compile(rf"cache lookup failed for ({'|'.join(_KINDS)}) \d+")
_ANEW = re.compile(r"made \w+ \S+ anew\b")
#: Things that are not compared, and how PostgreSQL says that one is not there: 'collation "c" for encoding "UTF8" does
#: not exist', "operator does not exist: text ~=~ text", or "@ text" where it stands before its operand.
_NO_COLLATION = re.compile(r'collation "((?:[^"]|"")+)" (?:for encoding "\w+" )?does not exist')
_NO_OPERATOR = re.compile(r"operator does not exist: (.+)")
_SIGN = re.compile(r"(?<!\S)(?:\w+\.)?([%&|@<>=~*+/#?!^`-]+)(?!\S)")
#: No cast is found: "cannot cast type text to tone", 'column "c" is of type tone but expression is of type text'.
_NO_CAST = re.compile(r"cannot cast type (?P<one>.+) to (?P<other>.+)$")
_NO_CAST_TO_COLUMN = re.compile(r'column ".+" is of type (?P<other>.+) but expression is of type (?P<one>.+)$')
_DROP = re.compile(
    r"\s*DROP\s+(?P<kind>COLLATION|OPERATOR(?!\s+(?:CLASS|FAMILY)\b)|CAST)\s+(?:IF\s+EXISTS\s+)?(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)
_BEHAVIOUR = re.compile(r"\s+(?:CASCADE|RESTRICT)\s*$", re.IGNORECASE)
_CAST = re.compile(r"\(\s*(.+?)\s+AS\s+(.+?)\s*\)$", re.IGNORECASE | re.DOTALL)


def own_names(change: SchemaChange) -> tuple[set[str], set[str]]:
    """The object's own names, before and after; and those of what it belongs to.

    Args:
        change: What a step did.
    """
    names, owners = ({name.rpartition(".")[2] for name in some} for some in (change.names, change.owners))
    return names - owners or names, owners  # a column may have its table's name


def takes_what_is_missing(change: SchemaChange, error: SqlError, *, ahead: bool | None) -> bool:
    """Whether PostgreSQL says what kind of thing it does not find, and a change is of one that has that name.

    Something else may have the same name, as a column often has its type's.

    Args:
        change: What a step did.
        error: What PostgreSQL refused.
        ahead: Whether the step had not been made when it was refused; None where that is not known.
    """
    if remembered := _REMEMBERED.match(error.message):
        goes = change.deed is Deed.DROPPED or bool(_ANEW.match(change.text))
        return goes and change.kind in _KINDS[remembered[1]]
    missing = _MISSING.search(error.message)
    if missing is None or change.kind not in _KINDS[missing[1]]:
        return False
    name = (missing[2] or missing[3]).replace('""', '"').rpartition(".")[2]
    goes = change.deed in {Deed.DROPPED, Deed.RENAMED} or (change.deed is Deed.ADDED and ahead is not False)
    return goes and name in own_names(change)[0]


def find_dropped(error: SqlError, statements: Iterable[str]) -> tuple[str, str] | None:
    """The statement that dropped the collation, the operator or the cast that PostgreSQL does not find.

    Source: PostgreSQL's manual, "DROP COLLATION", "DROP OPERATOR" and "DROP CAST".

    Args:
        error: What PostgreSQL refused.
        statements: What a step sent.

    Returns:
        The statement, and what it dropped, in words; None where none did.
    """
    for statement in (one for text in statements for one in split_statements(text)):
        drop = _DROP.match(statement)
        if drop is None:
            continue
        kind, what = drop["kind"].lower(), _BEHAVIOUR.sub("", drop["what"])
        if thing := _find_in_drop(kind, what, error.message):
            return " ".join(statement.split()), f"{kind} {thing}"
    return None


def _find_in_drop(kind: str, what: str, message: str) -> str:
    """What of that which is dropped the message names; or the empty string."""
    if kind == "collation":
        name = _NO_COLLATION.match(message)
        kept = name[1].replace('""', '"') if name is not None else ""
        return kept if kept.rpartition(".")[2] in {_bare(one) for one in what.split(",")} else ""
    if kind == "operator":
        named = _NO_OPERATOR.match(message)
        sign = _SIGN.search(named[1]) if named is not None else None
        dropped = {found[1] for found in re.finditer(r"(?:^|[\s,.])([%&|@<>=~*+/#?!^`-]+)\s*\(", what)}
        return sign[1] if sign is not None and sign[1] in dropped else ""
    cast, missing = _CAST.match(what), _NO_CAST.match(message) or _NO_CAST_TO_COLUMN.match(message)
    if cast is None or missing is None:
        return ""
    same = (_bare(cast[1]), _bare(cast[2])) == (_bare(missing["one"]), _bare(missing["other"]))
    return f"({missing['one']} AS {missing['other']})" if same else ""


def _bare(name: str) -> str:
    """A name as PostgreSQL keeps it, without its schema: folded to lower case unless it is quoted."""
    last = name.strip().rpartition(".")[2]
    return last[1:-1].replace('""', '"') if last.startswith('"') else last.lower()
