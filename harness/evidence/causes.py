"""Names the change of a step that explains what PostgreSQL refused, and what to do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.safe_way import find_tightened, plan_safe_way
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.statement import ends_transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.events import SchemaChanged
    from harness.model.observed import SqlError

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")

#: How much a name tells, by where it stands: the object's own name in the message is as good as a proof.
_OWN_IN_MESSAGE, _OWN_IN_STATEMENT, _OWNER_SEEN = 8, 4, 1
#: A statement that was planned before the step: PostgreSQL names no object, and ``SELECT *`` none of the columns.
_CACHED_PLAN = "0A000"
#: A prepared statement remembers a type by its number ("cache lookup failed for type 16385").
_INTERNAL = "XX000"
#: A value that a type does not know: its labels say more than that it was made anew.
_NO_VALUE = "22P02"
#: Rights that are missing, or a policy that is not met: what has lost its name can be no cause of it.
_NO_RIGHT = "42501"
#: Class 23, "Integrity Constraint Violation": what is gone is not violated.
_VIOLATION = "23"
#: No unique index fits an ``ON CONFLICT`` any more: what was added is no cause of that.
_NO_KEY = "42P10"
#: A function raised it, or called itself without end ("stack depth limit exceeded").
_RAISED = frozenset({"P0001", "54001"})
#: What one more column does to statements that do not name it: ``SELECT *`` and ``INSERT`` without columns have another
#: shape (class 42, "Syntax Error or Access Rule Violation"), ``COPY`` another line, a row is too wide.
_ONE_MORE_COLUMN = ("42", "0A000", "22P04", "54")
#: A key that is there already.
_DUPLICATE = "23505"
#: A value was given for a column that the database computes itself.
_GENERATED = "428C9"
_KEYS = frozenset({ObjectKind.CONSTRAINT, ObjectKind.INDEX})
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
#: What is told with its definition, in which there may be what the message quotes.
_DEFINED = frozenset({ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE})
_QUOTED = re.compile(r'"([^"]+)"')
#: What rights are granted on.
_GRANTED = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.COLUMN,
        ObjectKind.SEQUENCE,
        ObjectKind.FUNCTION,
        ObjectKind.SCHEMA,
    }
)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why it broke.

    Args:
        text: What the step did, in words.
        remedy: What to do instead, in one sentence.
        safe_way: The same in steps, or nothing where the sentence tells it all.
    """

    text: str
    remedy: str
    safe_way: tuple[str, ...] = ()


def find_cause(
    error: SqlError, changes: Iterable[SchemaChange], written: Iterable[tuple[str, int]] = ()
) -> Cause | None:
    """The change of a step that explains an error best.

    PostgreSQL's message and statement are compared with the names of what was changed; what the message says is not
    interpreted.

    Args:
        error: What PostgreSQL refused.
        changes: What the step did.
        written: Tables in which it wrote rows, and how many.

    Returns:
        None where no change has to do with the objects that the error speaks of.
    """
    message, statement = set(_WORD.findall(error.message)), set(_WORD.findall(error.statement))
    changes = tuple(changes)
    scored = [(_score(change, error, message, statement), change) for change in changes]
    best = max(scored, key=lambda pair: pair[0], default=None)
    if best is None or best[0] == 0:
        return _cause_by_rows(written, message | statement | set(_WORD.findall(error.detail)))
    change = best[1]
    again = next((c for c in changes if (c.deed, c.kind, c.name) == (Deed.ADDED, change.kind, change.name)), None)
    if change.deed is Deed.DROPPED and change.kind in _KEYS and again is not None:
        remedy = (
            f"keep {change.kind} {change.name} as it is, and have the new one beside it until no old replica is left"
        )
        return Cause(text=f"dropped {change.kind} {change.name} and {again.text}", remedy=remedy)
    special = _special_remedy(change, error.sqlstate)
    if special:
        return Cause(text=change.text, remedy=special)
    return Cause(text=change.text, remedy=_remedy(change), safe_way=plan_safe_way(change))


