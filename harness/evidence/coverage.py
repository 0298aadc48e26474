"""Whether the old release's own statements met what a step changed: silence about the rest is no safety."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.evidence.things import Made, Thing, Way, find_things, find_things_of_new, find_unseen, trace_made
from harness.model.acting import Command
from harness.model.events import SchemaChanged
from harness.model.named import find_named
from harness.model.observed import Filed, Sent
from harness.model.release import ReleaseName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from harness.model.events import Event

_STORING = frozenset({Command.INSERT, Command.UPDATE})
_REMOVING = frozenset({Command.UPDATE, Command.DELETE, Command.TRUNCATE})
_WRITING = frozenset({Way.STORE, Way.WRITE})
#: Of the journeys that come near, so many are named.
_MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Met:
    """One thing that a step did, and who met it.

    Args:
        text: What it did, in words.
        by_journeys: Whether a statement that was sent names it.
        by_file: Whether a statement of the user's file names it; None where there is no such file.
        nearest: Journeys that touch what foreign keys connect with it, where none touches it.
        only_read: Tables of which statements read rows, where only one that writes them meets it.
        asked: Commands by which alone it is met, in words.
    """

    text: str
    by_journeys: bool
    by_file: bool | None = None
    nearest: tuple[str, ...] = ()
    only_read: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Whether anything can be said of it: it was met, or all that production sends is known and passes it by."""
        return self.by_journeys or self.by_file is False


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of what a step did to things that were there before was met.

    Args:
        met: Everything that an old statement could meet.
        found_nothing: Whether the migration wrote rows, or meant to, and there were none.
        whose: Whose statements were asked for, as in a sentence.
        journeys: Those that met something of it; the empty string where that was sent outside of them all.
        is_unseen: Whether the schema shows nothing of it; then it is what the statements say.
    """

    met: tuple[Met, ...] = ()
    found_nothing: bool = False
    whose: str = "the old release"
    journeys: frozenset[str] = frozenset()
    is_unseen: bool = False

    def is_met_by(self, journey: str) -> bool:
        """Whether what a journey does says something of the step; all do where nothing can be met.

        Args:
            journey: Its name.
        """
        passed_by = any(item.by_file is False for item in self.met)
        return not self.met or passed_by or bool(self.journeys & {journey, ""})

    @property
    def touched(self) -> int:
        """How many were met."""
        return sum(item.by_journeys for item in self.met)

    @property
    def untested(self) -> str:
        """Why a pass means nothing there, in one sentence; or the empty string."""
        if self.met and not any(item.is_clear for item in self.met):
            untouched = self.describe_untouched()
            if self.is_unseen:
                return (
                    "what it changed is nothing that is compared, so that nobody knows who met it, and no statement of "
                    f"{self.whose} names it: {untouched}"
                )
            if all(item.only_read for item in self.met):
                tables = ", ".join(dict.fromkeys(name for item in self.met for name in item.only_read))
                return f"no statement of {self.whose} writes to {tables}, and only that meets the change: {untouched}"
            return f"no statement of {self.whose} touches what the step changed: {untouched}"
        if not self.met and self.found_nothing:
            return "the migration writes rows, and found none to write: the journeys make no data for it"
        return ""

    def describe_untouched(self) -> str:
        """What was not met, and who comes nearest; or the empty string."""
        told = []
        for item in self.met:
            if item.by_journeys:
                continue
            text = item.text + (f" (only {' or '.join(item.asked)} meets it)" if item.asked else "")
            if item.by_file:
                told.append(f"{text} (statements of the file touch it)")
            elif item.by_file is False:
                told.append(f"{text} (nor does any statement of the file)")
            elif item.nearest:
                told.append(f"{text} (nearest: {', '.join(item.nearest[:_MOST_NAMED])})")
            else:
                told.append(text)
        return "; ".join(told)


def cover(events: Iterable[Event], release: str = ReleaseName.OLD) -> dict[str, Coverage]:
    """The coverage of every step that was applied.

    Args:
        events: What happened.
        release: Whose statements are asked for; the user's file is of those that the old one sends.

    Returns:
        By the steps' labels; empty where PostgreSQL's log does not tell what was sent.
    """
    events = tuple(events)
    sent = [event for event in events if isinstance(event, Sent) and event.release == release]
    if not sent:
        return {}
    senders = _senders(sent)
    files = [event.statements for event in events if isinstance(event, Filed) and release == ReleaseName.OLD]
    filed = _Senders(("", statement) for statement in files[-1]) if files else None
    whose = f"the {release} release" if release in set(ReleaseName) else release
    is_new = release == ReleaseName.NEW
    former = _senders(event for event in events if isinstance(event, Sent) and event.release == ReleaseName.OLD)
    changed = [event for event in events if isinstance(event, SchemaChanged)]
    made = {} if is_new else {label: _unknown(one, senders, filed) for label, one in trace_made(changed).items()}
    return {
        event.label: replace(
            _cover_things(
                (*_without_left_off(find_things_of_new(event), senders, former), *find_unseen(event))
                if is_new
                else (*find_things(event, made[event.label]), *find_unseen(event, made[event.label])),
                senders,
                filed,
            ),
            whose=whose,
            found_nothing=not is_new and bool(event.writes) and not event.written,
            is_unseen=not event.changes and not event.written,
        )
        for event in changed
    }


def _unknown(made: Made, *asked: _Senders | None) -> Made:
    """What earlier steps made without what statements name all the same: a name that was taken, or looked for."""
    return replace(
        made,
        names=frozenset(name for name in made.names if not any(one.naming([name]) for one in asked if one is not None)),
    )


def _senders(sent: Iterable[Sent]) -> _Senders:
    return _Senders((event.journey, statement) for event in sent for statement in event.statements)


def _without_left_off(things: Iterable[Thing], senders: _Senders, former: _Senders) -> Iterator[Thing]:
    """What the new release can meet, but for what it has left off using, as it is to before such a step.

    By the very journeys in which the old release uses it: they show that what they ask for does without it now.
    """
    for thing in things:
        by = former.of(thing)
        if not (thing.stays and by and by <= senders.journeys - {""} and not senders.of(thing)):
            yield thing


class _Senders:
    """Which journeys sent statements that name something; the empty string for those outside of them all.

    Args:
        whose: Pairs of a journey and a statement.
    """

    def __init__(self, whose: Iterable[tuple[str, str]]) -> None:
        self._met: dict[str, set[str]] = defaultdict(set)
        self._used: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.journeys: set[str] = set()
        for journey, statement in whose:
            self.journeys.add(journey)
            named = find_named(statement)
            for name in named.met:
                self._met[name].add(journey)
            for command, name in named.used:
                self._used[command][name].add(journey)

    def of(self, thing: Thing) -> set[str]:
        """Who met a thing."""
        return self._meeting(thing) | self._using(_STORING, thing.children)

    def _meeting(self, thing: Thing) -> set[str]:
        match thing.way:
            case Way.ANY:
                return self.naming(thing.names)
            case Way.STORE:
                return self._using(_STORING, thing.names) | self._using(_REMOVING, thing.parents)
            case Way.WRITE:
                return self._using(_STORING | _REMOVING, thing.names)
            case Way.COMMAND:
                return {one for command, names in thing.met_by for one in self._using({command}, names)}

    def _using(self, commands: Collection[str], names: Iterable[str]) -> set[str]:
        names = tuple(names)
        return {one for command in commands for one in _look_up(self._used[command], names)}

    def naming(self, names: Iterable[str]) -> set[str]:
        """Who names something of these in any way."""
        return _look_up(self._met, names)

    def only_read(self, thing: Thing) -> tuple[str, ...]:
        """What of a thing was named, though not by one that writes."""
        return tuple(name for name in thing.names if self.naming([name])) if thing.way in _WRITING else ()


def _look_up(places: dict[str, set[str]], names: Iterable[str]) -> set[str]:
    return {journey for name in names for journey in places.get(name.rpartition(".")[2], ())}


def _cover_things(things: Iterable[Thing], senders: _Senders, filed: _Senders | None) -> Coverage:
    met = []
    meeting: set[str] = set()
    for thing in things:
        found = senders.of(thing)
        meeting |= found
        met.append(
            Met(
                text=thing.text,
                by_journeys=bool(found),
                by_file=bool(filed.of(thing)) if filed is not None and (thing.names or thing.parents) else None,
                nearest=() if found else tuple(sorted(filter(None, senders.naming(thing.near)))),
                only_read=() if found else senders.only_read(thing),
                asked=() if found else thing.asked,
            )
        )
    return Coverage(met=tuple(met), journeys=frozenset(meeting))
