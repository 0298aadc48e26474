"""Reads the file of waivers, and says in one sentence what is wrong with an entry, and where."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import SettingsError
from harness.model.cell import Actor, Status
from harness.model.waiver import MATCH_KEYS, Waiver
from harness.settings_source import Source

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from harness.settings_source import KeyPath

_TABLE = "waiver"
_HEADING = re.compile(r"^[ \t]*\[\[[ \t]*waiver[ \t]*\]\]", re.MULTILINE)
#: Five digits or capital letters (PostgreSQL's manual, appendix A).
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_FINDING = re.compile(r"[0-9a-f]{12}")
#: Who has no items that could fail: where the control run fails, the rehearsal is stopped.
_NEVER_FAILS = frozenset({Actor.CONTROL, Actor.EARLIER})
#: What a check does not have; a waiver that names it too would match nothing.
_OF_JOURNEYS = ("actor", "journey", "status")


class WaiverTable(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of each ``[[waiver]]``."""

    reason: str = ""
    owner: str = ""
    step: str = ""
    actor: str = ""
    journey: str = ""
    sqlstate: str = ""
    check: str = ""
    finding: str = ""
    status: str = ""
    until: Any = None
    until_revision: str = ""


class WaiversFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    waiver: list[WaiverTable] = []


def read_waivers(path: Path, checks: Collection[str]) -> tuple[Waiver, ...]:
    """All waivers of a file.

    Args:
        path: The file.
        checks: Names of all checks.

    Raises:
        SettingsError: It cannot be read, or an entry has no meaning; the text names file, line, entry and remedy.
    """
    try:
        source = Source.read(path)
    except SettingsError as error:
        raise SettingsError(f"{error}{_say_entry(path)}") from None
    source.check_keys((), WaiversFile)
    entries = source.get((_TABLE,))
    if entries is not None and not isinstance(entries, list):
        raise source.refuse((_TABLE,), "it is an array: write [[waiver]], with two brackets, above each entry")
    return tuple(_read(source, (_TABLE, str(number)), checks) for number in range(1, len(entries or ()) + 1))


def _say_entry(path: Path) -> str:
    """Which entry of a file is not valid TOML, a date that does not exist say; nothing where there is no file."""
    try:
        parts = _HEADING.split(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
    for number in range(len(parts)):
        try:
            tomllib.loads("[[waiver]]".join(parts[: number + 1]))
        except tomllib.TOMLDecodeError:
            return f", in [[waiver]] {number}" if number else ""
    return ""


def _read(source: Source, path: KeyPath, checks: Collection[str]) -> Waiver:
    """One entry."""
    if not isinstance(source.get(path), dict):
        raise source.refuse(path, "an entry is a table: write [[waiver]] above it")
    source.check_keys(path, WaiverTable)
    table: WaiverTable = source.convert(path, WaiverTable)
    for key in source.table(path):
        value = getattr(table, key)
        if isinstance(value, str) and key != "until" and not value.strip():
            raise source.refuse((*path, key), "it is empty: say something, or take the key out")
    for key, what in (("reason", "why the finding is accepted"), ("owner", "who answers for it")):
        if not getattr(table, key):
            raise source.refuse((*path, key), f"missing: {what}")
    if not any(getattr(table, key) for key in MATCH_KEYS):
        raise source.refuse(path, f"it would accept every finding: say which, by one of {', '.join(MATCH_KEYS)}")
    _check_values(source, path, table, checks)
    fields: dict[str, Any] = {name: getattr(table, name) for name in WaiverTable.__struct_fields__}
    told = {key: _read_line(source, (*path, key), fields[key]) for key in ("reason", "owner")}
    return Waiver(**{**fields, **told, "number": int(path[-1]), "until": _read_day(source, path, table.until)})


def _read_line(source: Source, path: KeyPath, text: str) -> str:
    """What reports tell in one line: white space folded, and nothing in it that moves a terminal's cursor."""
    line = " ".join(text.split())
    if not line.isprintable():
        first = next(letter for letter in line if not letter.isprintable())
        raise source.refuse(path, f"U+{ord(first):04X} in it cannot be printed: take it out")
    return line


def _check_values(source: Source, path: KeyPath, table: WaiverTable, checks: Collection[str]) -> None:
    """Refuses what could match nothing."""
    actors = sorted(set(Actor) - _NEVER_FAILS)
    for key, value, known in (
        ("actor", table.actor, actors),
        ("check", table.check, checks),
        ("status", table.status, (Status.FAIL, Status.TRANSIENT)),
    ):
        if value and value not in known:
            raise source.refuse((*path, key), f"'{value}' is none of {', '.join(sorted(known))}")
    both = next((key for key in _OF_JOURNEYS if getattr(table, key)), "")
    if table.check and both:
        raise source.refuse((*path, both), f"a check has no {both}, so that nothing would match both: take one out")
    if table.sqlstate and not _SQLSTATE.fullmatch(table.sqlstate):
        sentence = f"'{table.sqlstate}' is no SQLSTATE like 42703: five digits or capital letters"
        raise source.refuse((*path, "sqlstate"), sentence)
    if table.finding and not _FINDING.fullmatch(table.finding):
        sentence = f"'{table.finding}' is no id of a finding: 12 letters and digits, as reports show it"
        raise source.refuse((*path, "finding"), sentence)


def _read_day(source: Source, path: KeyPath, value: Any) -> str:
    """The last day of a waiver; the empty string where it has none."""
    if value is None:
        return ""
    if type(value) is not dt.date:  # a datetime is one too, by inheritance
        sentence = f"'{value}' is no day: write it as TOML's dates, without quotation marks, like until = 2026-12-31"
        raise source.refuse((*path, "until"), sentence)
    return value.isoformat()
