"""Reads ``[[chain]]``: more than two releases that follow one another, each two of which are rehearsed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.model.cell import BASE, ROLLOUT
from harness.model.release import ReleaseName
from harness.model.settings import Pair
from harness.settings_release import read_release
from harness.settings_tables import TABLES, ChainTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import msgspec

    from harness.model.release import Release
    from harness.model.settings import Expected, Settings
    from harness.settings_source import KeyPath, Source
    from harness.settings_tables import SettingsFile

_CHAIN, _TASK = "chain", "task"
#: What can stand in the name of a role, a file and a test item; two names never make one pair of another.
_NAME = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
#: Beside prefix, database and number in the name of a role, of which PostgreSQL keeps 63 bytes.
_NAME_LENGTH = 24
#: Two releases would be the same settings without an array of tables.
_FEWEST = 2
#: What every pair of a chain has, so that a name alone would not say which.
_EVERYWHERE = (ROLLOUT, BASE, "*")


def refuse_array(source: Source) -> None:
    """Says what is meant by ``[[release]]`` and ``[task]``: TOML lets a file have either form of each.

    Raises:
        SettingsError: There is one.
    """
    if source.get((_TASK,)) is not None and not isinstance(source.get((_TASK,)), list):
        raise source.refuse((_TASK,), "it is an array: write [[task]] above each task")
    if isinstance(source.get(("release",)), list):
        sentence = "what all releases share stands in [release]; write each release of a chain into a [[chain]]"
        raise source.refuse(("release",), sentence)


def headings(source: Source) -> Iterator[tuple[KeyPath, type[msgspec.Struct]]]:
    """Every table whose keys are known, entry by entry where it is an array.

    Raises:
        SettingsError: The chain is no array of tables.
    """
    for table, struct in TABLES.items():
        if table != _CHAIN:
            yield (table,), struct
    entries = source.get((_CHAIN,))
    if entries is None:
        return
    if not isinstance(entries, list):
        raise source.refuse((_CHAIN,), "it is an array: write [[chain]] above each release")
    for number in range(1, len(entries) + 1):
        path = (_CHAIN, str(number))
        yield path, ChainTable
        source.convert(path, ChainTable)


def read_chain(
    source: Source,
    file: SettingsFile,
    folder: Path,
    make: Callable[[tuple[Release, Release]], Settings],
    expected: tuple[Expected, ...],
) -> tuple[Settings, ...]:
    """The settings of each two releases of a chain that follow one another.

    Args:
        source: The file, for what is to be said of it.
        file: The same, converted.
        folder: Where it is.
        make: Makes the settings of two releases.
        expected: What the file expects of any of them.

    Raises:
        SettingsError: The chain is none, or it is not clear which pair something is said of.
    """

    def read(index: int, name: str) -> Release:
        return read_release(source, name, file.release, file.chain[index], folder, heading=(_CHAIN, str(index + 1)))

    names = tuple(_names(source, file))
    _check(source, file)
    pairs = [f"{old}..{new}" for old, new in pairwise(names)]
    assigned = tuple(_assign(source, item, pairs) for item in expected)
    chain = []
    for index, (old, new) in enumerate(pairwise(names)):
        earlier = tuple(read(number, name) for number, name in enumerate(names[:index]))
        settings = make((read(index, ReleaseName.OLD), read(index + 1, ReleaseName.NEW)))
        pair = Pair(earlier=earlier, old=old, new=new)
        mine = tuple(item for item in assigned if item.pair in {"", str(pair)})
        chain.append(replace(settings, name=f"{settings.name}/{pair}", pair=pair, expect=mine))
    return tuple(chain)


def _names(source: Source, file: SettingsFile) -> Iterator[str]:
    """What the releases are called."""
    known: dict[str, str] = {}
    for number, entry in enumerate(file.chain, start=1):
        path, name = (_CHAIN, str(number), "name"), entry.name
        if name is None:
            raise source.refuse(path, 'missing: what the release is called in reports, e.g. name = "v1"')
        if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
            sentence = f"'{name}' is no name like v1 or 2024-05: up to {_NAME_LENGTH} lower-case letters, digits, . _ -"
            raise source.refuse(path, sentence)
        if name in set(ReleaseName):
            raise source.refuse(path, f"'{name}' is what reports call one of each two releases; name it otherwise")
        plain = re.sub(r"[._-]", "_", name)  # as in the name of a role
        if plain in known:
            alike = "is the name of another release" if known[plain] == name else f"is too like '{known[plain]}'"
            raise source.refuse(path, f"'{name}' {alike} of the chain; give each a name of its own")
        known[plain] = name
        yield name


def _check(source: Source, file: SettingsFile) -> None:
    """Refuses what cannot be a chain."""
    if len(file.chain) < _FEWEST:
        raise source.refuse((_CHAIN, "1"), "one release is no chain: there is nothing that it replaces; add the next")
    for table in ReleaseName:
        if source.get((table,)) is not None:
            raise source.refuse((table,), "with [[chain]] each release but the last is old once: take this table out")
    sources: dict[str, str | None] = {}
    for number, entry in enumerate(file.chain, start=1):
        if entry.source is not None and entry.source in sources:
            sentence = f"'{entry.source}' is the source of {sources[entry.source]} too: nothing changes between them"
            raise source.refuse((_CHAIN, str(number), "source"), sentence)
        sources[entry.source or ""] = entry.name
    if file.migrations.steps:
        sentence = "with [[chain]] nobody knows which steps lead to which release; let the releases say it"
        raise source.refuse(("migrations", "steps"), sentence)
    if file.task:
        sentence = "with [[chain]] nobody knows between which releases it is run; rehearse these two by [old] and [new]"
        raise source.refuse(("task", "1"), sentence)


def _assign(source: Source, item: Expected, pairs: list[str]) -> Expected:
    """Says which pair an expectation is of; a revision is of one pair alone, so that it needs no more."""
    for pair in pairs:
        if item.step.startswith(f"{pair}-"):
            return replace(item, pair=pair, step=item.step.removeprefix(f"{pair}-"))
    if item.step in _EVERYWHERE:
        written = f'[expect."{pairs[-1]}-{item.step}"]'
        raise source.refuse(("expect", item.step), f"each pair of the chain has it: say which, as in {written}")
    return item
