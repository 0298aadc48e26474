"""Django's part of ``rolldeploy init``: how a project is served, what it answers, and which migrations it has."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.init.application import Application, Route
from harness.init.project import call_name, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.init.project import Project

#: The file by which Django's commands are run; its name is Django's own (django-admin and manage.py).
MANAGE = "manage.py"
_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
#: Migrations as Django numbers them, and whatever else lies there with a class ``Migration``.
_MIGRATION = re.compile(r"class Migration\b")
_DEPTH = 5
#: Views that change something, by their names: nothing else tells which verb one is for.
_WRITES = re.compile(
    r"add|create|new|delete|remove|edit|update|save|set|post|upload|login|logout|submit", re.IGNORECASE
)


def find_manage(project: Project) -> str | None:
    """Path of the ``manage.py`` that is nearest to the top; None where there is none."""
    return next((path for path in project.named(MANAGE) if _SETTINGS.search(project.files[path])), None)


def find_django(project: Project) -> Application | None:
    """The application of a Django project: that of its ``wsgi.py`` beside the settings."""
    manage = find_manage(project)
    if manage is None:
        return None
    package = _settings_module(project, manage).partition(".")[0]
    path = str(PurePosixPath(manage).parent / package / "wsgi.py")
    return Application(
        framework="Django",
        asgi=False,
        module=f"{package}.wsgi",
        attribute="application",
        factory=False,
        path=path if path in project.files else manage,
    )


def find_django_routes(project: Project) -> list[Route]:
    """What ``path(...)`` names, beginning with the settings' ROOT_URLCONF; the admin's own pages are left out."""
    manage = find_manage(project)
    if manage is None:
        return []
    settings = _settings_module(project, manage)
    found = re.search(r"""^ROOT_URLCONF\s*=\s*["']([\w.]+)["']""", _text(project, manage, settings), re.MULTILINE)
    return list(_routes(project, manage, found[1] if found else f"{settings.partition('.')[0]}.urls", "/", _DEPTH))


def find_django_steps(project: Project) -> list[str]:
    """Files of migrations, those that no other one of their application names first."""
    files = [
        path
        for path, text in project.files.items()
        if PurePosixPath(path).parent.name == "migrations" and path.endswith(".py") and _MIGRATION.search(text)
    ]
    followed = {
        str(PurePosixPath(path).parent / f"{name}.py")
        for path in files
        for name in re.findall(r"""\(\s*["']\w+["']\s*,\s*["'](\w+)["']\s*,?\s*\)""", project.files[path])
    }
    return sorted(files, key=lambda path: (path in followed, path))


def newest_of_each(steps: list[str]) -> list[str]:
    """The last migration of each application, of all of them in the order of :func:`find_django_steps`."""
    newest: dict[str, str] = {}
    for path in steps:
        newest.setdefault(str(PurePosixPath(path).parent), path)
    return list(newest.values())


def _settings_module(project: Project, manage: str) -> str:
    found = _SETTINGS.search(project.files[manage])
    return found[1] if found else ""


def _text(project: Project, manage: str, module: str) -> str:
    """Text of a module that is imported from where ``manage.py`` lies; empty where there is no such file."""
    stem = PurePosixPath(manage).parent / module.replace(".", "/")
    return project.files.get(f"{stem}.py") or project.files.get(f"{stem}/__init__.py") or ""


def _routes(project: Project, manage: str, module: str, above: str, depth: int) -> Iterator[Route]:
    try:
        tree = ast.parse(_text(project, manage, module))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or call_name(node) != "path" or len(node.args) < 2:  # noqa: PLR2004
            continue
        below, target = text_of(node.args[0]), node.args[1]
        if below is None or (isinstance(target, ast.Attribute) and target.attr == "urls"):
            continue
        if call_name(target) != "include":
            where = f"{module.replace('.', '/')}.py:{node.lineno}"
            yield Route("post" if _WRITES.search(_view(target)) else "get", above + below, where)
        elif depth and isinstance(target, ast.Call) and (other := text_of(next(iter(target.args), None))):
            yield from _routes(project, manage, other, above + below, depth - 1)


def _view(target: ast.expr) -> str:
    """The name of a view: of a function, or of the class in ``View.as_view()``."""
    match target:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr="as_view")):
            return name
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
