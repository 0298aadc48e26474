"""Which functions may write rows: by their own code, or by that of functions that they call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.named import find_words
from harness.model.schema_object import ObjectKind
from harness.model.statement import may_write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.schema_object import SchemaObject


def find_writers(schema: Iterable[SchemaObject]) -> tuple[str, ...]:
    """The functions that may write rows, without their schemas.

    One that is marked stable or immutable may not (manual, "Function Volatility Categories"). Functions of one name are
    taken together, and every word of a function's code for a call.

    Args:
        schema: All objects.
    """
    code: dict[str, str] = {}
    for item in schema:
        if item.kind is ObjectKind.FUNCTION and not item.attributes.get("volatility"):
            name = item.name.rpartition(".")[2]
            code[name] = code.get(name, "") + "\n" + item.attributes.get("body", "")
    words = {name: find_words(body) for name, body in code.items()}
    found = {name for name, body in code.items() if may_write(body)}
    while more := {name for name in code.keys() - found if words[name] & found}:
        found |= more
    return tuple(sorted(found))
