"""Whether the old release's own statements met what a step changed: silence about the rest is no safety."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from harness.model.events import SchemaChanged
from harness.model.named import find_named
from harness.model.observed import Filed, Sent
from harness.model.release import ReleaseName
from harness.model.schema import Deed, ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model.events import Event

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
    """

    text: str
    by_journeys: bool
    by_file: bool | None = None
    nearest: tuple[str, ...] = ()

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
    """

    met: tuple[Met, ...] = ()
    found_nothing: bool = False
    whose: str = "the old release"
    journeys: frozenset[str] = frozenset()

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
            return f"no statement of {self.whose} touches what the step changed: {self.describe_untouched()}"
        if not self.met and self.found_nothing:
            return "the migration writes rows, and found none to write: the journeys make no data for it"
        return ""

    def describe_untouched(self) -> str:
        """What was not met, and who comes nearest; or the empty string."""
        told = []
        for item in self.met:
            if item.by_journeys:
                continue
            if item.by_file:
                told.append(f"{item.text} (statements of the file touch it)")
            elif item.by_file is False:
                told.append(f"{item.text} (nor does any statement of the file)")
            elif item.nearest:
                told.append(f"{item.text} (nearest: {', '.join(item.nearest[:_MOST_NAMED])})")
            else:
                told.append(item.text)
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
    journeys: dict[str, set[str]] = defaultdict(set)
    filed: set[str] | None = None
    told = False
    for event in events:
        match event:
            case Sent(release=sender, journey=journey, statements=statements) if sender == release:
                told = True
                for word in _words(statements):
                    journeys[word].add(journey)
            case Filed(statements=statements) if release == ReleaseName.OLD:
                filed = _words(statements)
            case _:
                pass
    if not told:
        return {}
    whose = f"the {release} release" if release in set(ReleaseName) else release
    is_new = release == ReleaseName.NEW
    return {
        event.label: replace(
            _cover_step(_of_new(event) if is_new else _of_others(event), journeys, filed),
            whose=whose,
            found_nothing=not is_new and bool(event.writes) and not event.written,
        )
        for event in events
        if isinstance(event, SchemaChanged)
    }


#: What was done, by which names it is met, and which are near those.
_Thing: TypeAlias = tuple[str, tuple[str, ...], tuple[str, ...]]
_TABLES = frozenset({ObjectKind.TABLE, ObjectKind.VIEW})


def _of_others(event: SchemaChanged) -> list[_Thing]:
    """What a release can meet that knows nothing of the step: what was done to things that it knows."""
    things = [(change.text, change.touched_by, change.near) for change in event.changes if change.touched_by]
    added = {change.name for change in event.changes if change.deed is Deed.ADDED and change.kind in _TABLES}
    things += [(f"wrote {rows} rows of {table}", (table,), ()) for table, rows in event.written if table not in added]
    return things


def _of_new(event: SchemaChanged) -> list[_Thing]:
    """What the new release can meet: what is there behind the step; what is gone it is not to ask for any more.

    Nor for rows: those that were written may be gone.
    """
    there = [change for change in event.changes if change.deed is not Deed.DROPPED]
    renamed = {c.name: c.names for c in there if c.deed is Deed.RENAMED and not c.owners}  # before and behind it
    known = [(c.text, (*c.touched_by, *renamed.get(c.name, ())), c.near) for c in there if c.touched_by]
    made = [(c.text, c.names, ()) for c in there if not c.touched_by and c.deed is Deed.ADDED and c.kind in _TABLES]
    return known + made


def _cover_step(things: list[_Thing], journeys: Mapping[str, set[str]], filed: set[str] | None) -> Coverage:
    met = []
    meeting: set[str] = set()
    for text, names, near in things:
        bare = {name.rpartition(".")[2] for name in names}
        found = {journey for name in bare for journey in journeys.get(name, ())}
        meeting |= found
        nearest = {who for name in near for who in journeys.get(name, ()) if who}
        met.append(
            Met(
                text=text,
                by_journeys=bool(found),
                by_file=None if filed is None else bool(bare & filed),
                nearest=() if found else tuple(sorted(nearest)),
            )
        )
    return Coverage(met=tuple(met), journeys=frozenset(meeting))


def _words(statements: Iterable[str]) -> set[str]:
    return {name for statement in statements for name in find_named(statement).met}
