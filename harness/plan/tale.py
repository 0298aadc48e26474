"""What a schedule came to, and the numbered story of it that a person reads aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from harness.model.exchange import RUN, SQL
from harness.plan.conduct import release_of
from harness.plan.schedule import (
    Crash,
    KillMigrator,
    Migrate,
    Restart,
    Resume,
    RollBack,
    RollForward,
    RunTask,
    Start,
    StartReplica,
    StopReplica,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model.exchange import Exchange
    from harness.plan.schedule import Action

#: Of a body, so much stands in a line that is read aloud.
_BODY_LENGTH = 100


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What went wrong.

    Args:
        kind: ``assertion``, ``http``, ``migration``, ``task``, ``start``, ``invariant``, ``backwards``, ``lost`` or
            ``drift``.
        who: The journey, step, task, replica or invariant.
        text: In words.
        where: The author's line, where there is one: ``test_shop.py:25``.
        source: What stands there.
    """

    kind: str
    who: str
    text: str
    where: str = ""
    source: str = ""

    @property
    def signature(self) -> tuple[str, str, str]:
        """What makes two of them the same finding."""
        return (self.kind, self.who, self.where)

    @property
    def sentence(self) -> str:
        """In one line."""
        place = f"{self.where}: {self.source}" if self.source else self.where
        at = f" ({place})" if place and self.kind != "drift" else ""  # where a value drifted its text says already
        return f"{self.who}: {' '.join(self.text.split())}{at}"


@dataclass(frozen=True, kw_only=True)
class Told:
    """One action, and what it came to.

    Args:
        number: Its place in the schedule, from 1.
        action: What was done.
        exchanges: Requests and responses.
        sqlstates: PostgreSQL's codes of what it refused meanwhile, where that was looked up.
        trouble: What went wrong; the story ends there.
        missed: Whether a migrator that was to be killed came to its end before.
    """

    number: int
    action: Action
    exchanges: tuple[Exchange, ...] = ()
    sqlstates: tuple[str, ...] = ()
    trouble: Trouble | None = None
    missed: bool = False


@dataclass(frozen=True, kw_only=True)
class Tale:
    """All of it.

    Args:
        told: One for each action up to the trouble.
        excused: Why nothing is said of what it ended with: the trouble, and whoever alone comes to it as well.
    """

    told: tuple[Told, ...] = ()
    excused: str = ""

    @property
    def trouble(self) -> Trouble | None:
        """What went wrong in the end, or None."""
        return next((item.trouble for item in self.told if item.trouble is not None), None)

    @property
    def answered(self) -> frozenset[str]:
        """Releases of which a replica answered a request."""
        exchanges = (exchange for item in self.told for exchange in item.exchanges)
        return frozenset(release_of(exchange.replica) for exchange in exchanges if exchange.status is not None)

    @property
    def last_trouble(self) -> Trouble | None:
        """What became of the last action."""
        return self.told[-1].trouble if self.told else None


def render_tale(tale: Tale) -> list[str]:
    """The story, a line for each request and each deploy event, and one for how it ends.

    Args:
        tale: What happened.
    """
    copies = {item.action.copy for item in tale.told if isinstance(item.action, Start)}
    lines = [f"{item.number} {text}" for item in tale.told for text in _lines(item, several=len(copies) > 1)]
    if tale.trouble is not None:
        lines.append(f"so {tale.trouble.sentence}")
    return lines


def _lines(item: Told, *, several: bool) -> Iterator[str]:
    match item.action:
        case Start(copy=copy, replica=replica) | Resume(copy=copy, replica=replica):
            whose = f"  (copy {copy})" if several else ""
            if not item.exchanges:
                yield f"{replica}: no request{whose}"
            for exchange in item.exchanges:
                yield f"{exchange.replica}: {_describe(exchange, item.sqlstates)}{whose}"
        case action:
            codes = " ".join(["", *item.sqlstates])
            failed = f" -> failed{codes}" if item.trouble is not None and item.trouble.kind in _OWN else ""
            yield describe(action) + failed + (" -> it came to its end before" if item.missed else "")


#: Troubles that an event of the deployment has by itself.
_OWN = frozenset({"migration", "task", "start"})


def _describe(exchange: Exchange, sqlstates: Iterable[str]) -> str:
    sent = f" {_shorten(exchange.request)}" if exchange.request else ""
    if exchange.method in {SQL, RUN}:
        came = "no answer" if exchange.status is None else "ok" if exchange.status == 0 else f"failed {exchange.status}"
    else:
        came = "no answer" if exchange.status is None else str(exchange.status)
    codes = "".join(f" {code}" for code in sqlstates) if exchange.is_bad else ""
    got = f" {_shorten(exchange.response)}" if exchange.response and not codes else ""
    return f"{exchange.method} {exchange.path}{sent} -> {came}{codes}{got}"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _BODY_LENGTH else f"{line[:_BODY_LENGTH]}..."


def describe(action: Action) -> str:  # noqa: C901, PLR0911  one line for each kind of action
    """An action in words."""
    match action:
        case Start(journey=journey, replica=replica):
            return f"{replica}: {journey} begins"
        case Resume(copy=copy, replica=replica):
            return f"{replica}: copy {copy} goes on"
        case Migrate(step=step):
            return f"migrate {step}"
        case KillMigrator(step=step, point=point):
            return f"migrate {step}, killed at its commit {point}"
        case StartReplica(replica=replica):
            return f"start {replica}"
        case StopReplica(replica=replica):
            return f"stop {replica}"
        case Crash(replica=replica):
            return f"{replica} crashes"
        case Restart(replica=replica):
            return f"restart {replica}"
        case RollForward():
            return "roll forward: the new release alone serves"
        case RollBack():
            return "roll back: the old release alone serves"
        case RunTask(task=task):
            return f"run the task {task}"
        case _:
            assert_never(action)
