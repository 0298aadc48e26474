"""Requests that differ by numbers alone, and what these tell: those that copies share are written in the journey.

Others are identifiers, counters and what is drawn: each copy has its own, and nothing follows from them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What was seen once may be chance.
_ENOUGH = 2


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A request of the control run.

    Args:
        copy: Which copy sent it.
        numbers: The numbers in its body, in order.
        refused: How often it was refused each thing.
    """

    copy: int
    numbers: tuple[str, ...]
    refused: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How often requests of one kind are refused something, where that depends on their numbers alone.

    Args:
        shared: The places of numbers that copies share.
        counts: By the numbers there; nothing where these do not tell.
    """

    shared: tuple[int, ...] = ()
    counts: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    @classmethod
    def see(cls, sent: Sequence[Numbered], text: str) -> Telling:
        """Looks at requests: those of the same numbers must come from several copies, and be refused it each time.

        Args:
            sent: Those of the control run that are the same but for their numbers.
            text: What makes two refusals the same one.
        """
        shared = _find_shared(sent)
        copies: dict[tuple[str, ...], set[int]] = defaultdict(set)
        counts: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for one in sent if shared else ():
            key = tuple(one.numbers[place] for place in shared)
            copies[key].add(one.copy)
            counts[key].add(one.refused.get(text, 0))
        if any(len(copies[key]) < _ENOUGH or len(counts[key]) != 1 for key in copies):
            return cls()
        return cls(shared=shared, counts={key: min(found) for key, found in counts.items()})

    def count(self, numbers: tuple[str, ...]) -> int | None:
        """How often a request with such numbers is refused it; None where that is not known.

        Args:
            numbers: All of its body, in order.
        """
        return self.counts.get(tuple(numbers[place] for place in self.shared)) if self.shared else None


def _find_shared(sent: Sequence[Numbered]) -> tuple[int, ...]:
    """The places at which each number came from several copies."""
    places = min((len(one.numbers) for one in sent), default=0)
    met = [Counter(number for number, _ in {(one.numbers[place], one.copy) for one in sent}) for place in range(places)]
    return tuple(place for place, copies in enumerate(met) if min(copies.values()) >= _ENOUGH)
