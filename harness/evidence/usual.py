"""What PostgreSQL refuses a journey in the control run too, where the application lives with it.

An application may swallow a violated constraint: who likes a photo already need not be told so. The message alone does
not tell that refusal from another one of the same constraint: behind a step it may be met by whoever likes a photo that
anybody else likes already. So where the control run shows which requests are refused so, each time, and which ones
never, one of these is not excused by those.

What PostgreSQL refuses in the background belongs to whichever request was under way. It is refused to no request each
time, or the count stays what it was; then the message is enough.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from harness.evidence.former import Former, without_constraint
from harness.evidence.numbered import Numbered, Telling
from harness.evidence.outcome import find_numbers, path_without_ids, without_numbers
from harness.evidence.tightened import is_another_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.model.events import Attempted
    from harness.model.exchange import Exchange
    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange

_AS_NAMED = Former()
#: Constraints of which a message tells no more than the name: ``foreign_key_violation``, ``check_violation`` and
#: ``exclusion_violation`` (manual, "PostgreSQL Error Codes").
_KNOWN_BY_NAME = frozenset({"23503", "23514", "23P01"})
#: What was seen once may be chance.
_ENOUGH = 2
#: Whether the body of a request counts: it may be another one each time, or tell two of them apart.
_GRAINS = (True, False)


class Kind(NamedTuple):
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
        former: What the first schema calls the things that it meets.
    """

    attempt: Attempted
    earlier: Sequence[Attempted] = ()
    former: Former = _AS_NAMED

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

    def kinds(self, *, fine: bool) -> list[Kind]:
        """What makes each of its requests the same as one of another copy.

        Args:
            fine: Whether the body counts.
        """
        return [
            Kind(
                exchange.method,
                path_without_ids(exchange.path),
                without_numbers(exchange.request) if fine else None,
                self.was_stored(index),
            )
            for index, exchange in enumerate(self.attempt.exchanges)
        ]

    def numbered(self) -> list[Numbered]:
        """Its requests by the numbers in their bodies, and what each was refused."""
        refused: dict[int | None, Counter[str]] = defaultdict(Counter)
        for error in self.attempt.sql:
            refused[error.exchange][name_refusal(error)] += 1
        return [
            Numbered(copy=self.attempt.copy, numbers=find_numbers(exchange.request), refused=refused[index])
            for index, exchange in enumerate(self.attempt.exchanges)
        ]

    def refused(self, text: str) -> set[int | None]:
        """During which of its exchanges PostgreSQL refused something.

        Args:
            text: What makes two refusals the same one.
        """
        return set(self.count(text))

    def count(self, text: str) -> Counter[int | None]:
        """How often PostgreSQL refused something during each of its exchanges.

        Args:
            text: What makes two refusals the same one.
        """
        return Counter(error.exchange for error in self.attempt.sql if text in self.names(error))

    def names(self, error: SqlError) -> tuple[str, str]:
        """What makes a refusal the same as another one: as it is told, and by the names of the first schema.

        Args:
            error: One of what it was refused.
        """
        return name_refusal(error), self.former.name(error)


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What the control run lives with.

    Args:
        loose: What it was refused at some time: nobody knows during which request.
        met: How often it sent each kind of request.
        refused: What it was refused, and how often each kind of request was.
        often: How many refusals there were in one request of each kind, as far as there were any.
        errors: What it was refused, one by one.
        sent: Its requests of each kind, by their bodies.
    """

    loose: frozenset[str]
    met: Mapping[Kind, int]
    refused: Mapping[str, Mapping[Kind, int]]
    often: Mapping[str, Mapping[Kind, Sequence[int]]]
    errors: Mapping[str, Sequence[SqlError]]
    sent: Mapping[Kind, Sequence[Numbered]]
    _telling: dict[tuple[Kind, str], Telling] = field(default_factory=dict, repr=False)

    @classmethod
    def see(cls, control: Iterable[Told]) -> Usual:
        """Looks at the control run.

        Args:
            control: Every copy of a journey there.
        """
        loose: set[str] = set()
        met: Counter[Kind] = Counter()
        refused: dict[str, Counter[Kind]] = defaultdict(Counter)
        often: dict[str, dict[Kind, list[int]]] = defaultdict(lambda: defaultdict(list))
        errors: dict[str, list[SqlError]] = defaultdict(list)
        sent: dict[Kind, list[Numbered]] = defaultdict(list)
        for told in control:
            grains = [told.kinds(fine=fine) for fine in _GRAINS]
            met.update(kind for kinds in grains for kind in kinds)
            for kind, one in zip(grains[0], told.numbered(), strict=True):
                sent[kind].append(one)
            for error in told.attempt.sql:
                errors[name_refusal(error)].append(error)
            for text in {name_refusal(error) for error in told.attempt.sql}:
                where = told.count(text)
                if None in where:
                    loose.add(text)
                for kinds in grains:
                    for index, count in where.items():
                        if index is not None:
                            refused[text][kinds[index]] += 1
                            often[text][kinds[index]].append(count)
        return cls(loose=frozenset(loose), met=met, refused=refused, often=often, errors=errors, sent=sent)

    def knows(self, told: Told, error: SqlError) -> bool:
        """Whether there was such a refusal, whoever met it.

        Args:
            told: The copy that met it.
            error: One of what it was refused.
        """
        return self._name(told, error) in self.errors

    def excuses(self, told: Told, error: SqlError) -> bool:
        """Whether the application lives with a refusal.

        Args:
            told: The copy that met it.
            error: One of what it was refused.
        """
        text = self._name(told, error)
        return text in self.errors and not any(self._is_news(told, error.exchange, text, fine=f) for f in _GRAINS)

    def meets_another_row(self, told: Told, error: SqlError, changes: Sequence[SchemaChange]) -> bool:
        """Whether a row is refused so that never was in the control run, where these are the same each time.

        Args:
            told: The copy that met it.
            error: One of what it was refused.
            changes: What steps did to the schema that it met.
        """
        text = self._name(told, error)
        known = error.exchange is not None and text not in self.loose
        return known and is_another_row(changes, self.errors.get(text, ()), error)

    def is_exceeded(self, told: Told, error: SqlError) -> bool:
        """Whether more is refused so than in the control run, where that is the same each time.

        Args:
            told: The copy that met it.
            error: One of what it was refused.
        """
        text = self._name(told, error)
        if error.exchange is None or text in self.loose:
            return False
        found = told.count(text)
        most = self._most(told, text)
        known = [(found[index], count) for index, count in enumerate(most) if count is not None]
        usual = most[error.exchange]
        more = sum(now for now, _ in known) > sum(count for _, count in known)
        return usual is not None and found[error.exchange] > usual and more

    def refuses_anyway(self, told: Told, error: SqlError, changes: Sequence[SchemaChange]) -> bool:
        """Whether the very same request is refused each time by another constraint of that kind on that table.

        One that is made anew, beside the former one or instead of it, has another name.

        Args:
            told: The copy that met it.
            error: One of what it was refused.
            changes: What steps did to the schema that it met.
        """
        index = error.exchange
        if index is None or error.sqlstate not in _KNOWN_BY_NAME:
            return False
        like = {without_constraint(text) for text in told.names(error)}
        usual = [text for text in self.errors if without_constraint(text) in like and text not in self.loose]
        times = sum((self._most(told, text)[index] or 0) for text in usual)
        now = sum(
            one.exchange == index and any(without_constraint(text) in like for text in told.names(one))
            for one in told.attempt.sql
        )
        return now <= times and not is_another_row(changes, (one for text in usual for one in self.errors[text]), error)

    def _name(self, told: Told, error: SqlError) -> str:
        """As the control run knows a refusal: a name may have been taken since by something else."""
        text, former = told.names(error)
        return text if text in self.errors else former

    def _most(self, told: Told, text: str) -> list[int | None]:
        """How many such refusals each request of a copy has in the control run; None where that varies, or is unknown.

        A request whose body is another one each time is known without it. Where requests differ by their numbers alone,
        these may tell which of them is refused.
        """
        grains = zip(*(told.kinds(fine=fine) for fine in _GRAINS), told.attempt.exchanges, strict=True)
        return [
            self._count_by_numbers(fine, exchange, text) if count is None else count
            for fine, coarse, exchange in grains
            for count in [self._count(fine if fine in self.met else coarse, text)]
        ]

    def _count_by_numbers(self, kind: Kind, exchange: Exchange, text: str) -> int | None:
        if (kind, text) not in self._telling:
            self._telling[kind, text] = Telling.see(self.sent.get(kind, ()), text)
        return self._telling[kind, text].count(find_numbers(exchange.request))

    def _count(self, kind: Kind, text: str) -> int | None:
        counts = list(self.often.get(text, {}).get(kind, ()))
        met = self.met.get(kind, 0)
        counts += [0] * (met - len(counts))
        return counts[0] if met >= _ENOUGH and len(set(counts)) == 1 else None

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
    """What makes two refusals on one schema the same one.

    Args:
        error: What PostgreSQL said.
    """
    return _AS_NAMED.name(error)


def _unrefused(attempt: Attempted, end: int | None) -> Iterable[Exchange]:
    """Exchanges of an attempt up to one of them, during which PostgreSQL refused nothing."""
    refused = {error.exchange for error in attempt.sql}
    return (exchange for index, exchange in enumerate(attempt.exchanges[:end]) if index not in refused)
