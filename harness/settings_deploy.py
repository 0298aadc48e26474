"""Settings out of the file that the deployment is described by: beneath those of ``rolldeploy.toml``, which win."""

from __future__ import annotations

import copy
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.deploy.compose import read_compose
from harness.deploy.kubernetes import Choice, read_kubernetes
from harness.deploy.procfile import read_procfile
from harness.deploy.toml_text import toml_key, toml_value
from harness.deploy.yaml_text import parse_yaml
from harness.errors import SettingsError
from harness.model.settings import ReadFrom
from harness.settings_tables import DeployTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.deploy.given import Given, Value
    from harness.settings_source import KeyPath, Source

#: Stands for what is piped in: the output of ``helm template``.
STANDARD_INPUT = "-"
_STANDARD_INPUT_NAME = "standard input"
_KEYS = ("from_kubernetes", "from_procfile", "from_compose")
#: Keys of which one says what moves the schema.
_TOOLS = ("alembic", "command", "django", "python", "sql")
_YAML = {".yaml", ".yml", ".json"}


def read_stdin() -> str:
    """All of standard input.

    Raises:
        SettingsError: Nothing is piped in.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise SettingsError("nothing is piped in: helm template CHART | pytest, or name a file")
    return sys.stdin.read()


def read_deploy(source: Source, base: Path, stdin: Callable[[], str]) -> tuple[Source, ReadFrom | None]:
    """Puts beneath the settings what ``[deploy]`` names.

    Args:
        source: The settings.
        base: Their folder.
        stdin: Reads standard input.

    Returns:
        The settings with what they do not say themselves, and what was read; None where nothing is named.

    Raises:
        SettingsError: The file cannot be read, or is none of its kind.
    """
    if source.get(("deploy",)) is None:
        return source, None
    table: DeployTable = source.convert(("deploy",), DeployTable)
    named = [key for key in _KEYS if getattr(table, key) is not None]
    if len(named) != 1:
        sentence = f"it takes one of {', '.join(_KEYS)}" + (f", and not {' and '.join(named)}" if named else "")
        raise source.refuse(("deploy", *named[1:2]), sentence)
    try:
        given = read_given(table, base, stdin)
    except SettingsError as error:
        raise source.refuse(("deploy", named[0]), str(error)) from None
    return merge(source, given)


def read_given(table: DeployTable, base: Path, stdin: Callable[[], str]) -> Given:
    """Reads the one file that ``[deploy]`` names.

    Args:
        table: The keys of ``[deploy]``.
        base: The folder that paths are relative to.
        stdin: Reads standard input.

    Raises:
        SettingsError: It cannot be read, or is none of its kind.
    """
    value = table.from_kubernetes
    if table.container is not None and value is None:
        raise SettingsError("container is one of a Deployment's: it goes with from_kubernetes")
    if table.from_procfile is not None:
        return read_procfile(_text(base, table.from_procfile, stdin), table.from_procfile, table.name)
    if table.from_compose is not None:
        name = table.from_compose
        return read_compose(parse_yaml(_text(base, name, stdin), name), name, table.name)
    names = [value] if isinstance(value, str) else value or []
    documents = read_documents(names, base, stdin)
    shown = ", ".join(_STANDARD_INPUT_NAME if name == STANDARD_INPUT else name for name in names)
    return read_kubernetes(documents, shown, Choice(table.name, table.container))


def read_documents(names: Sequence[str], base: Path, stdin: Callable[[], str]) -> list[Any]:
    """All documents of Kubernetes' files.

    Args:
        names: Files and folders.
        base: The folder that paths are relative to.
        stdin: Reads standard input.

    Raises:
        SettingsError: One cannot be read.
    """
    return [
        document
        for name in names
        for file in _files(base, name)
        for document in parse_yaml(_text(base, file, stdin), _STANDARD_INPUT_NAME if file == STANDARD_INPUT else file)
    ]


def _files(base: Path, name: str) -> list[str]:
    """A file, or those of a folder that are YAML, in the order of their names."""
    if name == STANDARD_INPUT or not (base / name).is_dir():
        return [name]
    found = sorted(path.name for path in (base / name).iterdir() if path.suffix in _YAML)
    if not found:
        raise SettingsError(f"the folder {base / name} has no file *.yaml: name the one with the Deployment")
    return [str(Path(name) / file) for file in found]


def _text(base: Path, name: str, stdin: Callable[[], str]) -> str:
    if name == STANDARD_INPUT:
        return stdin()
    try:
        return (base / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SettingsError(f"cannot read {base / name}: {why}") from None


def merge(source: Source, given: Given) -> tuple[Source, ReadFrom]:
    """Puts what a file says beneath the settings, and tells what became of it.

    Args:
        source: The settings; what they say stands.
        given: What the file says.
    """
    data, taken, read = copy.deepcopy(source.data), dict[tuple[str, ...], str](), list[str]()
    for value in given.values:
        stands = _says(source, value.path)
        read.append(_line(value, stands))
        if not stands and _put(data, value):
            taken[value.path] = value.where
    still = [
        item
        for item in given.open
        if item.unless is None or not (_says(source, item.unless) or (item.unless in taken and not item.by_hand))
    ]
    told = tuple(f"{item.where}: {item.sentence}" for item in still)
    shown = ReadFrom(what=given.what, read=tuple(read), open=told, aside=given.aside)
    unread = {item.unless: text for item, text in zip(still, told, strict=True) if item.unless is not None}
    return replace(source, data=data, given={**source.given, **taken}, unread=unread), shown


def _says(source: Source, path: KeyPath) -> bool:
    """Whether the settings have a key themselves, be it for each release alone."""
    if source.get(path) is not None:
        return True
    table, *rest = path
    if table == "migrations" and rest[0] in _TOOLS:
        return any(source.get((table, tool)) is not None for tool in _TOOLS)
    return table == "release" and all(source.get((release, *rest)) is not None for release in ("old", "new"))


def _put(data: dict[str, Any], value: Value) -> bool:
    table = data
    for name in value.path[:-1]:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):  # the settings are wrong there, which is told by whoever reads them
            return False
    table[value.path[-1]] = value.value
    return True


def _line(value: Value, stands: bool) -> str:
    """``[strategy] replicas = 3 (deploy.yaml, line 17)``; the values of variables are not shown: some are secrets."""
    *tables, key = value.path
    is_variable = tables[-1] == "env" and not value.note
    text = toml_key(key) if is_variable else f"{toml_key(key)} = {toml_value(value.value)}"
    note = f"; {value.note}" if value.note else ""
    other = ", but the settings say otherwise" if stands else ""
    return f"[{'.'.join(tables)}] {text} ({value.where}{note}){other}"


def render_read(read: ReadFrom | None) -> Iterator[str]:
    """Lines that tell what was read; none where nothing was."""
    if read is None:
        return
    yield f"rolldeploy: settings from {read.what}"
    yield from (f"  {line}" for line in read.read)
    if read.aside:
        yield f"  no part of a rehearsal: {', '.join(read.aside)}"


def render_open(read: ReadFrom | None) -> Iterator[str]:
    """Lines that tell what was not understood."""
    yield from (f"rolldeploy: not understood: {line}" for line in (read.open if read is not None else ()))
