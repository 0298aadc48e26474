"""Tables that are parts of others, as partitions and children are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def find_wholes(name: str, parts: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The tables that one is a part of, and those that they are parts of.

    Args:
        name: Of the one.
        parts: Of each table, without their schemas.
    """
    found: dict[str, None] = {}
    sought = [name]
    while sought:
        part = sought.pop().rpartition(".")[2]
        more = [whole for whole, its in parts.items() if part in its and whole not in found]
        found.update(dict.fromkeys(more))
        sought += more
    return tuple(found)
