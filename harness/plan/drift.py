"""Whether a rollout reads what each release alone reads: the same requests, without anything that the deployment did.

Where the old release alone and the new one alone agree on a value, nobody promised that it changes on the way. Where
they differ, it is the new release's doing; and what is different each time is nobody's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from harness.plan.schedule import REQUESTS, Start
from harness.plan.tale import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.exchange import Exchange
    from harness.plan.tale import Tale, Told

#: Keys of numbers that a sequence gave: a migration that inserts rows may have taken some.
_ID_KEY = re.compile(r"(^|_)id$", re.IGNORECASE)
#: Times and UUIDs, wherever they stand.
_VOLATILE = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)

#: A value in an answer: which answer of which copy, and where in it.
Place = tuple[int, int, str]


def find_drift(tale: Tale, old: Tale, new: Tale, ignored: frozenset[str] = frozenset()) -> tuple[Trouble, int] | None:
    """The first value on which both releases alone agree and the rollout does not.

    Args:
        tale: Of the rollout.
        old: The same requests through the old release alone.
        new: Through the new one alone.
        ignored: Keys whose values the author says are different each time.

    Returns:
        What differs, and the number of the action; None where nothing does.
    """
    first, second = dict(_values(old)), dict(_values(new))
    copies = {item.action.copy: item.action.journey for item in tale.told if isinstance(item.action, Start)}
    for place, (item, exchange, value) in _located(tale):
        agreed = first.get(place)
        if not ignored.isdisjoint(re.split(r"[.\[\]]", place[2])):
            continue
        if agreed is None or agreed != second.get(place) or agreed == value:
            continue
        copy, _, path = place
        text = (
            f"{exchange.method} {exchange.path} through {exchange.replica}: {path} is {value}, and the old release "
            f"alone and the new one alone both say {agreed}"
        )
        return Trouble(kind="drift", who=copies.get(copy, ""), text=text, where=path), item.number
    return None


def _values(tale: Tale) -> Iterator[tuple[Place, str]]:
    for place, (_, _, value) in _located(tale):
        yield place, value


def _located(tale: Tale) -> Iterator[tuple[Place, tuple[Told, Exchange, str]]]:
    """Every value of every answer, by the number of the answer within its copy."""
    counts: dict[int, int] = {}
    for item in tale.told:
        if not isinstance(item.action, REQUESTS):
            continue
        copy = item.action.copy
        for exchange in item.exchanges:
            number = counts[copy] = counts.get(copy, 0) + 1
            yield (copy, number, "status"), (item, exchange, str(exchange.status))
            for path, value in flatten(exchange.response):
                yield (copy, number, path), (item, exchange, value)


def flatten(body: str) -> Iterator[tuple[str, str]]:
    """The values in a JSON document by their path, without ids, times and UUIDs; of another text nothing.

    Args:
        body: Of a response.
    """
    try:
        document = json.loads(body)
    except ValueError:
        return
    yield from _walk("body", document)


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                if not (_ID_KEY.search(key) and isinstance(inner, int)):
                    yield from _walk(f"{path}.{key}", inner)
        case list():
            yield f"{path}.length", str(len(value))
            for number, inner in enumerate(value):
                yield from _walk(f"{path}[{number}]", inner)
        case str():
            yield path, _VOLATILE.sub("...", json.dumps(value))
        case _:
            yield path, json.dumps(value)
