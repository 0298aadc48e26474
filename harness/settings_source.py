"""The text of a settings file: where in it each key stands, so that whatever is wrong is told with its line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from harness.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

#: Names of tables and a key, from the outermost to the innermost; in an array of tables, its number from 1.
KeyPath: TypeAlias = tuple[str, ...]

#: The project's file, in which the settings are a table among others.
PROJECT_NAME = "pyproject.toml"
PROJECT_TABLE: KeyPath = ("tool", "rolldeploy")

#: Some editors write it at the beginning of UTF-8; TOML 1.0 and ``tomllib`` know none there.
_BOM = "\ufeff"

#: TOML as far as keys can be told from values; comments match nothing that is looked at.
_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    | (?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
    | (?P<word>[^\s"'\#\[\]{},=.]+)
    | (?P<mark>[\[\]{},=\n])
    """,
    re.VERBOSE | re.DOTALL,
)


def has_settings(project: Path) -> bool:
    """Whether a ``pyproject.toml`` has a table for the settings; one that cannot be read has none."""
    try:
        text = project.read_text(encoding="utf-8")
        # Most files are none of ours: parsing them would cost every collected folder some milliseconds.
        tool = tomllib.loads(text).get("tool") if PROJECT_TABLE[-1] in text else None
    except (OSError, ValueError):
        return False
    return isinstance(tool, dict) and PROJECT_TABLE[-1] in tool


