"""``rolldeploy init``: from a folder to two files that run, and what is told about them."""

from __future__ import annotations

import configparser
import importlib.util
import shlex
import shutil
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from harness.config import FILE_NAME, load_settings
from harness.errors import ScenarioError, SettingsError
from harness.init.application import find_application, find_live, find_ready, find_routes
from harness.init.deployment import find_deployment
from harness.init.django import MANAGE, find_django, find_django_routes, find_django_steps, find_manage, newest_of_each
from harness.init.draft import Draft, render_journey, render_settings
from harness.init.environment import find_scheme, find_variables
from harness.init.flask_migrate import find_flask_migrate, put_flask_migrate, put_flask_steps
from harness.init.history import choose_newest, find_old_source, find_steps, is_repository
from harness.init.project import Project, read_project
from harness.settings_source import PROJECT_NAME, has_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.init.application import Application, Route
    from harness.init.history import OldSource

JOURNEYS_NAME = "test_rolldeploy.py"
#: Libraries that take long to import.
_HEAVY = (
    *("fastapi", "starlette", "litestar", "flask", "pydantic", "sqlalchemy.orm", "psycopg", "psycopg2", "asyncpg"),
    *("django.core.wsgi", "django.core.management", "django.db.backends.postgresql.base"),
)
_LOCKS = ("uv.lock", "pylock.toml", "requirements.txt", "pyproject.toml")


def start_project(folder: Path) -> Iterator[str]:
    """Looks at a project, writes ``rolldeploy.toml`` and a first journey, and tells what it found and guessed.

    Args:
        folder: The project.

    Yields:
        Lines.

    Raises:
        ScenarioError: There are settings already, or nothing that could be rehearsed.
    """
    _refuse_what_is_there(folder)
    project = read_project(folder)
    draft = Draft()
    routes = find_routes(project) or find_django_routes(project)
    ready = _look(project, folder, draft, routes)
    has_journey = any("@journey" in text and "harness" in text for text in project.files.values())
    written = [FILE_NAME] if has_journey else [FILE_NAME, JOURNEYS_NAME]
    (folder / FILE_NAME).write_text(render_settings(draft), encoding="utf-8")
    if not has_journey:
        (folder / JOURNEYS_NAME).write_text(render_journey(ready, routes), encoding="utf-8")
    try:
        load_settings(folder / FILE_NAME, default_name=folder.name)
    except SettingsError as error:
        draft.missing.append(str(error))
    yield from (f"found    {line}" for line in draft.found)
    yield from (f"guessed  {line}" for line in draft.guessed)
    yield from (f"to do    {line}" for line in draft.missing)
    yield f"written  {', '.join(written)}"
    yield "next     pytest" + ("" if has_journey else f" {JOURNEYS_NAME}")


def _refuse_what_is_there(folder: Path) -> None:
    if not folder.is_dir():
        raise ScenarioError(f"there is no folder {folder}: name that of your project")
    there = FILE_NAME if (folder / FILE_NAME).exists() else ""
    there = there or (f"[tool.rolldeploy] in {PROJECT_NAME}" if has_settings(folder / PROJECT_NAME) else "")
    if there:
        raise ScenarioError(f"{folder} has {there} already, and init changes nothing: edit it, or remove it first")
    file = folder / JOURNEYS_NAME
    if file.exists() and "@journey" not in file.read_text(encoding="utf-8", errors="replace"):
        raise ScenarioError(f"{file} is there already, without a journey: rename it, so that init can write one")


def _refuse_a_folder_above(project: Project, application: Application | None, folder: Path) -> None:
    """Where all lies in one folder below, modules are imported from there.

    Raises:
        ScenarioError: It does.
    """
    for path in [*project.named("alembic.ini"), *filter(None, [find_manage(project)])]:
        below = path.rpartition("/")[0]
        inside = application is not None and application.path.startswith(f"{below}/")
        if below not in {"", "src"} and inside and f"{below}/__init__.py" not in project.files:
            tool = MANAGE if path.endswith(MANAGE) else "Alembic"
            raise ScenarioError(
                f"{tool} and the application are both in {folder / below}: rolldeploy init {folder / below}"
            )


