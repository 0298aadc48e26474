"""Names the change of a step that explains what PostgreSQL refused, and what to do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.missing import find_dropped, own_names, takes_what_is_missing
from harness.evidence.numbering import SET_NUMBERS, find_key, find_lag
from harness.evidence.remedies import (
    CACHED_PLAN,
    GENERATED,
    GRANTED,
    NO_RIGHT,
    NUMBERED,
    OWN_RIGHTS,
    find_remedy,
    is_refresh,
    takes_index,
)
from harness.evidence.things import find_unseen
from harness.evidence.unnamed import KEYS, NO_KEY, VIOLATION, acts_unnamed, sets_what_refuses, takes_what_it_brings
from harness.evidence.values import has_type
from harness.model.named import find_words
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.model.statement import ends_transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.events import SchemaChanged
    from harness.model.observed import SqlError

#: How much a name tells, by where it stands: the object's own name in the message is as good as a proof.
_OWN_IN_MESSAGE, _OWN_IN_STATEMENT, _OWNER_SEEN, _MADE_ANEW = 16, 8, 2, 1
#: What is said of values and rows: "Data Exception" and "Integrity Constraint Violation".
_OF_ROWS = ("22", VIOLATION)
#: A value that a type does not know: its labels say more than that it was made anew.
_NO_VALUE = "22P02"
#: A function raised it, or called itself without end ("stack depth limit exceeded").
_RAISED = frozenset({"P0001", "54001"})
#: A column that is not there.
_NO_COLUMN = "42703"
#: What is there is of another kind: a constraint that is not deferrable, say.
_WRONG_KIND = "42809"
_SET_CONSTRAINTS = re.compile(r"\s*SET\s+CONSTRAINTS\b", re.IGNORECASE)
#: Of several functions none fits better than the others.
_NOT_UNIQUE = "42725"
#: The missing right is on the object that is named.
_DENIED = re.compile(r"permission denied for ")
#: Whose column PostgreSQL speaks of.
_OF_RELATION = re.compile(r'\bof relation "((?:[^"]|"")+)"')
#: Which constraint is violated, where PostgreSQL says it: not for a partition that there is none of (manual, "Error and
#: Notice Message Fields", and appendix A, class 23).
_OF_CONSTRAINT = re.compile(r'\bconstraint "((?:[^"]|"")+)"')
#: What is told with its definition, in which there may be what the message quotes.
_DEFINED = frozenset({ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE})
_ANEW = "made table "
_APART = frozenset({ObjectKind.SETTINGS, ObjectKind.EXTENSION})
_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why it broke.

    Args:
        text: What the step did, in words.
        remedy: What to do instead, in one sentence.
        safe_way: The same in steps, or nothing where the sentence tells it all.
        weight: How well it explains the error, beside what another step did; rows that were written explain least.
        change: What of the schema it was, if one thing.
    """

    text: str
    remedy: str
    safe_way: tuple[str, ...] = ()
    weight: int = 0
    change: SchemaChange | None = None


def find_cause(
    error: SqlError,
    changes: Iterable[SchemaChange],
    written: Iterable[tuple[str, int]] = (),
    *,
    ahead: bool | None = False,
    statements: Iterable[str] = (),
) -> Cause | None:
    """The change of a step that explains an error best.

    PostgreSQL's message and statement are compared with the names of what was changed; what the message says is not
    interpreted.

    Args:
        error: What PostgreSQL refused.
        changes: What the step did.
        written: Tables in which it wrote rows, and how many.
        ahead: Whether the step had not been made when it was refused; None where that is not known.
        statements: What it sent, for what it dropped that is no object of the schema here.

    Returns:
        None where no change has to do with the objects that the error speaks of.
    """
    dropped = None if ahead else find_dropped(error, statements)
    if dropped is not None:
        remedy = f"stop using {dropped[1]} in one release, and drop it in the next, once no replica uses it"
        return Cause(text=f"ran {dropped[0]}", remedy=remedy, weight=2 * _OWN_IN_MESSAGE)
    message, statement = find_words(error.message), find_words(error.statement)
    statement |= {word.lower() for word in statement}
    changes = tuple(change for change in changes if not _is_elsewhere(change, error, ahead=ahead))
    scored = [(_rate(change, error, message, statement, ahead=ahead), change) for change in changes]
    best = max(scored, key=lambda pair: pair[0], default=None)
    if best is None or best[0] == 0:
        return _cause_by_rows(error, written, message | statement | find_words(error.detail))
    weight, change = best
    again = next((c for c in changes if (c.deed, c.kind, c.name) == (Deed.ADDED, change.kind, change.name)), None)
    if change.deed is Deed.DROPPED and change.kind in KEYS and again is not None:
        remedy = (
            f"keep {change.kind} {change.name} as it is, and have the new one beside it until no old replica is left"
        )
        text = f"dropped {change.kind} {change.name} and {again.text}"
        return Cause(text=text, remedy=remedy, weight=weight, change=change)
    remedy, safe_way = find_remedy(change, error)
    return Cause(text=change.text, remedy=remedy, safe_way=safe_way, weight=weight, change=change)


