"""What PostgreSQL refuses a journey in the control run too, where the application lives with it.

An application may swallow a violated constraint: who likes a photo already need not be told so. The message alone does
not tell that refusal from another one of the same constraint: behind a step it may be met by whoever likes a photo that
anybody else likes already. So where the control run shows which requests are refused so, each time, and which ones
never, one of these is not excused by those.

What PostgreSQL refuses in the background belongs to whichever request was under way. It is refused to no request each
time, or the count stays what it was; then the message is enough.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness.evidence.outcome import error_signature, path_without_ids, without_numbers
from harness.model.named import find_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.model.events import Attempted
    from harness.model.exchange import Exchange
    from harness.model.observed import SqlError

#: ``unique_violation`` (manual, "PostgreSQL Error Codes"), and how its detail begins.
UNIQUE_VIOLATION = "23505"
_KEY = re.compile(r"Key \((.+?)\)=\(")
#: What was seen once may be chance.
_ENOUGH = 2
#: Whether the body of a request counts: it may be another one each time, or tell two of them apart.
_GRAINS = (True, False)


class _Kind(NamedTuple):
    """What makes a request the same as one of another copy.

    Args:
        method: Its method.
        path: Its path, without what varies.
        body: Its body, without what varies; None where it does not count.
        again: Whether it came before, and went well.
    """

    method: str
    path: str
    body: str | None
    again: bool


@dataclass(frozen=True, kw_only=True)
class Told:
    """A copy of a journey as far as it came, with what it did before.

    Args:
        attempt: What it did now.
        earlier: What it did before, in order.
    """

    attempt: Attempted
    earlier: Sequence[Attempted] = ()

    def was_stored(self, index: int) -> bool:
        """Whether the very same request was answered well before, and refused nothing: its row is there already.

        Args:
            index: Which of the exchanges.
        """
        again = self.attempt.exchanges[index]
        return any(
            exchange.acknowledges
            and (exchange.method, exchange.path, exchange.request) == (again.method, again.path, again.request)
            for attempt, end in (*((one, None) for one in self.earlier), (self.attempt, index))
            for exchange in _unrefused(attempt, end)
        )

    def kinds(self, *, fine: bool) -> list[_Kind]:
        """What makes each of its requests the same as one of another copy.

        Args:
            fine: Whether the body counts.
        """
        return [
            _Kind(
                exchange.method,
                path_without_ids(exchange.path),
                without_numbers(exchange.request) if fine else None,
                self.was_stored(index),
            )
            for index, exchange in enumerate(self.attempt.exchanges)
        ]

    def refused(self, text: str) -> set[int | None]:
        """During which of its exchanges PostgreSQL refused something.

        Args:
            text: What makes two refusals the same one.
        """
        return {error.exchange for error in self.attempt.sql if name_refusal(error) == text}


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What the control run lives with.

    Args:
        loose: What it was refused at some time: nobody knows during which request.
        met: How often it sent each kind of request.
        refused: What it was refused, and how often each kind of request was.
    """

    loose: frozenset[str]
    met: Mapping[_Kind, int]
    refused: Mapping[str, Mapping[_Kind, int]]

    @classmethod
    def see(cls, control: Iterable[Told]) -> Usual:
        """Looks at the control run.

        Args:
            control: Every copy of a journey there.
        """
        loose: set[str] = set()
        met: Counter[_Kind] = Counter()
        refused: dict[str, Counter[_Kind]] = defaultdict(Counter)
        for told in control:
            grains = [told.kinds(fine=fine) for fine in _GRAINS]
            met.update(kind for kinds in grains for kind in kinds)
            for text in {name_refusal(error) for error in told.attempt.sql}:
                where = told.refused(text)
                if None in where:
                    loose.add(text)
                refused[text].update(kinds[i] for kinds in grains for i in where if i is not None)
        return cls(loose=frozenset(loose), met=met, refused=refused)

    def knows(self, error: SqlError) -> bool:
        """Whether there was such a refusal, whoever met it.

        Args:
            error: What PostgreSQL said.
        """
        return name_refusal(error) in self.refused

    def excuses(self, told: Told, error: SqlError) -> bool:
        """Whether the application lives with a refusal.

        Args:
            told: The copy that met it.
            error: One of what it was refused.
        """
        text = name_refusal(error)
        return text in self.refused and not any(self._is_news(told, error.exchange, text, fine=f) for f in _GRAINS)

    def _is_news(self, told: Told, index: int | None, text: str, *, fine: bool) -> bool:
        """Whether requests of its kind are never refused so in the control run, and those of other kinds each time."""
        if index is None or text in self.loose:
            return False
        kinds = told.kinds(fine=fine)
        usual = {kind: count for kind, count in self.refused[text].items() if (kind.body is not None) == fine}
        always = all(self.met[kind] == count >= _ENOUGH for kind, count in usual.items())
        more = len(told.refused(text)) > sum(kind in usual for kind in kinds)
        return always and more and kinds[index] not in usual and self.met.get(kinds[index], 0) >= _ENOUGH


def name_refusal(error: SqlError) -> str:
    """What makes two refusals the same one: of a violated key its columns, as the key may get another name.

    Args:
        error: What PostgreSQL said.
    """
    key = _KEY.match(error.detail) if error.sqlstate == UNIQUE_VIOLATION else None
    if key is None:
        return error_signature(error)
    return f"{UNIQUE_VIOLATION} {', '.join(sorted(find_named(error.statement).stored))} ({key[1]})"


def _unrefused(attempt: Attempted, end: int | None) -> Iterable[Exchange]:
    """Exchanges of an attempt up to one of them, during which PostgreSQL refused nothing."""
    refused = {error.exchange for error in attempt.sql}
    return (exchange for index, exchange in enumerate(attempt.exchanges[:end]) if index not in refused)