def _look(project: Project, folder: Path, draft: Draft, routes: list[Route]) -> str | None:
    """Fills the draft; gives the path of readiness, if there is one."""
    application = find_application(project) or find_django(project)
    _refuse_a_folder_above(project, application, folder)
    described, passed_over = find_deployment(project, folder)
    given: dict[tuple[str, ...], Any] = {}
    if described is not None:
        given = {value.path: value.value for value in described.given.values}
        unclear = {item.unless for item in described.given.open}
        if ("release", "serve") in unclear and application is not None:
            given.pop(("release", "serve"), None)
        draft.found.append(f"{described.given.what}: settings are read from it, {len(given)} of them")
    draft.guessed += [f"nothing from {line}" for line in passed_over]
    _put_release(project, draft, application, given)
    ready = _put_ready(draft, application, routes, given)
    preload = [name for name in _HEAVY if name.partition(".")[0] in project.imported]
    if preload:
        draft.put("release", "preload", preload, "imported once: starts of replicas are most of a rehearsal")
    _put_python(folder, draft, application, given)
    _put_variables(project, draft, given)
    flask = None if ("migrations", "alembic") in given else find_flask_migrate(project)
    if flask is None:
        newest, kept = _put_migrations(project, draft, given)
    else:
        newest, kept = put_flask_migrate(project, draft, flask, application), f"{flask}/env.py"
        _put_when(draft, given)
    old = _put_sources(folder, draft, newest, kept)
    if flask is not None:
        put_flask_steps(project, draft, flask, folder, old)
    if described is not None:
        draft.put("deploy", described.key, described.value, "what is said here wins over what is said there")
        if described.name is not None:
            draft.put("deploy", "name", described.name, "of several Deployments the one that serves")
            if described.others:
                draft.guessed.append(f"name = {described.name}; {', '.join(described.others)} would serve too")
    return ready


def _put_release(
    project: Project, draft: Draft, application: Application | None, given: dict[tuple[str, ...], Any]
) -> None:
    draft.tables["release"] = {}
    if application is not None:
        made = "the function" if application.factory else "the application"
        draft.found.append(f"{application.framework}: {made} {application.attribute} in {application.path}")
    if ("release", "serve") in given:
        return
    if application is None:
        draft.missing.append(
            "no FastAPI, Starlette, Litestar, Quart, Flask, Falcon or Django application was found: correct serve"
        )
        draft.put("release", "serve", "python -m app --port {port}")
        return
    serve, comment = application.serve(project), ""
    if application.is_served_for_development(project):
        comment = "a development server: put production's command here"
        draft.guessed.append(
            f"serve = {serve}, {application.framework}'s development server, which drops requests when it is stopped: "
            "put production's command there"
        )
    draft.put("release", "serve", serve, comment)


def _put_ready(
    draft: Draft, application: Application | None, routes: list[Route], given: dict[tuple[str, ...], Any]
) -> str | None:
    if ("release", "ready") in given:
        path = given["release", "ready"].get("path")
        return str(path) if path else None
    ready, live = find_ready(routes), find_live(routes)
    if ready is not None:
        path = ready.path
        draft.found.append(f"readiness: GET {path} ({ready.where})")
    else:
        fixed = [route.path for route in routes if route.verb == "get" and route.is_fixed]
        is_fast = application is not None and application.framework == "FastAPI"
        path = "/openapi.json" if is_fast else "/" if "/" in fixed else next(iter(fixed), "/")
        draft.guessed.append(f"ready = {path}, since no route is called like readiness: it should ask the database too")
    draft.put("release", "ready", path)
    if live is not None and live.path != path:
        draft.put("release", "live", live.path)
        draft.found.append(f"liveness: GET {live.path} ({live.where})")
    return path


def _put_python(folder: Path, draft: Draft, application: Application | None, given: dict[tuple[str, ...], Any]) -> None:
    """The project's own environment; one that uv makes, where the application cannot be started from this one."""
    for name in (".venv", "venv", "env"):
        python = folder / name / "bin" / "python"
        if python.is_file():
            if Path(sys.prefix).resolve() != (folder / name).resolve():
                draft.put("release", "python", f"{name}/bin/python", "both releases run in this environment")
                draft.found.append(f"the environment {name}")
            return
    absent = _absent(application, str(given.get(("release", "serve")) or draft.tables["release"].get("serve", "")))
    if not absent:
        return
    listed = next((name for name in _LOCKS if (folder / name).is_file()), None)
    if listed:
        draft.put("release", "environment", "uv", "made from what each release asks for")
        draft.guessed.append(f"environment = uv, by {listed}: {absent} is not installed beside pytest")
    else:
        draft.missing.append(f"{absent} is not installed beside pytest: name the interpreter that has it, by python =")


def _absent(application: Application | None, serve: str) -> str:
    """What is not there of the framework and of the command that serves; the empty string where both are."""
    package = application.framework.lower() if application else ""
    if package and importlib.util.find_spec(package) is None:
        return package
    program = next((word for word in shlex.split(serve) if "=" not in word), "")
    beside = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    return "" if beside or "/" in program else program


