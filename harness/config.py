"""Reads ``rolldeploy.toml`` or ``[tool.rolldeploy]``, and says in one sentence what is wrong with it, and where."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import SettingsError
from harness.model.cell import ROLLOUT_ACTORS, STEP_ACTORS, Status
from harness.model.release import Probe, Release, ReleaseName
from harness.model.rollout import Strategy, When, resolve_count
from harness.model.settings import Expected, Migrations, Settings
from harness.template import BOOT_PLACEHOLDERS, ENV_PLACEHOLDERS, SERVE_PLACEHOLDERS, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: The file beside the code; ``pyproject.toml`` is looked at second.
FILE_NAME = "rolldeploy.toml"


class _Probe(msgspec.Struct, forbid_unknown_fields=True, rename={"path": "path"}):
    path: str
    period_s: float | None = None
    timeout_s: float | None = None
    failure_threshold: int | None = None
    success_threshold: int | None = None
    initial_delay_s: float | None = None


class _Release(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of ``[release]``, ``[old]`` and ``[new]``; the last two override the first."""

    source: str | None = None
    serve: str | None = None
    boot: str | None = None
    init: list[str] | None = None
    ready: str | _Probe | None = None
    live: str | _Probe | None = None
    env: dict[str, str] = {}
    python: str | None = None
    start_timeout_s: float | None = None
    grace_s: float | None = None


class _Migrations(msgspec.Struct, forbid_unknown_fields=True):
    alembic: str = "alembic.ini"
    section: str = "alembic"
    target: str = "head"
    x: list[str] = []
    url: str | None = None
    when: When = When.BEFORE
    steps: list[str] = []
    command: str | None = None


class _Strategy(msgspec.Struct, forbid_unknown_fields=True):
    replicas: int = 2
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"
    time_scale: float = 0.01
    ports: str = "20000-29999"


class _Database(msgspec.Struct, forbid_unknown_fields=True):
    postgres: str = "auto"
    image: str = "postgres:17"
    seed: str | None = None


class _Journeys(msgspec.Struct, forbid_unknown_fields=True):
    request_timeout_s: float = 10.0