def explain_rest(error: SqlError, told: str) -> Cause:
    """Where no change by itself explains it: what a sequence lacks, or else all that was done.

    Args:
        error: What PostgreSQL refused.
        told: What may have brought it about, in words.
    """
    lag = find_lag(error)
    if lag:
        return Cause(text=f"{lag} ({told})", remedy=SET_NUMBERS)
    return Cause(text=f"no change by itself explains what was refused ({told})", remedy="")


def explain_by_data(error: SqlError) -> Cause:
    """Where the changes of no step explain it: rows do, as far as it is rows that are refused.

    Args:
        error: What PostgreSQL refused.
    """
    of_rows = error.sqlstate.startswith(_OF_ROWS)
    return (
        explain_rest(error, "it is the data, or what the other release wrote") if of_rows else Cause(text="", remedy="")
    )


def _cause_by_rows(error: SqlError, written: Iterable[tuple[str, int]], words: frozenset[str]) -> Cause | None:
    """Where no change of the schema explains it, rows do that the step wrote in a table that is spoken of."""
    told = [f"wrote {_rows(count)} of {table}" for table, count in written if table.rpartition(".")[2] in words]
    if not told:
        return None
    if find_lag(error):
        return Cause(text=", ".join(told), remedy=SET_NUMBERS)
    remedy = "write such rows once no old replica is left, or let the release before live with them"
    return Cause(text=", ".join(told), remedy=remedy)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def describe(changed: SchemaChanged) -> str:
    """All that a step did to the schema, and in which tables it wrote rows, in one sentence."""
    unseen = ", ".join(thing.text for thing in find_unseen(changed))
    nothing = "the step changed nothing in the schema"
    return "; ".join(tell_changes(changed)) or (f"{nothing} that is compared; it ran {unseen}" if unseen else nothing)


def tell_changes(changed: SchemaChanged) -> tuple[str, ...]:
    """All that a step did to the schema, and in which tables it wrote rows, one by one."""
    rows = (f"wrote {_rows(count)} of {table}" for table, count in changed.written)
    return (*(change.text for change in changed.changes), *rows)


def _rate(
    change: SchemaChange, error: SqlError, message: frozenset[str], statement: frozenset[str], *, ahead: bool | None
) -> int:
    """How well a change explains an error; nothing where it has nothing to do with it."""
    of_type = has_type(change, error, ahead=ahead)
    if of_type is False:
        return 0
    apart = change.kind in _APART
    points = _score_apart(change, error) if apart else _score(change, error, message, statement)
    if change.kind is ObjectKind.TABLE and change.text.startswith(_ANEW) and not change.takes_rights:
        points = min(points, _MADE_ANEW)  # what is otherwise in it tells more
    if points > _MADE_ANEW and takes_what_is_missing(change, error, ahead=ahead):
        points += _OWN_IN_MESSAGE
    return points + _OWN_IN_MESSAGE * (bool(points and of_type) + bool(points) * _numbers_anew(change, error))


def _numbers_anew(change: SchemaChange, error: SqlError) -> int:
    """How much more a change explains than the key does that was not to be violated: it has the numbers begin again."""
    key = find_key(error)
    if not key or change.deed not in {Deed.ADDED, Deed.CHANGED}:
        return 0
    if change.kind is ObjectKind.COLUMN:
        return 3 * (change.name.rpartition(".")[2] == key and bool(NUMBERED.search(change.text)))
    return 2 * (change.kind is ObjectKind.TABLE)


def _score_apart(change: SchemaChange, error: SqlError) -> int:
    """Of what belongs to no table, and of which a statement names nothing but what it brings or makes be found."""
    explains = sets_what_refuses(change, error) or takes_what_it_brings(change, error)
    return (_OWN_IN_MESSAGE + _OWNER_SEEN) * explains


