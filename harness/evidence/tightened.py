"""Refusals that are usual, and by something that a step made anew or changed: more may be refused by it than before."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from harness.evidence.outcome import without_numbers
from harness.model.cell import BASE, OWN
from harness.model.events import SchemaChanged
from harness.model.named import find_named, find_words
from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

#: What refuses rows of a table without a word of its own in the message.
_UNNAMED = frozenset({ObjectKind.TRIGGER, ObjectKind.FUNCTION, ObjectKind.POLICY, ObjectKind.COLUMN})
#: ``foreign_key_violation`` (manual, "PostgreSQL Error Codes"), and how its detail ends.
_FOREIGN_KEY = "23503"
_LOOKED_AT = re.compile(r' table "((?:[^"]|"")+)"\.$')
#: What was seen once may be chance.
_ENOUGH = 2


def changes_until(events: Iterable[object], labels: Sequence[str], step: str) -> tuple[SchemaChange, ...]:
    """What the steps did to the schema that somebody meets.

    Args:
        events: What happened.
        labels: The steps, in their order.
        step: Behind which of them; every other place but the first schemas is behind all.
    """
    met = _steps_until(labels, step)
    return tuple(c for e in events if isinstance(e, SchemaChanged) and e.label in met for c in e.changes)


def may_refuse_more(changes: Iterable[SchemaChange], error: SqlError) -> bool:
    """Whether something that was added or changed is what refuses: by its name, or on the table that is written.

    Args:
        changes: What steps did.
        error: What PostgreSQL refused.
    """
    said, named = find_words(error.message), find_named(error.statement).met
    return any(
        bool(_bare(change.touched_by) & named) if change.kind in _UNNAMED else bool(_bare([change.name]) & said)
        for change in changes
        if change.deed in {Deed.ADDED, Deed.CHANGED} and not (change.only_rewritten or change.only_grants)
    )


def written_until(events: Iterable[object], labels: Sequence[str], step: str) -> frozenset[str]:
    """The tables in which steps wrote or removed rows before somebody meets them.

    Args:
        events: What happened.
        labels: The steps, in their order.
        step: As above.
    """
    met = _steps_until(labels, step)
    return _bare(table for e in events if isinstance(e, SchemaChanged) and e.label in met for table, _ in e.written)


def may_miss_rows(written: frozenset[str], error: SqlError) -> bool:
    """Whether a foreign key refuses, and steps wrote to the table that it looks at: rows may be gone, or be new there.

    Args:
        written: Tables in which steps wrote.
        error: What PostgreSQL refused.
    """
    looked_at = _LOOKED_AT.search(error.detail) if error.sqlstate == _FOREIGN_KEY else None
    return looked_at is not None and looked_at[1].replace('""', '"') in written


def is_another_row(changes: Iterable[SchemaChange], usual: Iterable[SqlError], error: SqlError) -> bool:
    """Whether rows are refused that were not refused before.

    PostgreSQL tells the row or its key in the detail (manual, "Reporting Errors and Messages Within the Server"). Rows
    can be compared where the usual ones come again and again, and no column was changed that may make others of them.

    Args:
        changes: What steps did.
        usual: The same refusals where nothing was changed.
        error: One that came later.
    """
    rows = Counter(without_numbers(one.detail) for one in usual)
    row = without_numbers(error.detail)
    if not row or not rows or row in rows or min(rows.values()) < _ENOUGH:
        return False
    if {one.count(",") for one in rows} != {row.count(",")}:
        return False
    return not any(
        change.kind is ObjectKind.COLUMN and _bare(change.owners) & find_named(error.statement).met
        for change in changes
    )


def _steps_until(labels: Sequence[str], step: str) -> Sequence[str]:
    if step in {BASE, OWN}:
        return ()
    return labels[: labels.index(step) + 1] if step in labels else labels


def _bare(names: Iterable[str]) -> frozenset[str]:
    """Names without their schema, or without their table."""
    return frozenset(name.rpartition(".")[2] for name in names)
