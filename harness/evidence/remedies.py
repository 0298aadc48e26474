"""What to do instead of a change that broke somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.evidence.numbering import SET_NUMBERS, find_key
from harness.evidence.safe_way import find_tightened, plan_safe_way
from harness.evidence.values import is_outside
from harness.model.named import find_words
from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

#: A statement that was planned before the step: PostgreSQL names no object, and ``SELECT *`` none of the columns.
CACHED_PLAN = "0A000"
#: A prepared statement remembers a type by its number ("cache lookup failed for type 16385").
INTERNAL = "XX000"
#: Rights that are missing, or a policy that is not met: what has lost its name can be no cause of it.
NO_RIGHT = "42501"
#: ``REFRESH MATERIALIZED VIEW CONCURRENTLY`` without a unique index, among others.
_NOT_READY = "55000"
_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)
#: A row is gone, or has another key, though others refer to it.
_REFERRED_TO = frozenset({"23503", "23001"})
_OF_PARENT = re.compile(r"update or delete on table ")
#: Rights that a function's callers have no longer by calling it.
OWN_RIGHTS = re.compile(r"\bsecurity definer -> ")
_ROW_SECURITY = re.compile(r"\brow security\b")
#: A key that is there already.
_DUPLICATE = "23505"
#: A value was given for a column that the database computes itself.
GENERATED = "428C9"
SEARCH_PATH = "search_path"
_POPULATED = re.compile(r"\bpopulated yes -> no\b")
#: What is published is known by its key on the other side: without one nothing is updated or deleted (manual, "Logical
#: Replication", Publication).
_PUBLISHED = re.compile(r"\b(?:published by|replica identity) ")
_ATTACHED = re.compile(r": (\S+) is a part of it now$")
#: A constraint that is looked at by each statement, where the commit alone did (manual, "CREATE TABLE", DEFERRABLE).
_WAS_DEFERRABLE = re.compile(r"^(?!.*\bDEFERRABLE\b.* instead of ).* instead of .*\bDEFERRABLE\b")
#: Class 42, "Syntax Error or Access Rule Violation" (manual, appendix A), but for what is not there.
_MISTAKEN, _MISSING = "42", frozenset({"42703", "42P01", "42883", "42704"})
#: What a statement may mean though it was meant for something else of that name.
_TAKEN_FOR = frozenset(
    {ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.TYPE, ObjectKind.FUNCTION, ObjectKind.SEQUENCE, ObjectKind.EXTENSION}
)
#: What rights are granted on.
GRANTED = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.SEQUENCE, ObjectKind.FUNCTION})


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
        frozenset({ObjectKind.COLUMN}),
        (
            "add the new name beside the old one, keep both in step (a two-way trigger), move the code, and drop the "
            "old name in a later release"
        ),
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.TYPE}),
        "leave {thing} its name, or add the new type beside it, and convert to that once no replica uses the old one",
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.LABEL}),
        "add the new value beside the old one, release code that reads both, and change the rows in a later release",
    ),
    (
        Deed.RENAMED,
        frozenset({ObjectKind.VIEW, ObjectKind.FUNCTION, ObjectKind.SEARCH}),
        "add one of the new name beside {thing}, move the code, and drop the old one in a later release",
    ),
    (
        Deed.RENAMED,
        frozenset(ObjectKind),
        "leave {thing} its name, or release code that knows both names first, and rename it in the release after",
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


#: What helps where code that does not know a new column can leave it out: a statement, or a function's, that goes by
#: position meets it all the same (manual, "INSERT": without a list, values are for all columns in their order).
_BY_POSITION = (
    "name the columns, in the release before, instead of SELECT *, NEW.*, RETURNING * and INSERT without a list, in "
    "functions too"
)
#: What helps where a new column breaks a statement by being there, by what PostgreSQL answers.
_WITH_ONE_MORE_COLUMN = {
    "42601": _BY_POSITION,
    "42702": "qualify the column with its table in the release before, or give the new one another name",
    "42883": "list the columns instead of SELECT *, or take a type that can be compared (jsonb)",
    CACHED_PLAN: _NAME_COLUMNS,
}
#: What one column less does to statements that name none: rows that a table was copied from, or that a ``UNION`` adds,
#: still have it; ``COPY`` has another line.
ONE_LESS_COLUMN = frozenset({"42601", "42804", "42846", "42P13", "22P04"})
_HAS_DEFAULT = re.compile(r" \(NOT NULL, .*\bdefault (?!none\b)")
_MAY_BE_LEFT_OUT = re.compile(rf" \(nullable\b|{_HAS_DEFAULT.pattern}| \(NOT NULL, .*\b(?:generated|identity) ")
_NULL = "23502"
#: What does not fit: classes 42 (above) and 54, and a line of ``COPY``; and what fits no value, class 22.
_MISFITS, _DATA = ("22P04", "54"), "22"


#: A row outside of a partition's bounds, or of all there are (manual, "Table Partitioning").
_EVERY_ROW = (
    "have a partition for every row that is written (by wider bounds, or a DEFAULT one) in the same migration, or "
    "release code that writes no others first"
)


#: A column that gets its numbers from another sequence than before.
NUMBERED = re.compile(r"identity \w+ -> (?:always|by default)|default .* -> nextval\(")


def find_remedy(change: SchemaChange, error: SqlError) -> tuple[str, tuple[str, ...]]:
    """What to do instead, in one sentence; and in steps, where the sentence does not tell it all.

    Args:
        change: What broke somebody.
        error: What PostgreSQL refused.
    """
    special = _special_remedy(change, error)
    return (special, ()) if special else (_remedy(change), plan_safe_way(change))


def _special_remedy(change: SchemaChange, error: SqlError) -> str:  # noqa: PLR0911  one sentence for each reason
    """What helps against this very error; the empty string where what was done to which kind of object says it."""
    sqlstate = error.sqlstate
    if change.kind is ObjectKind.SETTINGS:
        return _special_for_settings(change)
    if change.kind is ObjectKind.TABLE and (special := _special_for_table(change, error)):
        return special
    if sqlstate == _NOT_READY and _POPULATED.search(change.text):
        return (
            f"fill view {change.name} in the same migration: make it WITH DATA, or REFRESH MATERIALIZED VIEW "
            f"{change.name}"
        )
    if sqlstate == NO_RIGHT and (special := _special_for_rights(change)):
        return special
    if change.kind is ObjectKind.COLUMN and (special := _special_for_column(change, sqlstate)):
        return special
    if sqlstate == CACHED_PLAN and change.deed is Deed.DROPPED:
        return _NAME_COLUMNS
    if sqlstate == INTERNAL and change.kind is ObjectKind.TYPE:
        return _NEW_TYPE
    if takes_index(change, error):
        return (
            f"make a unique index without WHERE on {change.owners[0]} in the same migration: REFRESH MATERIALIZED VIEW "
            "CONCURRENTLY needs one"
        )
    return _special_for_added(change, error) if change.deed is Deed.ADDED else ""


def _special_for_table(change: SchemaChange, error: SqlError) -> str:
    if find_key(error):
        return SET_NUMBERS
    if is_outside(error):
        return _EVERY_ROW
    if attached := _ATTACHED.search(change.text):
        return (
            f"release code that meets what {attached[1]} asks of its rows first, and attach it to {change.name} in the "
            "release after"
        )
    if error.sqlstate == _NOT_READY and _PUBLISHED.search(change.text):
        return (
            f"give table {change.name} a primary key, or REPLICA IDENTITY FULL or USING INDEX, before it is published, "
            "or leave updates and deletes out of the publication (WITH (publish = 'insert'))"
        )
    return ""


def _special_for_added(change: SchemaChange, error: SqlError) -> str:
    """Of what is there now, and met by those who have never heard of it."""
    mistaken = error.sqlstate.startswith(_MISTAKEN) and error.sqlstate not in _MISSING
    if change.kind in _TAKEN_FOR and mistaken:
        return _another_name(change)
    if change.kind is ObjectKind.CONSTRAINT and _WAS_DEFERRABLE.search(change.text):
        return f"leave constraint {change.name} DEFERRABLE until no replica is left that meets it only when it commits"
    if error.sqlstate in _REFERRED_TO and _OF_PARENT.match(error.message):
        child = change.owners[0] if change.owners else change.name
        return (
            f"let what refers to a row go with it (ON DELETE CASCADE, or SET NULL), or release code that deletes from "
            f"{child} first, before any code writes there"
        )
    return ""


def _another_name(change: SchemaChange) -> str:
    """For what is there, and in the way of something else: the old release meets it, and no order helps."""
    what = f"give {change.kind} {change.name} another name"
    if change.kind is ObjectKind.FUNCTION:
        return f"{what}, or arguments (and no defaults) that no call of the release before fits"
    return f"{what} than something has that the release before uses"


def _special_for_settings(change: SchemaChange) -> str:
    """What is set for every session meets the old release's too, from their next connection on."""
    if SEARCH_PATH in change.text:
        return (
            "name every table with its schema in the release before, or keep the schemas that it knows in the path "
            "until no old replica is left"
        )
    return (
        "set it for the new release's own sessions (options of its connection URL, or SET), or for the database once "
        "no old replica is left"
    )


