"""Which changes break a statement that does not name them: by being there, or by being gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.evidence.remedies import CACHED_PLAN, INTERNAL, NO_RIGHT, ONE_LESS_COLUMN, OWN_RIGHTS, SEARCH_PATH
from harness.evidence.values import is_outside
from harness.model.named import find_words
from harness.model.schema import Deed, ObjectKind
from harness.model.schema_object import WHOLE_DATABASE

if TYPE_CHECKING:
    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

KEYS = frozenset({ObjectKind.CONSTRAINT, ObjectKind.INDEX})
#: Class 23, "Integrity Constraint Violation": what is gone is not violated.
VIOLATION = "23"
#: No unique index fits an ``ON CONFLICT`` any more: what was added is no cause of that.
NO_KEY = "42P10"
#: No statement names them: it names the table, or nothing but a column of the type.
_UNNAMED = frozenset(
    {
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
        ObjectKind.RULE,
        ObjectKind.CONSTRAINT,
        ObjectKind.INDEX,
        ObjectKind.ATTRIBUTE,
    }
)
#: What one more column does to statements that do not name it: ``SELECT *``, ``INSERT`` without columns and rows that
#: are cast have another shape (42601, 42804, 42846, 42P13), or a name twice (42701, 42702); ``COPY`` has another line,
#: a row is too wide (class 54).
_ONE_MORE_COLUMN = ("42601", "42701", "42702", "42804", "42846", "42P13", "0A000", "22P04", "54")
#: It is what was written, and nothing that is there or not.
_NOT_UNDERSTOOD = "syntax error"
_NO_FUNCTION = "42883"
#: ``SELECT DISTINCT *`` and ``UNION`` compare every column: "could not identify an equality operator for type json".
_NOT_COMPARED = re.compile(r"could not identify an? \w+ operator ")
#: A key refuses rows, or an entry that is too long for an index (class 54, "Program Limit Exceeded").
_BY_A_KEY = (VIOLATION, "54000")
#: What is computed for each row that is written may go wrong as anything does that is computed (class 22, "Data
#: Exception"), and may be a function that raises.
_BY_COMPUTING = ("22", "P0001")
_COMPUTES = re.compile(r"\bCHECK \(|\([^)]*\(|\bWHERE\b")
#: Statements that rely on a key that they do not name: ``ON CONFLICT``, ``REFRESH ... CONCURRENTLY`` and replicas, and
#: ``GROUP BY`` of a primary key alone.
_WITHOUT_KEY = (NO_KEY, "55000", "42803")
#: Something of which an extension may have been the source is not there, or there twice (42725).
_UNDEFINED = frozenset({_NO_FUNCTION, "42704", "42P01", "42725"})
#: "operator does not exist: text % text", or "@ text" where it stands before its operand.
_NO_OPERATOR = re.compile(r"operator does not exist: (?:[^%&|@<>=~*+/#?!^-]+ )?([%&|@<>=~*+/#?!^-]+) ")
#: What is refused with some codes, and a word of the message where they have other reasons, because of a setting. Those
#: of a role are left out: no session of a rehearsal logs in as one that it acts as.
_SETTINGS = (
    (frozenset({"42P01", "42883", "42704", "3F000"}), SEARCH_PATH, ""),
    (frozenset({"57014"}), "statement_timeout", "statement timeout"),
    (frozenset({"55P03"}), "lock_timeout", "lock timeout"),
    (frozenset({"25006"}), "default_transaction_read_only", ""),
    (frozenset({"25P03"}), "idle_in_transaction_session_timeout", ""),
    (frozenset({"25P04"}), "transaction_timeout", ""),
    (frozenset({"57P05"}), "idle_session_timeout", ""),
)


def acts_unnamed(change: SchemaChange, error: SqlError) -> bool:
    """Whether a change can break a statement that does not name its object, but only the table.

    Args:
        change: What a step did.
        error: What PostgreSQL refused.
    """
    sqlstate = error.sqlstate
    if sqlstate == NO_RIGHT and (change.takes_rights or OWN_RIGHTS.search(change.text)):
        return True
    if change.kind in KEYS:
        return _acts_as_key(change, sqlstate)
    if change.kind is ObjectKind.TABLE:  # a partition, of which the table's statements need not know
        return change.deed is Deed.DROPPED and is_outside(error)
    if change.kind in _UNNAMED or (change.kind is ObjectKind.TYPE and sqlstate == INTERNAL):
        return True
    if change.kind is not ObjectKind.COLUMN:
        return False
    compared = error.sqlstate == _NO_FUNCTION and bool(_NOT_COMPARED.match(error.message))
    misshapen = not error.message.startswith(_NOT_UNDERSTOOD)
    added = change.deed is Deed.ADDED and ((misshapen and sqlstate.startswith(_ONE_MORE_COLUMN)) or compared)
    dropped = change.deed is Deed.DROPPED and misshapen and sqlstate in ONE_LESS_COLUMN
    return added or dropped or sqlstate == CACHED_PLAN


def _acts_as_key(change: SchemaChange, sqlstate: str) -> bool:
    """Whether an index or a constraint that is not named can have PostgreSQL answer with this code.

    Source: PostgreSQL's manual, appendix A, "PostgreSQL Error Codes".
    """
    if change.deed is not Deed.ADDED and sqlstate in _WITHOUT_KEY:
        return True
    computes = bool(_COMPUTES.search(dict(change.state).get("definition", "")))
    return change.deed is not Deed.DROPPED and sqlstate.startswith(_BY_A_KEY + (_BY_COMPUTING if computes else ()))


def sets_what_refuses(change: SchemaChange, error: SqlError) -> bool:
    """Whether what a database's sessions are set to makes PostgreSQL refuse what it took before.

    Source: PostgreSQL's manual, "Client Connection Defaults", and appendix A.

    Args:
        change: What a step did.
        error: What PostgreSQL refused.
    """
    if change.kind is not ObjectKind.SETTINGS or change.name != WHOLE_DATABASE:
        return False
    names = [name for codes, name, words in _SETTINGS if error.sqlstate in codes and words in error.message]
    return any(re.search(rf" {name} ", change.text) for name in names)


def takes_what_it_brings(change: SchemaChange, error: SqlError) -> bool:
    """Whether something that PostgreSQL does not find, and names, came with an extension.

    What one brings is many words: a statement that has one of them tells nothing by that.

    Args:
        change: What a step did.
        error: What PostgreSQL refused.
    """
    if change.kind is not ObjectKind.EXTENSION or error.sqlstate not in _UNDEFINED:
        return False
    operator = _NO_OPERATOR.match(error.message)
    names = set(change.names)
    return operator[1] in names if operator is not None else bool(names & find_words(error.message))