def _put_variables(project: Project, draft: Draft, given: dict[tuple[str, ...], Any]) -> None:
    needed = [item for item in find_variables(project) if ("release", "env", item.name) not in given]
    for item in needed:
        asked = f'journeys: client.run(["printenv", "{item.name}"]).stdout.strip()'
        draft.put("release.env", item.name, item.value, asked if item.value.startswith("{secret:") else "")
        draft.found.append(f"variable {item.name} ({item.where})")
        if item.guess:
            draft.guessed.append(f"{item.guess} of {item.name} = {item.value}")


def _put_migrations(project: Project, draft: Draft, given: dict[tuple[str, ...], Any]) -> tuple[list[str], str]:
    """Settings of the tool that migrates; gives files of which one is the newest migration, and the tool's own.

    Raises:
        ScenarioError: There is neither Alembic nor Django.
    """
    files = [path for path in project.named("alembic.ini") if "[alembic]" in project.files[path]]
    named = str(given.get(("migrations", "alembic")))
    files = [named] if named in project.files else files
    manage = find_manage(project)
    if not files and manage is not None:
        return _put_django(project, draft, given, manage), manage
    if not files:
        raise ScenarioError(
            "there is no alembic.ini or manage.py in this folder or below it, and init knows no other tool: write "
            "rolldeploy.toml by hand, with sql, python, or steps and command under [migrations]; see README"
        )
    path = files[0]
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(project.files[path])
    except configparser.Error as error:
        raise ScenarioError(f"{path} cannot be read: {str(error).splitlines()[0]}; correct it there") from None
    section = dict(parser["alembic"])
    place = section.get("script_location", "alembic").replace("%(here)s/", "").replace("%%", "%")
    script = str(PurePosixPath(path).parent / place) if "%(here)s" in section.get("script_location", "") else place
    steps = find_steps(project, PurePosixPath(script).as_posix())
    count = f"{len(steps)} migration{'' if len(steps) == 1 else 's'}"
    draft.found.append(f"Alembic: {path} ({count} in {PurePosixPath(script)})")
    if len(files) > 1:
        draft.guessed.append(f"alembic = {path}; there are others: {', '.join(files[1:])}")
    if path != "alembic.ini" and ("migrations", "alembic") not in given:
        draft.put("migrations", "alembic", path)
    if "DATABASE_URL" not in draft.tables.get("release.env", {}) and section.get("sqlalchemy.url"):
        env = project.files.get(f"{PurePosixPath(script)}/env.py", "")
        if "environ" not in env and "getenv" not in env and "settings" not in env.lower():
            scheme, _ = find_scheme(project)
            draft.put("migrations", "url", f"{scheme}://{{user}}:{{password}}@{{host}}:{{port}}/{{database}}")
            draft.found.append(f"sqlalchemy.url in {path}: the rehearsal's database is put in its place")
    _put_when(draft, given)
    return [step.path for step in steps[:1]], path


def _put_django(project: Project, draft: Draft, given: dict[tuple[str, ...], Any], manage: str) -> list[str]:
    """Django's settings; gives the newest migration of each of its applications."""
    steps = find_django_steps(project)
    draft.found.append(f"Django: {manage} ({len(steps)} migration{'' if len(steps) == 1 else 's'})")
    if ("migrations", "django") not in given:
        draft.put("migrations", "django", manage)
    values = [*draft.tables.get("release.env", {}).values(), *(str(v) for k, v in given.items() if k[1:2] == ("env",))]
    if not any("{database}" in str(value) for value in values):
        draft.missing.append(
            "no variable was found that names the database: let DATABASES read its parts from variables, and set them "
            "under [release.env]"
        )
    _put_when(draft, given)
    return newest_of_each(steps)


def _put_when(draft: Draft, given: dict[tuple[str, ...], Any]) -> None:
    if ("migrations", "when") not in given:
        draft.put("migrations", "when", "before", "before, at-boot or after the replicas are replaced")
        draft.guessed.append("when = before: the deployment migrates before any replica is replaced")


def _put_sources(folder: Path, draft: Draft, newest: list[str], kept: str) -> OldSource | None:
    old = find_old_source(folder, choose_newest(folder, newest), kept) if newest else None
    if old is None and not is_repository(folder):
        draft.missing.append("this is no repository of git: name a folder with the old release, by source under [old]")
    elif old is None:
        draft.missing.append(
            "no commit was found that lacks the newest migration and has the migrations' settings: name what "
            "production runs, by source under [old]"
        )
    elif not old.moves:
        draft.guessed.append(
            f"old = {old.source}, {old.why}; it ages, and production may run another one: git:origin/main, git:tag(v*)"
        )
    else:
        draft.found.append(f"old = {old.source}: {old.why}")
    comment = "what runs in production"
    if old is not None and not old.moves:
        comment = "it ages: with the next migration, say what runs in production, git:origin/main or git:tag(v*)"
    draft.put("old", "source", old.source if old else "git:origin/main", comment)
    draft.put("new", "source", ".", "what is about to be deployed")
    return old