def _special_for_rights(change: SchemaChange) -> str:
    if change.takes_rights or (change.deed is Deed.ADDED and change.kind in GRANTED):
        return (
            f"grant the application's role what it needs on {change.kind} {change.name} in the same migration; what it "
            "is meant to lose, take from it once no replica needs it"
        )
    if OWN_RIGHTS.search(change.text):
        return (
            f"grant the application's role what {change.name} does, or leave it SECURITY DEFINER until no replica that "
            "relies on it is left"
        )
    if change.kind is ObjectKind.TABLE and _ROW_SECURITY.search(change.text):
        return (
            f"release code that meets the policies of {change.name} first, or add one that lets it do what it does, "
            "and turn row security on in the release after"
        )
    return ""


def _special_for_column(change: SchemaChange, sqlstate: str) -> str:
    if sqlstate == GENERATED:
        return "stop writing the column in one release, and let the database compute it in the next"
    if change.deed is Deed.ADDED:
        return _WITH_ONE_MORE_COLUMN.get(sqlstate) or _special_for_new_column(change, sqlstate)
    if change.deed is Deed.DROPPED and sqlstate in ONE_LESS_COLUMN:
        return _BY_POSITION
    if sqlstate == _DUPLICATE and NUMBERED.search(change.text):
        return (
            f"set the new sequence behind the highest number that is there, in the same migration: SELECT setval("
            f"pg_get_serial_sequence(...), max(...)) for {change.name}"
        )
    return ""


