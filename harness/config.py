"""Reads ``rolldeploy.toml`` or ``[tool.rolldeploy]``, and says in one sentence what is wrong with it, and where."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.model.cell import ROLLOUT_ACTORS, STEP_ACTORS, Actor, Status
from harness.model.release import ReleaseName
from harness.model.rollout import Drain, Kind, Strategy, When, resolve_count
from harness.model.settings import IN_PACKAGE, OWNER, AppRole, Expected, Exploration, Load, Migrations, Settings
from harness.plan.wishes import DISTURBANCES
from harness.settings_chain import headings, read_chain, refuse_array
from harness.settings_deploy import read_deploy, read_stdin
from harness.settings_image import check_image_migrations
from harness.settings_release import check_command, check_placeholders, read_release
from harness.settings_running import check_running
from harness.settings_source import PROJECT_NAME, Source, has_settings
from harness.settings_tables import (
    ExpectedTable,
    ExploreTable,
    MigrationsTable,
    ProbeTable,
    SettingsFile,
    StrategyTable,
    TaskTable,
)
from harness.settings_task import read_tasks
from harness.template import (
    COMMAND_PLACEHOLDERS,
    ENV_PLACEHOLDERS,
    placeholders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from harness.model.release import Release

#: The file beside the code; ``pyproject.toml`` is looked at second.
FILE_NAME = "rolldeploy.toml"
#: A port below is the system's own, one above does not exist.
LOWEST_PORT, HIGHEST_PORT = 1024, 65535

#: What PostgreSQL takes for a role without a word: NAMEDATALEN is 64, and ``pg_`` is the system's own.
_ROLE = re.compile(r"(?!pg_|(public|none)$)[A-Za-z_][A-Za-z0-9_$-]{0,62}")

#: What may become of the items of a step that no journey meets.
_UNTESTED = ("skip", "fail")
#: Ways to move the schema that are none of Alembic's, and what each of them is.
_KINDS = {
    "command": "name the command that is run for each step",
    "sql": "name the folder of the SQL files",
    "python": "name the function that is called for each step, like app.schema:migrate",
    "django": "name the path of manage.py below each release's source",
}
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


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
        if has_settings(folder / PROJECT_NAME):
            return folder / PROJECT_NAME
        if folder == stop:
            break
    return None


def load_settings(path: Path, *, default_name: str, checks: frozenset[str] = frozenset()) -> Settings:
    """Reads and checks the settings of two releases; see :func:`load_chain`."""
    [settings] = load_chain(path, default_name=default_name, checks=checks)
    return settings


def load_chain(
    path: Path,
    *,
    default_name: str,
    checks: frozenset[str] = frozenset(),
    stdin: Callable[[], str] = read_stdin,
) -> tuple[Settings, ...]:
    """Reads and checks one settings file.

    Args:
        path: ``rolldeploy.toml`` or ``pyproject.toml``.
        default_name: Name of the rehearsal where the file gives none.
        checks: Names of the checks, of which a failure may be expected too.
        stdin: Reads standard input, where the deployment's file is that.

    Returns:
        One for each two releases that follow one another: a single one without ``[[chain]]``.

    Raises:
        SettingsError: Something in it is wrong; the text names file, line and remedy.
    """
    source = Source.read(path)
    refuse_array(source)
    source.check_texts()
    _check_keys(source)
    source, read_from = read_deploy(source, path.parent, stdin)
    file: SettingsFile = source.convert((), SettingsFile)
    expected = tuple(_expected(source, file.expect, checks))
    make = partial(_settings, source, file, path, file.name or default_name)
    if file.chain:
        chain = read_chain(source, file, path.parent, make, expected)
    else:
        old = read_release(source, ReleaseName.OLD, file.release, file.old, path.parent)
        new = read_release(source, ReleaseName.NEW, file.release, file.new, path.parent)
        chain = (check_running(source, replace(make((old, new)), expect=expected)),)
    return tuple(replace(settings, read_from=read_from) for settings in chain)


def _settings(source: Source, file: SettingsFile, path: Path, name: str, releases: tuple[Release, Release]) -> Settings:
    """All but what is expected."""
    migrations = _migrations(source, file.migrations)
    check_image_migrations(source, migrations, (release.source for release in releases))
    return Settings(
        name=name,
        path=path,
        old=releases[0],
        new=releases[1],
        migrations=migrations,
        strategy=_strategy(source, file.strategy),
        seed=file.database.seed,
        statements=file.database.statements,
        waivers=file.waivers,
        patience=file.journeys.patience,
        background_s=file.journeys.background_s,
        image=file.database.image,
        postgres=file.database.postgres,
        app_role=_app_role(source, file.database.app_role),
        roles=_roles(source, file.database.roles),
        load=Load(
            clients=file.traffic.clients,
            rate_per_s=file.traffic.rate_per_s,
            seed=file.traffic.seed,
            long_transaction_s=file.disturbances.long_transaction_s,
        ),
        kill_migrator=file.disturbances.kill_migrator,
        lock_wait_budget_ms=file.checks.lock_wait_budget_ms,
        all_met=_must_meet(source, file.journeys.untested),
        explore=_explore(source, file.explore),
        tasks=tuple(read_tasks(source, file.task, When(file.migrations.when))),
    )


def _explore(source: Source, given: ExploreTable) -> Exploration:
    known = {one.name for one in DISTURBANCES}
    for name in given.disturbances or ():
        if name not in known:
            raise source.refuse(("explore", "disturbances"), f"'{name}' is none of {', '.join(sorted(known))}")
    return Exploration(
        max_examples=given.max_examples,
        max_steps=given.max_steps,
        budget_s=given.budget_s,
        seed=given.seed,
        disturbances=None if given.disturbances is None else tuple(given.disturbances),
        drift=given.drift,
        ignore=tuple(given.ignore),
    )


def _check_keys(source: Source) -> None:
    """Refuses unknown keys, and bad values in tables whose keys are free: there ``msgspec`` does not tell which."""
    source.check_keys((), SettingsFile)
    for index in range(len(source.items(("task",)))):
        task = ("task", str(index + 1))
        source.check_keys(task, TaskTable)
        for name in source.table((*task, "params")):
            source.convert((*task, "params", name), str | int | float)
    for table, struct in headings(source):
        source.check_keys(table, struct)
        for probe in ("ready", "live"):
            source.check_keys((*table, probe), ProbeTable)
        for free in ("env", "bypass", "files"):
            for name in source.table((*table, free)):
                source.convert((*table, free, name), str)
    for step in source.table(("expect",)):
        for actor, value in source.convert(("expect", step), dict[str, Any]).items():
            path = ("expect", step, actor)
            source.check_keys(path, ExpectedTable)
            source.convert(path, ExpectedTable if isinstance(value, dict) else str)


def _strategy(source: Source, given: StrategyTable) -> Strategy:
    if given.replicas < 1:
        raise source.refuse(("strategy", "replicas"), f"{given.replicas} replicas cannot serve; at least 1")
    for key, value, known in (("kind", given.kind, Kind), ("drain", given.drain, Drain)):
        if value not in set(known):
            raise source.refuse(("strategy", key), f"'{value}' is none of {', '.join(known)}")
    counts = {key: str(getattr(given, key)) for key in ("max_surge", "max_unavailable", "canary")}
    for key, value in counts.items():
        if not re.fullmatch(r"[0-9]{1,9}|[0-9]{1,9}(\.[0-9]+)?%", value):
            raise source.refuse(("strategy", key), f"'{value}' is neither a number nor a percentage like 25%")
    _check_counts(source, Kind(given.kind), given.replicas, counts)
    match = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", given.ports)
    if not match or not LOWEST_PORT <= int(match[1]) <= int(match[2]) <= HIGHEST_PORT:
        sentence = f"'{given.ports}' is no range like 20000-29999, within {LOWEST_PORT} to {HIGHEST_PORT}"
        raise source.refuse(("strategy", "ports"), sentence)
    return Strategy(
        kind=Kind(given.kind),
        replicas=given.replicas,
        time_scale=given.time_scale,
        ports=range(int(match[1]), int(match[2]) + 1),
        max_surge=counts["max_surge"],
        max_unavailable=counts["max_unavailable"],
        canary=counts["canary"],
        min_ready_s=given.min_ready_s,
        progress_deadline_s=given.progress_deadline_s,
        drain=Drain(given.drain),
    )


def _check_counts(source: Source, kind: Kind, replicas: int, counts: Mapping[str, str]) -> None:
    """Refuses numbers by which nothing could be replaced, and more canaries than replicas.

    Source: Kubernetes, "Deployments", "Max Unavailable": it cannot be 0 if ``maxSurge`` is 0. Percentages that only
    come to nothing are no 0, and are rounded there too.
    """
    if kind in {Kind.ROLLING, Kind.CANARY}:
        nothing = [float(counts[key].rstrip("%")) == 0 for key in ("max_surge", "max_unavailable")]
        if all(nothing):
            sentence = "it cannot be 0 where max_surge is 0, as in Kubernetes: no replica could be replaced"
            raise source.refuse(("strategy", "max_unavailable"), sentence)
    if kind is Kind.CANARY and float(counts["canary"].rstrip("%")) == 0:
        raise source.refuse(("strategy", "canary"), "it cannot be 0, for new replicas are to serve first")
    if kind is Kind.CANARY and resolve_count(counts["canary"], replicas, up=True) > replicas:
        sentence = f"there are {replicas} replicas, so {counts['canary']} cannot serve first"
        raise source.refuse(("strategy", "canary"), sentence)


def _migrations(source: Source, given: MigrationsTable) -> Migrations:
    if given.target not in {"head", "heads"}:
        raise source.refuse(("migrations", "target"), f"'{given.target}' is neither head nor heads")
    _check_kind(source, given)
    check_placeholders(source, ("migrations", "url"), given.url, ENV_PLACEHOLDERS)
    if given.alembic.startswith(IN_PACKAGE) and not re.fullmatch(r"[^\W\d]\w*/.+", given.alembic[len(IN_PACKAGE) :]):
        sentence = f"'{given.alembic}' is no place in a package, like {IN_PACKAGE}app/migrations/alembic.ini"
        raise source.refuse(("migrations", "alembic"), sentence)
    if given.when not in set(When):
        raise source.refuse(("migrations", "when"), f"'{given.when}' is none of {', '.join(When)}")
    books = given.version_table
    return Migrations(
        alembic=given.alembic,
        section=given.section,
        target=given.target,
        x=tuple(given.x),
        url=given.url,
        when=When(given.when),
        after=tuple(given.after),
        steps=tuple(given.steps),
        command=given.command,
        sql=given.sql,
        python=given.python,
        django=given.django,
        version_tables=(books,) if isinstance(books, str) else tuple(books or ()),
    )


def _check_kind(source: Source, given: MigrationsTable) -> None:
    """Refuses two ways to move the schema, or one of which half is missing."""
    ways = [key for key in _KINDS if getattr(given, key) is not None]
    if len(ways) > 1:
        raise source.refuse(("migrations", ways[1]), f"{ways[0]} moves the schema already: keep one of them")
    alembic = ("migrations", "alembic")
    if ways and ways[0] != "command" and source.get(alembic) is not None and alembic not in source.given:
        raise source.refuse(("migrations", ways[0]), "alembic moves the schema already: keep one of them")
    for key in ways:
        if not getattr(given, key):
            raise source.refuse(("migrations", key), f"it is empty: {_KINDS[key]}")
    if given.steps and not (given.command or given.python):
        sentence = "nothing runs them: say how by command = or python ="
        raise source.refuse(("migrations", "steps"), sentence)
    if given.command:
        if not given.steps:
            raise source.refuse(("migrations", "command"), "it is run for each of steps = [...], and there are none")
        known = COMMAND_PLACEHOLDERS | {"revision"}
        check_command(source, ("migrations", "command"), given.command, known)
        if "revision" not in placeholders(given.command):
            raise source.refuse(("migrations", "command"), "it needs the placeholder {revision}")
    if given.python and not _FUNCTION.fullmatch(given.python):
        sentence = f"'{given.python}' is no function in a module, like app.schema:migrate"
        raise source.refuse(("migrations", "python"), sentence)


def _app_role(source: Source, given: str) -> AppRole:
    kind, colon, name = given.partition(":")
    if given == "owner":
        return OWNER
    if kind != "restricted":
        raise source.refuse(("database", "app_role"), f"'{given}' is none of owner, restricted, restricted:NAME")
    if colon and not _ROLE.fullmatch(name):
        sentence = f"'{name}' cannot be the name of a role; one like shop_app, which your migrations grant to"
        raise source.refuse(("database", "app_role"), sentence)
    return AppRole(restricted=True, name=name or None)


def _roles(source: Source, given: list[str]) -> tuple[str, ...]:
    for name in given:
        if not _ROLE.fullmatch(name):
            raise source.refuse(
                ("database", "roles"), f"'{name}' cannot be the name of a role; one like shop_readers can"
            )
    return tuple(dict.fromkeys(given))


def _must_meet(source: Source, given: str) -> bool:
    if given not in _UNTESTED:
        raise source.refuse(("journeys", "untested"), f"'{given}' is none of {', '.join(_UNTESTED)}")
    return given == "fail"


def _expected(
    source: Source, given: dict[str, dict[str, str | ExpectedTable]], checks: frozenset[str]
) -> Iterator[Expected]:
    actors = {actor.value for actor in (*STEP_ACTORS, *ROLLOUT_ACTORS, Actor.NEW_CONTROL)} | checks
    for step, cells in given.items():
        for actor, value in cells.items():
            path = ("expect", step, actor)
            if actor not in actors:
                raise source.refuse_unknown("actor", path, actors)
            cell = ExpectedTable(reason=value) if isinstance(value, str) else value
            if cell.status not in {None, Status.FAIL, Status.TRANSIENT, Status.UNTESTED}:
                raise source.refuse(path, "status is fail, transient or untested")
            if not cell.reason.strip():
                raise source.refuse(path, "an expected failure needs a reason")
            status = None if cell.status is None else Status(cell.status)
            codes = (cell.sqlstate,) if isinstance(cell.sqlstate, str) else cell.sqlstate
            yield Expected(step=step, actor=actor, reason=cell.reason, status=status, sqlstates=codes)
