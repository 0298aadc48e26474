"""Which change explains that a value does not fit: a column of the type that PostgreSQL speaks of, or a partition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

#: Class 22, "Data Exception" (manual, appendix A).
_DATA = "22"
#: "value too long for type character varying(60)": a column's type, as long as it is one of texts.
_TOO_LONG = "22001"
_TEXTS = re.compile(r"text$|character\b|bit\b")
#: "value too long for type character varying(60)", "invalid input syntax for type integer: ...".
_OF_TYPE = re.compile(r"\btype ([^:]+)")
_OUT_OF_RANGE = re.compile(r"(\w+) out of range")
#: The detail of "numeric field overflow".
_PRECISION = re.compile(r"A field with precision (\d+), scale (-?\d+) ")
#: A row that does not fit: of the partition itself, or of none (manual, "Table Partitioning"). No constraint is named.
_CHECK_VIOLATION = "23514"
_OF_PARTITION = re.compile(r".* violates partition constraint$|no partition of relation ")
#: How it is told that a partition takes other rows than before.
_BOUND = re.compile(r": (?:bounds .* -> |it is a part of \S+ now)")
_ATTACHED = re.compile(r": \S+ is a part of it now$")
#: How a column's type is told before and behind a step, between other differences.
_RETYPED = re.compile(
    r"[:,] (?!nullable |NOT NULL |default |identity |collation |generated )"
    r"([^,>]+?(?:\([\d,]+\))?(?:\[\])?) -> ([^,>]+?(?:\([\d,]+\))?(?:\[\])?)(?=, |$)"
)


def has_type(change: SchemaChange, error: SqlError, *, ahead: bool | None) -> bool | None:
    """Whether a column that was added or changed has the type, or a partition the bounds, that a value does not fit.

    Args:
        change: What a step did.
        error: What PostgreSQL refused.
        ahead: Whether the step had not been made when it was refused; None where that is not known.

    Returns:
        None where that cannot be told; no is certain: it is texts that are too long, and the column's may be longer,
        or shorter; or it is something else that is refused than what is outside of all bounds.
    """
    if change.kind is ObjectKind.TABLE and change.deed is Deed.CHANGED:
        return _has_bounds(change, error)
    type_ = _type_of(error)
    if change.kind is not ObjectKind.COLUMN or not type_:
        return None
    if change.deed is Deed.ADDED:
        return True if f", {type_}, " in change.text else None
    retyped = _RETYPED.search(change.text) if change.deed is Deed.CHANGED else None
    if retyped is None:
        return None
    types = {True: {retyped[1]}, False: {retyped[2]}, None: {retyped[1], retyped[2]}}[ahead]
    if type_ in types:
        return True
    return False if error.sqlstate == _TOO_LONG and all(map(_TEXTS.match, types)) else None


def is_outside(error: SqlError) -> bool:
    """Whether a row is refused because it fits no partition, or not the one that it is written to.

    Args:
        error: What PostgreSQL refused.
    """
    return error.sqlstate == _CHECK_VIOLATION and bool(_OF_PARTITION.match(error.message))


def _has_bounds(change: SchemaChange, error: SqlError) -> bool | None:
    if _BOUND.search(change.text):
        return is_outside(error)
    return True if _ATTACHED.search(change.text) and is_outside(error) else None


def _type_of(error: SqlError) -> str:
    """The type that a value does not fit, as the catalogs tell it; the empty string where nothing says so."""
    if not error.sqlstate.startswith(_DATA):
        return ""
    numeric = _PRECISION.match(error.detail)
    if numeric is not None:
        return f"numeric({numeric[1]},{numeric[2]})"
    named = _OF_TYPE.search(error.message) or _OUT_OF_RANGE.match(error.message)
    return named[1].strip() if named is not None else ""
