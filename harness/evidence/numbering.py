"""Numbers that a sequence gives once more: a key is there already, though nobody chose it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.observed import SqlError

_DUPLICATE = "23505"
_CONSTRAINT = re.compile(r'unique constraint "((?:[^"]|"")+)"')
#: A key of one column, and a number.
_KEY = re.compile(r'Key \("?([^",()]+)"?\)=\(\d+\) already exists')
#: What an ``INSERT`` says of the columns that it gives values for; the others have their defaults.
_INSERT = re.compile(
    r"""\bINSERT\s+INTO\s+(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?(?:\s+AS\s+\w+)?\s*
    (?:\(([^()]*)\)|(DEFAULT\s+VALUES)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_NEXT = re.compile(r"\bnextval\s*\(", re.IGNORECASE)

#: What to do about it.
SET_NUMBERS = (
    "set the sequence behind the highest number that is there, SELECT setval(pg_get_serial_sequence(...), max(...)), "
    "and let whoever writes, migrations too, take numbers from it alone"
)


def find_lag(error: SqlError) -> str:
    """Which numbers a sequence gave that are there already, in words.

    A key that a statement gives no value for has its column's default: a number is the next one of a sequence (manual,
    "Numeric Types", serial types, and "Identity Columns").

    Args:
        error: What PostgreSQL refused.

    Returns:
        The empty string where that is not what was refused.
    """
    key, constraint = find_key(error), _CONSTRAINT.search(error.message)
    if not key or constraint is None:
        return ""
    return f"the sequence that numbers {key} (constraint {constraint[1]}) is behind the rows that are there"


def find_key(error: SqlError) -> str:
    """The column whose number a sequence gave though it is there already; the empty string where there is none.

    Args:
        error: What PostgreSQL refused.
    """
    key, insert = _KEY.match(error.detail), _INSERT.search(error.statement)
    if error.sqlstate != _DUPLICATE or key is None or insert is None:
        return ""
    given = {name.strip().strip('"') for name in (insert[1] or "").split(",")}
    return "" if key[1] in given and not _NEXT.search(error.statement) else key[1]
