"""What is made of an attempt once it ran: whose statements were refused meanwhile, and whether to go on at all."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from harness.model.named import find_words
from harness.model.observed import Wrote
from harness.model.release import ReleaseName
from harness.model.statement import fingerprint, mentions, target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.model.events import Attempted, ReplicaFailed
    from harness.model.exchange import Exchange
    from harness.model.observed import SqlError
    from harness.runtime.observer import Logged

#: A row with that key is there already (PostgreSQL's manual, appendix A).
UNIQUE_VIOLATION = "23505"
#: How its detail tells which (manual, "Error Reporting": details may quote what was given).
_KEY = re.compile(r"Key \((?P<columns>.+?)\)=\((?P<values>.*)\) ", re.DOTALL)
#: Behind these a statement tells which rows it asks for.
_CONDITION = re.compile(r"\b(?:WHERE|ON|USING|HAVING)\b", re.IGNORECASE)
#: The log cuts its times off to milliseconds.
_CLOCK_GRAIN = timedelta(milliseconds=1)
#: Of errors of one attempt that are the same but for their data. Buildbot 3.11 sends an INSERT that is refused again at
#: once, hundreds of times a second and for ever.
_MOST_REPEATS = 20
#: What is refused before a statement is executed, so that the log may not have it as sent: it does not parse, or a
#: value is none of its type (manual, "Extended Query", and appendix A).
_UNSENT = ("42", "0A", "22P", "22003", "22007", "22008", "22021")
#: Of an answer, so much has room in a sentence.
_ANSWER_LENGTH = 200


@dataclass(frozen=True)
class Done:
    """An attempt and when it ran, by the clock that PostgreSQL's log shows too."""

    event: Attempted
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Assigned:
    """What was logged, sorted by the attempts that ran meanwhile.

    Args:
        attempts: With the statements that each of them was refused, in the order in which they ran.
        background: What was refused while no attempt ran through that replica.
    """

    attempts: tuple[Attempted, ...]
    background: tuple[SqlError, ...]


def assign_logged(
    logged: list[Logged], done: list[Done], *, complete: bool, background: Collection[str] = frozenset()
) -> Assigned:
    """Gives each refused statement to the attempt during which it happened.

    The log has milliseconds, in which one attempt may end and another begin: there the one has it that had a request
    under way; of several the first that failed and has none yet; else the first, since it takes a while until a request
    comes to a statement.

    Args:
        logged: What was sent and refused, in order.
        done: The attempts, in order.
        complete: Whether the log has every statement, so that it tells what went through in the end.
        background: Fingerprints of statements that are sent without a request too: they belong to no attempt.
    """
    mine: dict[int, list[SqlError]] = defaultdict(list)
    alone: list[SqlError] = []
    refused = [(item, item.error) for item in logged if item.error is not None]
    sequels = _Sequels(logged) if refused and complete else None
    for item, told in refused:
        during = [
            one
            for one in done
            if item.replica in one.event.replicas
            and _is_during(item.time, one)
            and fingerprint(item.statement) not in background
        ]
        during.sort(
            key=lambda one: (
                bool(one.event.exchanges) and not _exchanges(item.time, one),
                one.event.failure is None,
                one.event.failure is not None and id(one.event) in mine,
                one.began,
            )
        )
        retried = sequels.is_good(item, during[0] if during else None) if sequels is not None else None
        error = replace(told, retried=retried)
        if during:
            mine[id(during[0].event)].append(replace(error, exchange=_exchange(item.time, during[0])))
        else:
            alone.append(error)
    wrote = _count_writes(logged, done) if complete else {}
    attempts = (
        replace(one.event, sql=_without_repeats(mine[id(one.event)]), wrote=wrote.get(id(one.event), ()))
        for one in done
    )
    return Assigned(tuple(attempts), _without_repeats(alone))