def _special_for_new_column(change: SchemaChange, sqlstate: str) -> str:
    """Of a column that code may leave out already, by a default or as NULL: that it should is no advice."""
    thing = f"{change.kind} {change.name}"
    if sqlstate == _NULL and _HAS_DEFAULT.search(change.text):
        return (
            f"leave {thing} nullable now, and set NOT NULL in a later release: no default takes the place of a NULL "
            "that is given, as jsonb_populate_record gives one for what it lacks"
        )
    if sqlstate == _NULL or not _MAY_BE_LEFT_OUT.search(change.text):
        return ""
    if sqlstate.startswith(_MISFITS) or (sqlstate.startswith(_MISTAKEN) and sqlstate not in _MISSING):
        return _BY_POSITION
    if sqlstate.startswith(_DATA):
        return f"give {thing} a type that takes all that is written there"
    return f"run this step before the code that needs {thing}"


def _remedy(change: SchemaChange) -> str:
    tightened = find_tightened(change)
    usual = next(text for deed, kinds, text in _REMEDIES if deed is change.deed and change.kind in kinds)
    text = usual if tightened is None else tightened.remedy
    return text.format(thing=f"{change.kind} {change.name}")


def is_refresh(error: SqlError) -> bool:
    """Whether a view cannot be refreshed beside its readers.

    Args:
        error: What PostgreSQL refused.
    """
    return error.sqlstate == _NOT_READY and bool(
        _CONCURRENTLY.search(error.message) or _CONCURRENTLY.search(error.statement)
    )


def takes_index(change: SchemaChange, error: SqlError) -> bool:
    """Whether a change takes the unique index that a view needs to be refreshed beside its readers.

    Args:
        change: What a step did.
        error: What PostgreSQL refused.
    """
    if not is_refresh(error) or change.deed is not Deed.DROPPED or change.kind is not ObjectKind.INDEX:
        return False
    owners = {name.rpartition(".")[2] for name in change.owners}
    return bool(owners & (find_words(error.message) | find_words(error.statement)))