def _cause_by_rows(written: Iterable[tuple[str, int]], words: set[str]) -> Cause | None:
    """Where no change of the schema explains it, rows do that the step wrote in a table that is spoken of."""
    told = [f"wrote {_rows(count)} of {table}" for table, count in written if table.rpartition(".")[2] in words]
    if not told:
        return None
    remedy = "write such rows once no old replica is left, or let the release before live with them"
    return Cause(text=", ".join(told), remedy=remedy)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def describe(changed: SchemaChanged) -> str:
    """All that a step did to the schema, and in which tables it wrote rows, in one sentence."""
    return "; ".join(tell_changes(changed)) or "the step changed nothing in the schema"


def tell_changes(changed: SchemaChanged) -> tuple[str, ...]:
    """All that a step did to the schema, and in which tables it wrote rows, one by one."""
    rows = (f"wrote {_rows(count)} of {table}" for table, count in changed.written)
    return (*(change.text for change in changed.changes), *rows)


def _score(change: SchemaChange, error: SqlError, message: set[str], statement: set[str]) -> int:
    sqlstate, message_text = error.sqlstate, error.message
    if change.only_rewritten:
        return 0  # a statement does not see in which file its table is
    if _cannot_be(change, sqlstate):
        return 0
    own, owners = _names(change)
    score = _OWN_IN_MESSAGE * bool(own & message) + _OWN_IN_STATEMENT * bool(own & statement)
    through = {name.rpartition(".")[2] for name in change.touched_by}  # a function or a view that names the owner
    seen = bool((owners | through) & (message | statement))
    if score and owners and not seen and not _is_deferred(change, own & message, error.statement):
        return 0  # another table's column of the same name
    if not score and not (seen and _acts_unnamed(change, sqlstate)):
        return 0
    if sqlstate == _NO_RIGHT and change.kind in _GRANTED:
        if change.deed in {Deed.DROPPED, Deed.RENAMED}:
            return 0
        score += change.takes_rights
    if change.kind in _DEFINED and any(f"'{quoted}'" in change.text for quoted in _QUOTED.findall(message_text)):
        score += _OWN_IN_MESSAGE  # a setting that the policy reads, say
    if sqlstate == _CACHED_PLAN and seen and change.kind is ObjectKind.COLUMN:
        score += _OWN_IN_MESSAGE  # it is columns that a plan's result is made of
    if sqlstate in _RAISED and change.kind in {ObjectKind.TRIGGER, ObjectKind.FUNCTION}:
        score += 2 * _OWN_IN_MESSAGE
    return score + _OWNER_SEEN * seen


def _is_deferred(change: SchemaChange, named: set[str], statement: str) -> bool:
    """Whether a key is met by the commit, whose statement names no table, and the message not always one."""
    return change.kind in _KEYS and bool(named) and ends_transaction(statement)


def _cannot_be(change: SchemaChange, sqlstate: str) -> bool:
    """Whether a change of this kind never has PostgreSQL answer with this code."""
    if change.deed is Deed.DROPPED:
        violated = change.kind in _KEYS and sqlstate.startswith(_VIOLATION)
        return violated or (change.kind is ObjectKind.COLUMN and sqlstate == _GENERATED)
    if change.deed is Deed.CHANGED:
        return change.kind is ObjectKind.TYPE and sqlstate == _NO_VALUE
    return change.deed is Deed.ADDED and change.kind in _KEYS and sqlstate == _NO_KEY


def _acts_unnamed(change: SchemaChange, sqlstate: str) -> bool:
    """Whether a change can break a statement that does not name its object, but only the table."""
    if change.kind in _UNNAMED or (change.kind is ObjectKind.TYPE and sqlstate == _INTERNAL):
        return True
    if change.kind is not ObjectKind.COLUMN:
        return False
    added = change.deed is Deed.ADDED and sqlstate.startswith(_ONE_MORE_COLUMN) and sqlstate != _NO_RIGHT
    return added or sqlstate == _CACHED_PLAN


def _names(change: SchemaChange) -> tuple[set[str], set[str]]:
    """The object's own names, before and after; and those of what it belongs to."""
    names, owners = ({name.rpartition(".")[2] for name in some} for some in (change.names, change.owners))
    return names - owners or names, owners  # a column may have its table's name