def _count_writes(logged: list[Logged], done: list[Done]) -> dict[int, tuple[Wrote, ...]]:
    """What each attempt stored: the log has a statement when it is sent, and once more when it is refused."""
    sent: dict[tuple[str, int], tuple[str, Counter[tuple[int | None, str]], tuple[int | None, str]] | None] = {}
    found: dict[int, Counter[tuple[int | None, str]]] = defaultdict(Counter)
    for item in sorted(logged, key=lambda item: item.time):
        session = (item.replica, item.session)
        last = sent.pop(session, None)
        if item.error is not None:
            if last is not None and last[0] == item.statement and not item.error.sqlstate.startswith(_UNSENT):
                last[1][last[2]] -= 1
            continue
        during = [one for one in done if item.replica in one.event.replicas and _is_during(item.time, one)]
        if not during or not target(item.statement):
            continue
        one = min(during, key=lambda one: (not _exchanges(item.time, one), one.began))
        counts, key = found[id(one.event)], (_exchange(item.time, one), fingerprint(item.statement))
        counts[key] += 1
        sent[session] = (item.statement, counts, key)
    return {
        event: tuple(
            Wrote(exchange=index, target=target(text), statement=_digest(text), times=times)
            for (index, text), times in counts.items()
            if times
        )
        for event, counts in found.items()
    }


def _is_during(time: datetime, one: Done) -> bool:
    return one.began - _CLOCK_GRAIN < time <= one.ended


def _digest(text: str) -> str:
    """A statement in few letters: the journal has it with each attempt."""
    return sha256(text.encode()).hexdigest()[:8]


class _Sequels:
    """What became of the kinds of statements that a replica sent: an application may send one without end.

    Args:
        logged: What was sent and refused, in order.
    """

    def __init__(self, logged: list[Logged]) -> None:
        self._sent: dict[str, list[Logged]] = defaultdict(list)
        self._alike: dict[tuple[str, str], list[Logged]] = defaultdict(list)
        self._good: dict[tuple[str, str, int | None, frozenset[int]], bool] = {}
        for item in sorted(logged, key=lambda item: item.time):  # several sessions write it
            self._sent[item.replica].append(item)
            self._alike[item.replica, _kind(item.statement)].append(item)

    def is_good(self, refused: Logged, one: Done | None) -> bool:
        """Whether the application made up for a refusal.

        The last that was heard of such a statement, by the end of the attempt, is not that it was refused; what another
        request sent is not it, sent again. Or the row was there already, and the same request went on with its table.

        Args:
            refused: What was refused.
            one: The attempt during which that was; None where it was during none.
        """
        exchanges = _exchanges(refused.time, one) if one is not None else frozenset[int]()
        key = (refused.replica, _kind(refused.statement), id(one) if one is not None else None, exchanges)
        if key not in self._good:
            alike = self._until(self._alike[key[:2]], one)
            last = next((item for item in reversed(alike) if _is_of(item, one, exchanges)), refused)
            self._good[key] = last.error is None or self._goes_on(last, one, exchanges)
        return self._good[key]

    def _goes_on(self, refused: Logged, one: Done | None, exchanges: frozenset[int]) -> bool:
        """Whether the same request met the row that is there already."""
        if one is None or not exchanges or refused.error is None or refused.error.sqlstate != UNIQUE_VIOLATION:
            return False
        table = _table(refused.statement)
        sent = self._until(self._sent[refused.replica], one)
        begin = bisect_left(sent, refused.time, key=lambda item: item.time)
        behind = itertools.dropwhile(lambda item: item is not refused, sent[begin:])
        return any(
            item.error is None
            and mentions(item.statement, table)
            and _exchanges(item.time, one) & exchanges
            and _can_meet(item, table, refused.error.detail)
            for item in behind
        )

    def _until(self, items: list[Logged], one: Done | None) -> list[Logged]:
        """Those before the attempt ended."""
        return items if one is None else items[: bisect_right(items, one.ended, key=lambda item: item.time)]


def _can_meet(item: Logged, table: str, detail: str) -> bool:
    """Whether a statement can meet the row that has the key: it writes its table, or asks for the key or its values."""
    key = _KEY.match(detail)
    if key is None or _table(item.statement) == table:
        return True
    asked = _CONDITION.split(item.statement, maxsplit=1)[1:]
    if _small(find_words(key["columns"])) & _small(word for text in asked for word in find_words(text)):
        return True
    sent = f"{item.statement} {item.values}"
    return all("'{}'".format(value.replace("'", "''")) in sent for value in key["values"].split(", "))


