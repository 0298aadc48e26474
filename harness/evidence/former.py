"""By which names the first schema knows what a refusal names: steps give tables, columns and constraints other ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.evidence.outcome import error_signature
from harness.model.named import find_named
from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

#: ``unique_violation`` (manual, "PostgreSQL Error Codes"), and how its detail begins.
UNIQUE_VIOLATION = "23505"
_KEY = re.compile(r"Key \((.+?)\)=\(")
#: How messages of class 23, "Integrity Constraint Violation", name what they are about; a domain without quotes.
_INTEGRITY = "23"
_NAMED = re.compile(r'\b(relation|table|column|constraint) "((?:[^"]|"")+)"|\b(domain) (\S+)')
_KINDS = {
    "relation": ObjectKind.TABLE,
    "table": ObjectKind.TABLE,
    "column": ObjectKind.COLUMN,
    "constraint": ObjectKind.CONSTRAINT,
    "domain": ObjectKind.TYPE,
}
_CONSTRAINT = re.compile(r'\bconstraint "(?:[^"]|"")+"')


@dataclass(frozen=True)
class Former:
    """What things were called on the first schema.

    Args:
        names: Their names there, by what they are and are called now, where that is another name.
    """

    names: Mapping[tuple[ObjectKind, str], str] = field(default_factory=dict)
    _restored: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, changes: Iterable[SchemaChange]) -> Former:
        """Goes back through what was renamed, and what was added as a part of something that is there.

        Args:
            changes: What steps did, in their order.
        """
        names: dict[tuple[ObjectKind, str], str] = {}
        for change in changes:
            kind, was = change.kind, _bare(change.name)
            if change.deed is Deed.RENAMED:
                names[kind, _bare(change.names[-1])] = names.get((kind, was), was)
            elif change.deed is Deed.ADDED and change.within:  # rows of the whole are refused by its name
                whole = _bare(change.within[-1])
                names[kind, was] = names.get((kind, whole), whole)
        return cls(names)

    def name(self, error: SqlError) -> str:
        """What makes two refusals the same one, by the names of the first schema.

        Of a violated key it is its columns, as the key may be made anew under another name. In other classes than that
        of constraints names may be anything.

        Args:
            error: What PostgreSQL said.
        """
        key = _KEY.match(error.detail) if error.sqlstate == UNIQUE_VIOLATION else None
        if key is not None:
            stored = sorted(self._find(ObjectKind.TABLE, name) for name in find_named(error.statement).stored)
            columns = ", ".join(self._find(ObjectKind.COLUMN, name) for name in key[1].split(", "))
            return f"{UNIQUE_VIOLATION} {', '.join(stored)} ({columns})"
        signature = error_signature(error)
        if not self.names or not error.sqlstate.startswith(_INTEGRITY):
            return signature
        if signature not in self._restored:
            self._restored[signature] = _NAMED.sub(self._restore, signature)
        return self._restored[signature]

    def _restore(self, match: re.Match[str]) -> str:
        word, name = (match[1], match[2]) if match[1] else (match[3], match[4])
        former = self._find(_KINDS[word], name.replace('""', '"')).replace('"', '""')
        return f'{word} "{former}"' if match[1] else f"{word} {former}"

    def _find(self, kind: ObjectKind, name: str) -> str:
        return self.names.get((kind, name), name)


@lru_cache(maxsize=1024)
def without_constraint(text: str) -> str:
    """What makes two refusals the same one but for the name of the constraint.

    Args:
        text: With its name.
    """
    return _CONSTRAINT.sub("constraint", text)


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