#: What to do instead, by what was done to what kind of object; the first that fits counts.
_REMEDIES: tuple[tuple[Deed, frozenset[ObjectKind], str], ...] = (
    (
        Deed.DROPPED,
        frozenset(ObjectKind),
        "stop using {thing} in one release, and drop it in the next, once no replica uses it",
    ),
    (
        Deed.ADDED,
        frozenset({ObjectKind.ATTRIBUTE}),
        "make a new type and a column of it beside the old one: drivers, casts and literals know the old attributes",
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.TABLE}),
        "keep the old name as a view for one release, or add the new table beside the old one",
    ),
    (
        Deed.RENAMED,
        frozenset(ObjectKind),
        (
            "add the new name beside the old one, keep both in step (a two-way trigger), move the code, and drop the "
            "old name in a later release"
        ),
    ),
    (
        Deed.ADDED,
        frozenset({ObjectKind.COLUMN}),
        "add it nullable or with a default now and tighten it in a later release; code that needs it comes after it",
    ),
    (
        Deed.ADDED,
        frozenset({ObjectKind.CONSTRAINT, ObjectKind.INDEX, ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE}),
        "release code that meets {thing} first, and add it in the release after",
    ),
    (
        Deed.CHANGED,
        frozenset({ObjectKind.COLUMN}),
        (
            "add a column of the new form beside it and copy, or change it once no old connection is left: prepared "
            "statements and values of the old form outlive the change"
        ),
    ),
    (Deed.ADDED, frozenset(ObjectKind), "run this step before the code that needs {thing}"),
    (
        Deed.CHANGED,
        frozenset(ObjectKind),
        "make the change to {thing} in two releases: first what both can live with, then the rest",
    ),
)


#: ``SELECT *`` was prepared with other columns: with psycopg 3, on every connection that served before the step.
_NAME_COLUMNS = (
    "name the columns instead of SELECT * and RETURNING *, or have the old release's connections made anew behind the "
    "step (psycopg 3: prepare_threshold=None prepares nothing)"
)


#: The same for a type: whatever was prepared with the old one fails once on each connection, or until it is made anew.
_NEW_TYPE = (
    "make the type under another name, with a column of it beside the old one, or have the old release's connections "
    "made anew behind the step: what they have prepared remembers the type that is gone"
)


#: What helps where a new column breaks a statement by being there, by what PostgreSQL answers.
_WITH_ONE_MORE_COLUMN = {
    "42601": "list the columns instead of SELECT *, in the release before",
    "42702": "qualify the column with its table in the release before, or give the new one another name",
    "42883": "list the columns instead of SELECT *, or take a type that can be compared (jsonb)",
    _CACHED_PLAN: _NAME_COLUMNS,
}


#: A column that gets its numbers from another sequence than before.
_NUMBERED = re.compile(r"identity \w+ -> (?:always|by default)|default .* -> nextval\(")


def _special_remedy(change: SchemaChange, sqlstate: str) -> str:
    """What helps against this very error; the empty string where what was done to which kind of object says it."""
    if change.kind is ObjectKind.COLUMN and (special := _special_for_column(change, sqlstate)):
        return special
    if sqlstate == _CACHED_PLAN and change.deed is Deed.DROPPED:
        return _NAME_COLUMNS
    if sqlstate == _INTERNAL and change.kind is ObjectKind.TYPE:
        return _NEW_TYPE
    if sqlstate == _NO_RIGHT and change.kind in _GRANTED and (change.takes_rights or change.deed is Deed.ADDED):
        return (
            f"grant the application's role what it needs on {change.kind} {change.name} in the same migration; what it "
            "is meant to lose, take from it once no replica needs it"
        )
    return ""


def _special_for_column(change: SchemaChange, sqlstate: str) -> str:
    if sqlstate == _GENERATED:
        return "stop writing the column in one release, and let the database compute it in the next"
    if change.deed is Deed.ADDED:
        return _WITH_ONE_MORE_COLUMN.get(sqlstate, "")
    if sqlstate == _DUPLICATE and _NUMBERED.search(change.text):
        return (
            f"set the new sequence behind the highest number that is there, in the same migration: SELECT setval("
            f"pg_get_serial_sequence(...), max(...)) for {change.name}"
        )
    return ""


def _remedy(change: SchemaChange) -> str:
    tightened = find_tightened(change)
    usual = next(text for deed, kinds, text in _REMEDIES if deed is change.deed and change.kind in kinds)
    text = usual if tightened is None else tightened.remedy
    return text.format(thing=f"{change.kind} {change.name}")