def _small(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str.lower, words))


def _table(statement: str) -> str:
    """The table that a statement writes, without its schema."""
    return target(statement).rpartition(" ")[2].rpartition(".")[2].strip('"')


def _is_of(item: Logged, one: Done | None, exchanges: frozenset[int]) -> bool:
    """Whether a statement can be the same request's, or is no request's."""
    if one is None or not exchanges:
        return True
    found = _exchanges(item.time, one)
    return not found or bool(found & exchanges)


def _without_repeats(errors: list[SqlError]) -> tuple[SqlError, ...]:
    """The errors, each kind of them a few times: an application may be refused the same thousands of times."""
    seen: Counter[tuple[object, ...]] = Counter()
    kept = []
    for error in errors:
        kind = (error.replica, error.sqlstate, error.message, error.exchange, error.retried)
        seen[kind] += 1
        if seen[kind] <= _MOST_REPEATS:
            kept.append(error)
    return tuple(kept)


def _kind(statement: str) -> str:
    return target(statement) or fingerprint(statement)


def _exchange(time: datetime, one: Done) -> int | None:
    """Index of the exchange during which something happened; in the log's grain that may be two."""
    exchanges = one.event.exchanges
    return min(_exchanges(time, one), key=lambda index: (not is_server_error(exchanges[index]), index), default=None)


def _exchanges(time: datetime, one: Done) -> frozenset[int]:
    """Indices of all exchanges during which something may have happened."""
    found = []
    first = datetime.fromtimestamp(one.event.at, UTC) if one.event.at else one.began
    for index, exchange in enumerate(one.event.exchanges):
        began = first + timedelta(seconds=exchange.at_s)
        if began - _CLOCK_GRAIN < time <= began + timedelta(seconds=exchange.duration_s):
            found.append(index)
    return frozenset(found)


def say_unusable(event: Attempted) -> str:
    """Why a journey cannot be used, so that nothing which it says later would mean anything.

    Args:
        event: One of its attempts in the control run.

    Returns:
        It failed, or ended before its first yield; the empty string where it did neither.
    """
    if event.failure is not None:
        said = "; ".join(f"PostgreSQL {error.sqlstate}: {error.message}" for error in event.sql[:1])
        at = f" at {event.failure.where}" if event.failure.where else ""
        whose = event.cell.release or ReleaseName.OLD
        last = event.exchanges[-1] if event.exchanges else None
        if event.failure.kind == "http":  # the journey did not look at the answer, and went on
            last = next(filter(is_server_error, event.exchanges), last)
        return (
            f"the journey {event.journey} fails in the control run, on the {whose} release and its own schema "
            f"(step {event.number}, {event.replicas[-1]}){at}: {event.failure.kind}: {event.failure.text}"
            + (f"; {said}" if said else "")
            + (_say_request(last) if last is not None else "")
            + "; correct the journey or the release, since nothing after it would mean anything"
            + _say_log(event.log if last is not None and is_server_error(last) else ())
        )
    if event.ended and event.segment == 0:
        return (
            f"the journey {event.journey} ended before its first yield, so there is nothing to resume in a later "
            "state: yield between what it writes and what it reads"
        )
    return ""


def is_server_error(exchange: Exchange) -> bool:
    """Whether the replica's log may tell why: there is no answer, or one of a server's own errors (RFC 9110)."""
    return not exchange.status or exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _say_request(exchange: Exchange) -> str:
    """The request behind which it ended, and its answer, as much of it as has room in a sentence."""
    answer = " ".join(exchange.response.split())[:_ANSWER_LENGTH]
    return f"; the request was {exchange.method} {exchange.path} -> {exchange.status or 'no answer'} {answer}".rstrip()


def describe_failed_start(failed: ReplicaFailed) -> str:
    """Why a release that must start did not, with the end of its log."""
    return (
        f"the {failed.release} release does not start on its own schema ({failed.replica}, step {failed.number}): "
        f"{failed.reason}; see serve, env and ready in the settings" + _say_log(failed.log)
    )


def _say_log(log: Sequence[str]) -> str:
    """The end of a replica's log, on lines of its own."""
    return "\n  last lines of its log:" + "".join(f"\n    {line}" for line in log) if log else ""
