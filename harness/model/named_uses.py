"""The names in a statement, and what it may do to what has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

#: Commands by how a name is used; reading, and copying out of a table, are none.
_USES = {
    "store": ("INSERT",),
    "change": ("UPDATE",),
    "merge": ("INSERT", "UPDATE", "DELETE"),
    "remove": ("DELETE",),
    "truncate": ("TRUNCATE",),
    "lock": ("LOCK",),
    "any": ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "LOCK"),
}


class Named(NamedTuple):
    """The names in a statement, without their schemas.

    Args:
        met: All of them.
        used: What it may do to those, by command; what functions do cannot be told.
    """

    met: frozenset[str]
    used: frozenset[tuple[str, str]]

    @property
    def stored(self) -> frozenset[str]:
        """Those to which it may add rows, or change some."""
        return frozenset(name for command, name in self.used if command in {"INSERT", "UPDATE"})

    @property
    def removed(self) -> frozenset[str]:
        """Those of which it may remove rows, or change some."""
        return frozenset(name for command, name in self.used if command in {"UPDATE", "DELETE", "TRUNCATE"})


@dataclass
class Found:
    """What was found so far.

    Args:
        met: All names.
        used: Commands and names.
    """

    met: set[str] = field(default_factory=set)
    used: set[tuple[str, str]] = field(default_factory=set)

    def add(self, name: str, *, how: str = "any") -> None:
        """Notes a name.

        Args:
            name: Without its schema.
            how: How it is used, one of :data:`_USES`, or by reading.
        """
        self.met.add(name)
        self.used |= {(command, name) for command in _USES.get(how, ())}