class _Expected(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    status: Status | None = None
    sqlstate: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    release: _Release = msgspec.field(default_factory=_Release)
    old: _Release = msgspec.field(default_factory=_Release)
    new: _Release = msgspec.field(default_factory=_Release)
    migrations: _Migrations = msgspec.field(default_factory=_Migrations)
    strategy: _Strategy = msgspec.field(default_factory=_Strategy)
    database: _Database = msgspec.field(default_factory=_Database)
    journeys: _Journeys = msgspec.field(default_factory=_Journeys)
    expect: dict[str, dict[str, str | _Expected]] = {}


#: Every table and its keys, for the reference in the documentation and the test that holds them together.
TABLES: Mapping[str, type[msgspec.Struct]] = {
    "release": _Release,
    "old": _Release,
    "new": _Release,
    "migrations": _Migrations,
    "strategy": _Strategy,
    "database": _Database,
    "journeys": _Journeys,
}


def find_settings(start: Path, stop: Path) -> Path | None:
    """The nearest settings file at or above a folder.

    Args:
        start: Folder to begin in.
        stop: Last folder to look into, the root of the test run.

    Returns:
        A ``rolldeploy.toml``, or a ``pyproject.toml`` with a table ``[tool.rolldeploy]``, or None.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
        project = folder / "pyproject.toml"
        if project.is_file() and "[tool.rolldeploy" in project.read_text(encoding="utf-8"):
            return project
        if folder == stop:
            break
    return None


def load_settings(path: Path, *, default_name: str) -> Settings:
    """Reads and checks one settings file.

    Args:
        path: ``rolldeploy.toml`` or ``pyproject.toml``.
        default_name: Name of the rehearsal where the file gives none.

    Raises:
        SettingsError: Something in it is wrong; the text names file, line and remedy.
    """
    source = _Source.read(path)
    source.refuse_unknown_keys()
    try:
        file = msgspec.convert(source.data, _File)
    except msgspec.ValidationError as error:
        raise SettingsError(source.explain(error)) from None
    strategy = _strategy(source, file.strategy)
    return Settings(
        name=file.name or default_name,
        path=path,
        old=_release(source, ReleaseName.OLD, file.release, file.old),
        new=_release(source, ReleaseName.NEW, file.release, file.new),
        migrations=_migrations(source, file.migrations),
        strategy=strategy,
        seed=file.database.seed,
        request_timeout_s=file.journeys.request_timeout_s,
        image=file.database.image,
        postgres=file.database.postgres,
        expect=tuple(_expected(source, file.expect)),
    )


@dataclass(frozen=True)
class _Source:
    """The text of a settings file, and where in it a key stands."""

    path: Path
    text: str
    data: dict[str, Any]
    prefix: str

    @classmethod
    def read(cls, path: Path) -> _Source:
        try:
            text = path.read_text(encoding="utf-8")
            data = tomllib.loads(text)
        except OSError as error:
            raise SettingsError(f"cannot read {path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is not valid TOML: {error}") from None
        if path.name == "pyproject.toml":
            return cls(path, text, data.get("tool", {}).get("rolldeploy", {}), "tool.rolldeploy.")
        return cls(path, text, data, "")

    def line(self, table: str, key: str) -> int:
        """Line number of a key in a table; that of the table's heading, or 1, where the key stands elsewhere."""
        within, found = "", 1
        heading = self.prefix + table
        for number, line in enumerate(self.text.splitlines(), start=1):
            stripped = line.strip()
            if stripped.startswith("["):
                within = stripped.strip("[] ").replace('"', "").replace("'", "")
                if within == heading.rstrip(".") or within.endswith(f"{heading}{'.' if table else ''}{key}"):
                    found = number
            if re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[.=]", stripped) and within == heading.rstrip("."):
                return number
        return found

    def at(self, table: str, key: str) -> str:
        """``file, line N``."""
        return f"{self.path.name}, line {self.line(table, key)}"

    def refuse_unknown_keys(self) -> None:
        top = {field.name for field in msgspec.structs.fields(_File)}
        self._check("", self.data, top)
        for table, struct in TABLES.items():
            section = self.data.get(table, {})
            if isinstance(section, dict):
                self._check(table, section, {field.name for field in msgspec.structs.fields(struct)})
                for key in ("ready", "live"):
                    if isinstance(section.get(key), dict):
                        known = {field.name for field in msgspec.structs.fields(_Probe)}
                        self._check(f"{table}.{key}", section[key], known)

    def _check(self, table: str, section: dict[str, Any], known: set[str]) -> None:
        for key in section:
            if key in known:
                continue
            near = difflib.get_close_matches(key, known, n=1)
            guess = f" - did you mean '{near[0]}'?" if near else ""
            where = f" in [{self.prefix}{table}]" if table else ""
            raise SettingsError(
                f"unknown key '{key}'{where}: {self.at(table, key)}{guess} (known: {', '.join(sorted(known))})"
            )

    def explain(self, error: msgspec.ValidationError) -> str:
        message, _, trail = str(error).partition(" - at `$.")
        parts = [part for part in re.split(r"[.\[]", trail.rstrip("`")) if part]
        table, key = ".".join(parts[:-1]), parts[-1] if parts else ""
        where = f"{self.at(table, key)}, {'.'.join(parts)}" if parts else self.path.name
        return f"{where}: {message[:1].lower()}{message[1:]}"

    def refuse(self, table: str, key: str, sentence: str) -> SettingsError:
        return SettingsError(f"{self.at(table, key)}, {table}.{key}: {sentence}")


def _release(source: _Source, name: ReleaseName, shared: _Release, own: _Release) -> Release:
    def pick(key: str) -> Any:
        value = getattr(own, key)
        return getattr(shared, key) if value is None else value

    def table(key: str) -> str:
        return name.value if getattr(own, key) is not None else "release"

    def need(key: str, example: str) -> Any:
        value = pick(key)
        if not value:
            raise SettingsError(
                f"{source.path.name} says nothing of {name}.{key}: add e.g. {key} = {example} under [{name}]"
                + ("" if key == "source" else " or [release]")
            )
        return value

    serve = need("serve", '"uvicorn shop.main:app --port {port}"')
    env = {**shared.env, **own.env}
    for key, text, allowed in (
        ("serve", serve, SERVE_PLACEHOLDERS),
        ("boot", pick("boot") or "", BOOT_PLACEHOLDERS),
        *(("init", text, BOOT_PLACEHOLDERS) for text in pick("init") or ()),
        *(("env", text, ENV_PLACEHOLDERS) for text in env.values()),
    ):
        for unknown in sorted(placeholders(text) - allowed):
            raise source.refuse(
                table(key) if key != "env" else "release",
                key,
                f"unknown placeholder {{{unknown}}} (known there: {', '.join(sorted(allowed))}; {{{{ is a brace)",
            )
    live = pick("live")
    start_timeout_s, grace_s = pick("start_timeout_s"), pick("grace_s")
    return Release(
        name=name,
        source=need("source", '"git:origin/main"' if name is ReleaseName.OLD else '"."'),
        serve=serve,
        boot=pick("boot") or None,
        init=tuple(pick("init") or ()),
        env=env,
        python=pick("python"),
        readiness=_probe(need("ready", '"/readyz"')),
        liveness=_probe(live) if live else None,
        start_timeout_s=30.0 if start_timeout_s is None else start_timeout_s,
        grace_s=10.0 if grace_s is None else grace_s,
    )


def _probe(value: str | _Probe) -> Probe:
    if isinstance(value, str):
        return Probe(path=value)
    given = {key: item for key, item in msgspec.structs.asdict(value).items() if item is not None}
    return Probe(**given)


def _strategy(source: _Source, given: _Strategy) -> Strategy:
    if given.replicas < 1:
        raise source.refuse("strategy", "replicas", f"{given.replicas} replicas cannot serve; at least 1")
    counts = {"max_surge": str(given.max_surge), "max_unavailable": str(given.max_unavailable)}
    for key, value in counts.items():
        try:
            resolve_count(value, given.replicas, up=True)
        except ValueError:
            raise source.refuse("strategy", key, f"'{value}' is neither a number nor a percentage like 25%") from None
    if not (match := re.fullmatch(r"(\d+)-(\d+)", given.ports)) or int(match[1]) > int(match[2]):
        raise source.refuse("strategy", "ports", f"'{given.ports}' is no range like 20000-29999")
    return Strategy(
        replicas=given.replicas,
        time_scale=given.time_scale,
        ports=range(int(match[1]), int(match[2]) + 1),
        max_surge=counts["max_surge"],
        max_unavailable=counts["max_unavailable"],
    )


def _migrations(source: _Source, given: _Migrations) -> Migrations:
    if given.target not in {"head", "heads"}:
        raise source.refuse("migrations", "target", f"'{given.target}' is neither head nor heads")
    if bool(given.steps) != bool(given.command):
        key = "steps" if given.steps else "command"
        raise source.refuse("migrations", key, "steps and command go together: the command is run for each step")
    if given.command:
        allowed = BOOT_PLACEHOLDERS | {"revision"}
        for unknown in sorted(placeholders(given.command) - allowed):
            raise source.refuse("migrations", "command", f"unknown placeholder {{{unknown}}}")
        if "revision" not in placeholders(given.command):
            raise source.refuse("migrations", "command", "it needs the placeholder {revision}")
    for unknown in sorted(placeholders(given.url or "") - ENV_PLACEHOLDERS):
        raise source.refuse("migrations", "url", f"unknown placeholder {{{unknown}}}")
    return Migrations(
        alembic=given.alembic,
        section=given.section,
        target=given.target,
        x=tuple(given.x),
        url=given.url,
        when=given.when,
        steps=tuple(given.steps),
        command=given.command,
    )


def _expected(source: _Source, given: dict[str, dict[str, str | _Expected]]) -> Iterator[Expected]:
    actors = {actor.value for actor in (*STEP_ACTORS, *ROLLOUT_ACTORS)}
    for step, cells in given.items():
        for actor, value in cells.items():
            if actor not in actors:
                near = difflib.get_close_matches(actor, actors, n=1)
                guess = f" - did you mean '{near[0]}'?" if near else ""
                raise SettingsError(
                    f"unknown actor '{actor}' in [{source.prefix}expect.{step}]: "
                    f"{source.at(f'expect.{step}', actor)}{guess} (known: {', '.join(sorted(actors))})"
                )
            given_cell = _Expected(reason=value) if isinstance(value, str) else value
            if given_cell.status not in {None, Status.FAIL, Status.TRANSIENT}:
                raise source.refuse(f"expect.{step}", actor, "status is fail or transient")
            if not given_cell.reason.strip():
                raise source.refuse(f"expect.{step}", actor, "an expected failure needs a reason")
            yield Expected(
                step=step, actor=actor, reason=given_cell.reason, status=given_cell.status, sqlstate=given_cell.sqlstate
            )
