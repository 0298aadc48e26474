"""Reads how a release is had, started and asked, out of the tables of the settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import SettingsError
from harness.model.release import (
    IMAGE,
    PACKAGE,
    RUNNING,
    Ask,
    Command,
    Environment,
    FileThere,
    HttpGet,
    LogLine,
    Probe,
    Release,
    ReleaseName,
)
from harness.settings_image import check_origin
from harness.settings_running import read_running, refuse_running_keys
from harness.template import (
    BOOT_PLACEHOLDERS,
    COMMAND_PLACEHOLDERS,
    ENV_PLACEHOLDERS,
    FILE_PLACEHOLDERS,
    SERVE_PLACEHOLDERS,
    file_placeholders,
    placeholders,
    unknown_placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.settings_source import KeyPath, Source
    from harness.settings_tables import ProbeTable, ReleaseTable

#: The ways to ask whether a replica is up, by their keys.
_ASKS: Mapping[str, Callable[[str], Ask]] = {"path": HttpGet, "log": LogLine, "command": Command, "file": FileThere}

#: What an environment is made by.
_ENVIRONMENT_KEYS = ("environment", "setup", "requirements", "exclude_newer", "python", "python_version")
#: What uv takes without a word for some of them, and an example.
_ENVIRONMENT_TEXTS = {
    "exclude_newer": (r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-][\d:]+))?", "2024-01-31 or 2024-01-31T12:00:00Z"),
    "python_version": (r"\d+\.\d+(\.\d+)?", "3.12"),
}


def read_release(
    source: Source, name: str, shared: ReleaseTable, own: ReleaseTable, base: Path, *, heading: KeyPath = ()
) -> Release:
    """One release, by its own table and the one that all share.

    Args:
        source: The file, for what is to be said of it.
        name: Which release.
        shared: ``[release]``.
        own: Its own, which overrides it.
        base: Folder of the settings.
        heading: Where its own table stands; its name, where nothing else is said.

    Raises:
        SettingsError: Something is missing, or has no meaning.
    """
    heading = heading or (name,)

    def pick(key: str) -> Any:
        value = getattr(own, key)
        return getattr(shared, key) if value is None else value

    def at(key: str) -> KeyPath:
        return (*heading, key) if getattr(own, key) is not None else ("release", key)

    def need(key: str, example: str) -> Any:
        value = pick(key)
        if not value:
            raise SettingsError(
                f"{source.name} says nothing of {'.'.join(heading)}.{key}: add e.g. {key} = {example} under "
                + (f"[{name}]" if heading == (name,) else f"its [[{heading[0]}]]")
                + ("" if key == "source" else " or [release]")
                + (f"; {unread}" if (unread := source.unread.get(("release", key))) else "")
            )
        return value

    if (pick("source") or "").startswith(RUNNING):
        return Release(
            name=name,
            source=pick("source"),
            serve="",
            running=read_running(source, heading, own, at("source"), pick("source")),
            readiness=_over_http(source, at("ready"), need("ready", '"/readyz"')),
            liveness=_over_http(source, at("live"), pick("live")) if pick("live") else None,
            start_timeout_s=30.0 if pick("start_timeout_s") is None else pick("start_timeout_s"),
        )
    refuse_running_keys(source, heading)
    serve = need("serve", '"uvicorn app.main:app --port {port}"')
    check_command(source, at("serve"), serve, SERVE_PLACEHOLDERS)
    check_command(source, at("boot"), pick("boot"), BOOT_PLACEHOLDERS)
    for command in pick("init") or ():
        check_command(source, at("init"), command, COMMAND_PLACEHOLDERS)
    _check_variables(source, ("release",), shared)
    _check_variables(source, heading, own)
    if heading == (ReleaseName.NEW,) and own.bypass:
        raise source.refuse(("new", "bypass"), "it is the old release's start that is tried with other variables")
    _check_modules(source, at("preload"), pick("preload") or ())
    origin = need("source", '"git:origin/main"' if name == ReleaseName.OLD else '"."')
    check_origin(source, at("source"), origin, [(*heading, key) for key in source.table(heading)])
    if own.folder is not None and origin.startswith((IMAGE, PACKAGE)):  # in [release] it is meant for the other one
        raise source.refuse(at("folder"), "it leads to the code of a path or a commit; a package or an image has none")
    live, startup = pick("live"), pick("startup")
    start_timeout_s, grace_s = pick("start_timeout_s"), pick("grace_s")
    return Release(
        name=name,
        source=origin,
        folder=pick("folder") or ".",
        environment=_environment(source, origin, pick, at),
        serve=serve,
        boot=pick("boot") or None,
        boot_apart=bool(pick("boot_apart")),
        init=tuple(pick("init") or ()),
        env={**shared.env, **own.env},
        bypass={**shared.bypass, **own.bypass},
        files=dict(
            item
            for table, given in ((("release",), shared), (heading, own))
            for item in _files(source, table, base, given.files)
        ),
        preload=tuple(pick("preload") or ()),
        python=pick("python"),
        readiness=_probe(source, at("ready"), need("ready", '"/readyz"')),
        liveness=_probe(source, at("live"), live) if live else None,
        startup=_probe(source, at("startup"), startup) if startup else None,
        start_timeout_s=30.0 if start_timeout_s is None else start_timeout_s,
        grace_s=10.0 if grace_s is None else grace_s,
    )


def _check_modules(source: Source, path: KeyPath, modules: Iterable[str]) -> None:
    for module in modules:
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", module):
            raise source.refuse(path, f"'{module}' is no name of a module")


def _check_variables(source: Source, table: KeyPath, given: ReleaseTable) -> None:
    """Variables as processes have them: ``NAME=value``, ended by a NUL (POSIX, Base Definitions, 8.1)."""
    for key, variables in (("env", given.env), ("bypass", given.bypass)):
        for name, text in variables.items():
            path = (*table, key, name)
            if not re.fullmatch(r"[^=\0]+", name):
                sentence = f"{name!r} is no name of a variable: one has at least one character, and no = or NUL"
                raise source.refuse(path[:-1], sentence, at=path)
            check_placeholders(source, path, text, ENV_PLACEHOLDERS)


def _files(source: Source, table: KeyPath, base: Path, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The texts of the configuration files, by where they are written."""
    for target, name in given.items():
        path = (*table, "files", target)
        if Path(target).is_absolute() or ".." in Path(target).parts or not Path(target).name:
            raise source.refuse(
                path, f"'{target}' is no path below a process's own folder, like app.ini or etc/app.ini"
            )
        try:
            text = (base / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise source.refuse(path, f"cannot read the template {base / name}: {why}") from None
        for unknown in unknown_placeholders(file_placeholders(text), FILE_PLACEHOLDERS):
            known = ", ".join(sorted(FILE_PLACEHOLDERS))
            sentence = (
                f"unknown placeholder {{{unknown}}} in {name} (known there: {known}; {{{{{unknown}}}}} is its text)"
            )
            raise source.refuse(path, sentence)
        yield target, text


def _environment(
    source: Source, origin: str, pick: Callable[[str], Any], at: Callable[[str], KeyPath]
) -> Environment | None:
    """What uv is to make; None where the release runs by an interpreter that is there."""
    if origin.startswith(IMAGE):
        return None
    given = {key: pick(key) for key in _ENVIRONMENT_KEYS if pick(key)}
    for key, sentence in _wrong_for_environment(given, is_package=origin.startswith(PACKAGE)):
        raise source.refuse(at(key), sentence)
    if not (given.keys() & {"environment", "setup"} or origin.startswith(PACKAGE)):
        for key in given.keys() - {"python"}:
            if at(key)[0] != "release":  # there it is meant for the other release
                raise source.refuse(at(key), 'nothing is installed for this release: add environment = "uv"')
        return None
    return Environment(
        requirements=tuple(pick("requirements") or ()),
        setup=tuple(pick("setup") or ()),
        exclude_newer=pick("exclude_newer"),
        python_version=pick("python_version"),
    )


def _wrong_for_environment(given: dict[str, Any], *, is_package: bool) -> Iterator[tuple[str, str]]:
    """Keys that uv could do nothing with, and why."""
    if given.get("environment", "uv") != "uv":
        yield "environment", f"'{given['environment']}' is not uv, which is all that makes environments"
    if is_package and "setup" in given:
        yield "setup", "a package has no folder for commands to run in: name what it needs by requirements"
    if {"python", "python_version"} <= given.keys():
        yield "python_version", "python names the interpreter already: leave one of them out"
    for command in given.get("setup", ()):
        if wrong := _unsplittable(command):
            yield "setup", wrong
    for requirement in given.get("requirements", ()):
        if not requirement.strip() or requirement.startswith("-"):
            yield "requirements", f"'{requirement}' is no requirement like psycopg or psycopg==3.2"
    for key, (pattern, example) in _ENVIRONMENT_TEXTS.items():
        if key in given and not re.fullmatch(pattern, given[key]):
            yield key, f"'{given[key]}' is none like {example}"


def _probe(source: Source, path: KeyPath, value: str | ProbeTable) -> Probe:
    if isinstance(value, str):
        return Probe(ask=_http_get(source, path, value))
    given = {key: item for key, item in msgspec.structs.asdict(value).items() if item is not None}
    ways = [key for key in _ASKS if key in given]
    if not ways:
        raise source.refuse(path, f"missing: one of {', '.join(f'`{key}`' for key in _ASKS)}")
    if len(ways) > 1:
        raise source.refuse(path, f"{' and '.join(ways)} are two ways to ask: keep one")
    [way] = ways
    text = given.pop(way)
    ask = _http_get(source, (*path, way), text) if way == "path" else _ASKS[way](text)
    _check_ask(source, (*path, way), ask)
    return Probe(ask=ask, **given)


def _http_get(source: Source, path: KeyPath, text: str) -> HttpGet:
    """A path, with the slash that Kubernetes puts before it, too (its API, HTTPGetAction)."""
    whole = re.fullmatch(r"(?i:https?)://[^/?#]*(.*)", text, re.DOTALL)
    if whole:
        sentence = f"'{text}' is a whole URL, and each replica has an address of its own: say \"{whole[1] or '/'}\""
        raise source.refuse(path, sentence)
    return HttpGet(text if text.startswith("/") else f"/{text}")


def _over_http(source: Source, path: KeyPath, value: str | ProbeTable) -> Probe:
    """The probe of a release that runs already, of which neither log nor folder is known."""
    probe = _probe(source, path, value)
    if not isinstance(probe.ask, HttpGet):
        raise source.refuse(path, "a release that runs already is asked over HTTP alone: name a path under [old]")
    return probe


def _check_ask(source: Source, path: KeyPath, ask: Ask) -> None:
    match ask:
        case LogLine(pattern=pattern):
            if "live" in path:
                raise source.refuse(
                    path, "a line that was written once does not tell who lives now; ask by command or file"
                )
            try:
                re.compile(pattern)
            except re.error as error:
                raise source.refuse(path, f"'{pattern}' is no regular expression: {error}") from None
        case Command(command=command):
            check_command(source, path, command, BOOT_PLACEHOLDERS)
        case FileThere(file=file):
            check_placeholders(source, path, file, BOOT_PLACEHOLDERS)
            if "private" not in placeholders(file):
                raise source.refuse(path, f"'{file}' may be left from another replica: name it {{private}}/ready, say")
        case HttpGet():
            pass


def check_command(
    source: Source, path: KeyPath, command: str | None, known: frozenset[str], *, other: str = ""
) -> None:
    """Refuses a command line that cannot be split into words, or has a placeholder that stands for nothing there.

    Args:
        source: The file, for what is to be said of it.
        path: The command's key.
        command: The command line, if there is one.
        known: Placeholders that have a value there.
        other: How another one gets a value, if it can.

    Raises:
        SettingsError: It cannot, or has.
    """
    if wrong := _unsplittable(command or ""):
        raise source.refuse(path, wrong)
    check_placeholders(source, path, command, known, other=other)


def _unsplittable(command: str) -> str:
    """Why a command line cannot be split as a shell would (POSIX, "Shell Command Language", 2.2); or nothing."""
    try:
        shlex.split(command)
    except ValueError as error:
        what = "ends with a backslash" if "escape" in str(error) else "has a quote that is not closed"
        return f"the command line '{command}' {what}"
    return ""


def check_placeholders(
    source: Source, path: KeyPath, text: str | None, known: frozenset[str], *, other: str = ""
) -> None:
    """Refuses a text with a placeholder that stands for nothing there.

    Args:
        source: The file, for what is to be said of it.
        path: The text's key.
        text: The text, if there is one.
        known: Placeholders that have a value there.
        other: How another one gets a value, if it can.

    Raises:
        SettingsError: It has another one.
    """
    for unknown in unknown_placeholders(placeholders(text or ""), known):
        more = f"; {other}" if other else ""
        names = ", ".join(sorted(known))
        raise source.refuse(path, f"unknown placeholder {{{unknown}}} (known there: {names}; {{{{ is a brace{more})")
