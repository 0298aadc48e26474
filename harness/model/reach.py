"""By which names statements meet what a step changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.acting import find_met_by
from harness.model.named import find_words
from harness.model.schema_object import DESCRIBING, PARTS, WHOLE_DATABASE, Deed, ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.schema import SchemaChange
    from harness.model.schema_object import SchemaObject

#: What a statement names by itself.
_NAMED = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.TYPE,
        ObjectKind.FUNCTION,
        ObjectKind.SEQUENCE,
        ObjectKind.SEARCH,
    }
)
#: What a statement meets only where it may already do what it does: one more right changes nothing for it.
_CALLED = frozenset({ObjectKind.COLUMN, ObjectKind.FUNCTION, ObjectKind.SCHEMA, ObjectKind.TYPE})
#: What hands a change on to the table that it is part of, or that is made of another one: a view's query, a column's
#: type and default, a trigger's function, a table's partitions. Not a foreign key: a row of the one table is no row of
#: the other.
_CARRYING = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.VIEW,
        ObjectKind.COLUMN,
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
        ObjectKind.RULE,
        ObjectKind.FUNCTION,
    }
)


class Reach:
    """By which names a statement meets an object, by what the definitions of the others say.

    Args:
        before: All objects before the step.
    """

    def __init__(self, before: tuple[SchemaObject, ...]) -> None:
        self._objects = before
        self._known = {item.name for item in before if item.kind in _NAMED}
        self._words = [(item, _words(item)) for item in before]

    def of(self, change: SchemaChange) -> tuple[str, ...]:
        """The change's table or object, and whatever was defined by it: tables by a type, views by a table.

        Args:
            change: What the step did.
        """
        found = self._begin(change)
        if change.kind in _NAMED and change.deed is Deed.ADDED and not found:
            return ()
        return self._spread(found)

    def met_by(self, change: SchemaChange) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """By which names statements of each command meet a change that others do not.

        Args:
            change: What the step did.
        """
        called = {table: {n for n in self._known if table in {n, n.rpartition(".")[2]}} for _, table in change.acts}
        return find_met_by(
            change.kind, change.acts, self._objects, lambda table: self._spread(called.get(table, {table}))
        )

    def _spread(self, found: set[str]) -> tuple[str, ...]:
        """Names, and those by which a statement meets what they are."""
        while True:
            more = {
                item.owner or item.name
                for item, words in self._words
                if item.kind in _CARRYING and (item.owner or item.name) in self._known and words & bare(found)
            }
            if more <= found:
                return tuple(sorted(found))
            found |= more

    def _begin(self, change: SchemaChange) -> set[str]:
        """The change's table or object; of a schema all that is in it, of the database's settings everything."""
        if change.only_grants and change.kind in _CALLED:
            return set()  # who may do more meets nothing new
        if change.kind is ObjectKind.SETTINGS:  # nobody acts as a role by logging in as it, so that its own are unmet
            return set(self._known) if change.name == WHOLE_DATABASE else set(change.names)
        if change.kind is ObjectKind.EXTENSION:  # it is known by what it brings
            return set() if change.deed is Deed.ADDED else set(change.names)
        if change.kind is ObjectKind.SCHEMA:
            schema = "" if change.names[0] == "public" else change.names[0]
            return {name for name in self._known if name.rpartition(".")[0] == schema}
        is_part = change.kind is ObjectKind.TABLE and change.deed is Deed.CHANGED  # the whole is met, and the part too
        return {name for name in (change.names if is_part else change.names[:1]) if name in self._known}

    def near(self, touched: tuple[str, ...]) -> tuple[str, ...]:
        """The other ends of foreign keys from and to some tables.

        Args:
            touched: The tables.
        """
        ends: set[str] = set()
        for item, words in self._words:
            if item.kind is ObjectKind.CONSTRAINT and "REFERENCES" in words:
                other = words & bare(self._known) - {item.owner}
                if item.owner in touched:
                    ends |= other
                elif other & bare(touched):
                    ends.add(item.owner)
        return tuple(sorted(ends - set(touched)))


def _words(item: SchemaObject) -> frozenset[str]:
    """The words of an object's definition, without those of its own name; of a table, the names of its partitions."""
    if item.kind is ObjectKind.TABLE:
        return frozenset(item.attributes.get(PARTS, "").split())
    values = [value for name, value in item.attributes.items() if name not in DESCRIBING]
    return frozenset(word for value in values for word in find_words(value))


def bare(names: Iterable[str]) -> frozenset[str]:
    """Names without their schema.

    Args:
        names: As PostgreSQL shows them.
    """
    return frozenset(name.rpartition(".")[2] for name in names)