@dataclass(frozen=True)
class Source:
    """A settings file.

    Args:
        name: The file's name.
        prefix: The table in which the settings are.
        lines: Line numbers of all keys and headings.
        data: The settings, not checked yet.
        given: Where settings stand that were read from another file.
        unread: What was not understood of that file, by the keys that it may have meant.
    """

    name: str
    prefix: KeyPath
    lines: dict[KeyPath, int]
    data: dict[str, Any] = field(default_factory=dict)
    given: dict[KeyPath, str] = field(default_factory=dict)
    unread: dict[KeyPath, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Source:
        """Reads a file.

        Raises:
            SettingsError: It cannot be read, is no TOML, or has something else where the settings should be.
        """
        try:
            text = path.read_text(encoding="utf-8")
            if text.startswith(_BOM):
                raise SettingsError(f"{path} begins with a byte order mark: save it as UTF-8 without one")
            data: Any = tomllib.loads(text)
        except OSError as error:
            raise SettingsError(f"cannot read {path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is not valid TOML: {error}") from None
        prefix = PROJECT_TABLE if path.name == PROJECT_NAME else ()
        lines = key_lines(text)
        for depth, name in enumerate(prefix, start=1):
            data = data.get(name, {})
            if not isinstance(data, dict):
                raise cls(path.name, (), lines).refuse(prefix[:depth], "this should be a table")
        return cls(path.name, prefix, lines, data)

    def at(self, path: KeyPath) -> str:
        """``file, line N``: the line of a key, or of the innermost table around it that has one."""
        other = next((self.given[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.given), None)
        if other is not None:
            return other
        full = (*self.prefix, *path)
        line = next((self.lines[full[:n]] for n in range(len(full), 0, -1) if full[:n] in self.lines), 1)
        return f"{self.name}, line {line}"

    def get(self, path: KeyPath) -> Any:
        """What stands at a path; None where nothing does. Entries of an array are counted from 1."""
        value: Any = self.data
        for name in path:
            if isinstance(value, list) and name.isdecimal():
                value = value[int(name) - 1] if int(name) <= len(value) else None
            else:
                value = value.get(name) if isinstance(value, dict) else None
        return value

    def items(self, path: KeyPath) -> list[Any]:
        """The array of tables at a path; an empty one where there is none."""
        value = self.get(path)
        return value if isinstance(value, list) else []

    def table(self, path: KeyPath) -> dict[str, Any]:
        """The table at a path; an empty one where there is none."""
        value = self.get(path)
        return value if isinstance(value, dict) else {}

    def refuse(self, path: KeyPath, sentence: str, *, at: KeyPath = ()) -> SettingsError:
        """An error about the value at a path.

        Args:
            path: Where it stands.
            sentence: What is wrong with it.
            at: The key whose line is told, where that is another one.
        """
        return SettingsError(f"{self.at(at or path)}, {'.'.join(path)}: {sentence}")

    def refuse_unknown(self, what: str, path: KeyPath, known: Collection[str]) -> SettingsError:
        """An error about the last name of a path, with what it could have been.

        Args:
            what: ``key``, ``actor``.
            path: Where it stands.
            known: The names that are known there.
        """
        *table, name = path
        near = difflib.get_close_matches(name, known, n=1)
        guess = f" - did you mean '{near[0]}'?" if near else ""
        where = f" in [{'.'.join((*self.prefix, *table))}]" if table else ""
        return SettingsError(
            f"unknown {what} '{name}'{where}: {self.at(path)}{guess} (known: {', '.join(sorted(known))})"
        )

    def check_texts(self) -> None:
        """Refuses NUL, which ends each word and variable that a process gets, and each path (POSIX, exec and open)."""
        for path, text in _texts(self.data, ()):
            if "\0" in text:
                raise self.refuse(path, "no command, variable or path can have a NUL (\\u0000): take it out")

    def check_keys(self, path: KeyPath, struct: type[msgspec.Struct]) -> None:
        """Refuses keys that a table does not have; what is no table is refused by :meth:`convert`."""
        known = struct.__struct_fields__
        for key in self.table(path):
            if key not in known:
                raise self.refuse_unknown("key", (*path, key), known)

    def convert(self, path: KeyPath, kind: Any) -> Any:
        """The value at a path as a type.

        Raises:
            SettingsError: It is of another type.
        """
        try:
            return msgspec.convert(self.get(path), kind)
        except msgspec.ValidationError as error:
            # "Expected `int`, got `str` - at `$.strategy.replicas`", without the end where the value itself is meant.
            message, _, trail = str(error).partition(" - at `$")
            # TOML has tables and no null; the type in question comes first.
            wanted, comma, found = message.partition("`, ")
            wanted = wanted.replace(" | null", "").replace("object", "table")
            message = wanted[:1].lower() + wanted[1:] + comma + found.replace("object", "table")
            raise self.refuse(self._follow(path, trail), message) from None

    def _follow(self, path: KeyPath, trail: str) -> KeyPath:
        """A path and what ``msgspec`` puts behind it: ``.task[0].name``; numbers count in arrays of tables alone.

        In a table whose keys are free it says ``[...]`` instead of the key, and the table is all that can be named.
        """
        for name, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", trail):
            number = str(int(index) + 1) if index else ""
            if name or (*self.prefix, *path, number) in self.lines:
                path = (*path, name or number)
        return path


def _texts(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """All texts in a value, and where they stand."""
    match value:
        case str():
            yield path, value
        case dict():
            for name, item in value.items():
                yield from _texts(item, (*path, name))
        case list():
            for number, item in enumerate(value, start=1):
                yield from _texts(item, (*path, str(number)))
        case _:
            pass


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line numbers of the keys and headings of a text that is valid TOML, those of inline tables among them."""
    scan = _Scan()
    for token in _TOKEN.finditer(text):
        if scan.in_key:
            scan.read_key(token, text.count("\n", 0, token.start()) + 1)
        else:
            scan.skip_value(token["mark"])
    return scan.lines


class _Scan:
    """Goes through the tokens of a text, and keeps the lines of its keys."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.in_key = True
        self._key: KeyPath = ()
        self._path: KeyPath = ()
        #: How many brackets opened the heading; and how many tables each array has so far.
        self._brackets = 0
        self._arrays: Counter[KeyPath] = Counter()
        #: The table of the last heading, and inside it an inline table or None, an array, for each open bracket.
        self._around: list[KeyPath | None] = [()]

    def read_key(self, token: re.Match[str], line: int) -> None:
        """Takes a token of a key or a heading."""
        mark = token["mark"]
        if token["string"]:
            self._key += (tomllib.loads(f"key = {token[0]}")["key"],)
        elif token["word"]:
            self._key += (token[0],)
        elif mark == "[":
            self._around = [()]
            self._brackets += 1
        elif mark == "}":
            self._close()
        elif self._key and mark in {"=", "]"}:
            self._path, self._key = (*(self._around[-1] or ()), *self._key), ()
            numbered = self._number(self._path, line)
            for depth in range(1, len(numbered)):
                self.lines.setdefault(numbered[:depth], line)
            self.lines[numbered] = line
            self.in_key = mark == "]"
            if mark == "]":
                self._around = [self._path]
                self._brackets = 0

    def _number(self, path: KeyPath, line: int) -> KeyPath:
        """The same with the number of the table behind the name of each array of tables."""
        found: KeyPath = ()
        for depth, name in enumerate(path, start=1):
            found = (*found, name)
            if self._brackets > 1 and depth == len(path):  # [[name]] begins another one
                self._arrays[found] += 1
                self.lines.setdefault(found, line)
            if self._arrays[found]:
                found = (*found, str(self._arrays[found]))
        return found

    def skip_value(self, mark: str | None) -> None:
        """Takes a token of a value."""
        if mark in {"{", "["}:
            self._around.append(self._path if mark == "{" else None)
            self.in_key = mark == "{"
        elif mark in {"}", "]"}:
            self._close()
        elif (mark == "," and self._around[-1] is not None) or (mark == "\n" and len(self._around) == 1):
            self.in_key = True

    def _close(self) -> None:
        self._around.pop()
        self.in_key = False
