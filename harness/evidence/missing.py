"""Which change takes the very thing that PostgreSQL says is not there: one of its kind, that had the name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
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