def _score(change: SchemaChange, error: SqlError, message: frozenset[str], statement: frozenset[str]) -> int:
    sqlstate, message_text = error.sqlstate, error.message
    if change.only_rewritten or _cannot_be(change, sqlstate):  # no statement sees in which file its table is
        return 0
    own, owners = own_names(change)
    score = _OWN_IN_MESSAGE * bool(own & message) + _OWN_IN_STATEMENT * bool(own & statement)
    through = {name.rpartition(".")[2] for name in change.touched_by}  # a function or a view that names the owner
    seen = bool((owners | through) & (message | statement))
    if score and owners and not seen and not _is_deferred(change, own & message, error.statement):
        return 0  # another table's column of the same name
    if not score and not (seen and acts_unnamed(change, error)):
        return 0
    if sqlstate == NO_RIGHT:
        if _DENIED.match(message_text) and not _takes_what_is_denied(change, bool((own | owners) & message)):
            return 0
        if change.kind in GRANTED and change.deed in {Deed.DROPPED, Deed.RENAMED}:
            return 0
        score += change.takes_rights
    if change.kind in _DEFINED and any(f"'{quoted}'" in change.text for quoted in _QUOTED.findall(message_text)):
        score += _OWN_IN_MESSAGE  # a setting that the policy reads, say
    if sqlstate == CACHED_PLAN and seen and change.kind is ObjectKind.COLUMN:
        score += _OWN_IN_MESSAGE  # it is columns that a plan's result is made of
    raised = sqlstate in _RAISED and change.kind in {ObjectKind.TRIGGER, ObjectKind.FUNCTION}
    if raised or takes_index(change, error):
        score += 2 * _OWN_IN_MESSAGE
    return score + _OWNER_SEEN * seen


def _is_deferred(change: SchemaChange, named: set[str], statement: str) -> bool:
    """Whether a key is met by the commit, or SET CONSTRAINTS, which names no table, and the message not always one."""
    by_itself = ends_transaction(statement) or bool(_SET_CONSTRAINTS.match(statement))
    return change.kind in KEYS and bool(named) and by_itself


def _takes_what_is_denied(change: SchemaChange, named: bool) -> bool:
    """Whether a change can have taken a right from somebody, where PostgreSQL says on what it is missing."""
    if change.takes_rights:
        return named
    return not (named and OWN_RIGHTS.search(change.text))  # whoever may not call a function never acts as its owner


def _is_elsewhere(change: SchemaChange, error: SqlError, *, ahead: bool | None) -> bool:
    """Whether the error cannot speak of a column, a key or an extension: it names another one, or it is there."""
    if change.kind is ObjectKind.INDEX and is_refresh(error):
        return not takes_index(change, error)
    if change.kind in KEYS:
        return _is_another_constraint(change, error)
    is_there = ahead is not None and change.deed is (Deed.DROPPED if ahead else Deed.ADDED)
    if change.kind is ObjectKind.EXTENSION:
        return is_there and error.sqlstate != _NOT_UNIQUE
    if change.kind is not ObjectKind.COLUMN:
        return False
    if error.sqlstate == _NO_COLUMN and is_there:
        return True
    named = _OF_RELATION.search(error.message)
    return named is not None and named[1].replace('""', '"') not in own_names(change)[1]


def _is_another_constraint(change: SchemaChange, error: SqlError) -> bool:
    """Whether PostgreSQL says which constraint is violated, and it is not the one that was changed."""
    violated = _OF_CONSTRAINT.search(error.message)
    if violated is None or not error.sqlstate.startswith(VIOLATION):
        return False
    return violated[1].replace('""', '"') not in own_names(change)[0]


def _cannot_be(change: SchemaChange, sqlstate: str) -> bool:
    """Whether a change of this kind never has PostgreSQL answer with this code."""
    if change.deed is Deed.DROPPED:
        violated = change.kind in KEYS and sqlstate.startswith((VIOLATION, _WRONG_KIND))
        return violated or (change.kind is ObjectKind.COLUMN and sqlstate == GENERATED)
    if change.deed is Deed.CHANGED:
        return change.kind is ObjectKind.TYPE and sqlstate == _NO_VALUE
    return change.deed is Deed.ADDED and change.kind in KEYS and sqlstate == NO_KEY
