"""How one database differs from another one that was made by the same steps, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.schema import Deed

if TYPE_CHECKING:
    from harness.model.schema import SchemaChange


def say_difference(change: SchemaChange) -> str:
    """One difference, from a database that is as it should be to one that may not be.

    Args:
        change: What would have to be done to the good one to get the other.
    """
    match change.deed:
        case Deed.DROPPED:
            return f"{change.kind} {change.name} is missing"
        case Deed.ADDED:
            return f"{change.kind} {change.name} is there too"
        case _:
            return change.text
