"""Finds the web application of a project: its object, how it is served, and what it answers to."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.init.project import call_name, keyword, module_name, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.init.project import Project

#: Frameworks by the name of the class that an application is an instance of, and whether they speak ASGI.
_FRAMEWORKS = {"FastAPI": True, "Starlette": True, "Litestar": True, "Quart": True, "Flask": False, "Falcon": False}
_FACTORY = re.compile(r"(create|make|build|get)_(app|application|api)")
_USUAL_FILES = ("main", "app", "asgi", "wsgi", "server", "api", "__init__")
_ROUTERS = {"APIRouter": "prefix", "Blueprint": "url_prefix", "Router": "path"}
#: What readiness, and liveness, is usually called, the best first.
_READY = ("readyz", "ready", "readiness", "healthz", "health", "healthcheck", "status", "ping", "livez", "live")
_LIVE = ("livez", "live", "liveness", "alive")
_VERBS = ("get", "post")


@dataclass(frozen=True, kw_only=True)
class Application:
    """A web application.

    Args:
        framework: Its framework's name.
        asgi: Whether it speaks ASGI; else WSGI.
        module: Where it is, as an import.
        attribute: Its name there.
        factory: Whether that is a function that makes it.
        path: The file.
    """

    framework: str
    asgi: bool
    module: str
    attribute: str
    factory: bool
    path: str

    def serve(self, project: Project) -> str:
        """The command line that serves it, by the server that the project asks for."""
        target = f"{self.module}:{self.attribute}"
        if self.asgi:
            return f"uvicorn {target} --port {{port}}" + (" --factory" if self.factory else "")
        if project.requires("gunicorn"):
            made = f"'{target}()'" if self.factory else target
            return f"gunicorn --bind 127.0.0.1:{{port}} {made}"
        if self.framework == "Django":
            return "python manage.py runserver --noreload {port}"
        if self.framework == "Flask":
            return f"flask --app {target} run --port {{port}}"
        return f"gunicorn --bind 127.0.0.1:{{port}} {target}"

    def is_served_for_development(self, project: Project) -> bool:
        """Whether that is the framework's own server, which no production has: it drops requests when it is stopped.

        Source: Django, "django-admin and manage.py", ``runserver``; Flask, "Deploying to Production".
        """
        return self.framework in {"Django", "Flask"} and not project.requires("gunicorn")


@dataclass(frozen=True)
class Route:
    """A path that is answered.

    Args:
        verb: ``get`` or ``post``.
        path: The path.
        where: File and line.
    """

    verb: str
    path: str
    where: str

    @property
    def is_fixed(self) -> bool:
        """Whether it has no parameters."""
        return not re.search(r"[{<]", self.path)


def find_application(project: Project) -> Application | None:
    """The application, or the function that makes one; the one in the most usual place where there are several."""
    made_by = dict(_factories(project))
    found = []
    for path, tree in project.modules.items():
        for name, framework in _instances(tree, {name: framework for (_, name), framework in made_by.items()}):
            found.append((path, name, framework, False))
    found += [(path, name, framework, True) for (path, name), framework in made_by.items()]
    if not found:
        return None
    path, name, framework, factory = min(found, key=_rank)
    return Application(
        framework=framework,
        asgi=_FRAMEWORKS[framework],
        module=module_name(path),
        attribute=name,
        factory=factory,
        path=path,
    )


def _rank(found: tuple[str, str, str, bool]) -> tuple[bool, int, int, str]:
    path, name, _, factory = found
    stem = PurePosixPath(path).stem
    usual = _USUAL_FILES.index(stem) if stem in _USUAL_FILES else len(_USUAL_FILES)
    return factory, usual + (name not in {"app", "application"}), path.count("/"), path


def _factories(project: Project) -> Iterator[tuple[tuple[str, str], str]]:
    for path, tree in project.modules.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and _FACTORY.fullmatch(node.name) and not _needs(node.args):
                made = [call_name(inner) for inner in ast.walk(node) if isinstance(inner, ast.Call)]
                framework = next((name for name in made if name in _FRAMEWORKS), None)
                if framework:
                    yield (path, node.name), framework


def _needs(arguments: ast.arguments) -> bool:
    """Whether a function cannot be called without arguments."""
    return len(arguments.args) > len(arguments.defaults) or None in arguments.kw_defaults


def _instances(tree: ast.Module, made_by: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                called = call_name(value)
                framework = called if called in _FRAMEWORKS else made_by.get(called)
                if framework:
                    yield name, framework
            case _:
                pass


def find_routes(project: Project) -> list[Route]:
    """What is answered to GET and POST, as decorators and ``Route(...)`` tell it.

    Routes of a router that no ``include_router`` or ``register_blueprint`` names are left out: nobody knows where they
    are.
    """
    included = dict(_included(project))
    found = []
    for path, tree in project.modules.items():
        prefixes = dict(_prefixes(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and call_name(node) == "Route" and node.args:
                text = text_of(node.args[0])
                found += [Route("get", text, f"{path}:{node.lineno}")] if text and not keyword(node, "methods") else []
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for decorator in node.decorator_list:
                for verb, owner, text in _decorated(decorator):
                    if owner not in prefixes:
                        found.append(Route(verb, text, f"{path}:{node.lineno}"))
                    elif (module := PurePosixPath(path).stem) in included or owner in included:
                        above = included.get(module, included.get(owner, ""))
                        found.append(Route(verb, above + prefixes[owner] + text or "/", f"{path}:{node.lineno}"))
    return found


def _decorated(decorator: ast.expr) -> Iterator[tuple[str, str, str]]:
    """Verb, owner and path of ``@owner.get("/path")`` and ``@owner.route("/path", methods=["POST"])``."""
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=verb)):
            place = decorator.args[0] if decorator.args else keyword(decorator, "path") or keyword(decorator, "rule")
            text = text_of(place)
            if text is None:
                return
            if verb in _VERBS:
                yield verb, owner, text
            elif verb in {"route", "api_route"}:
                methods = keyword(decorator, "methods")
                named = {(text_of(item) or "").lower() for item in getattr(methods, "elts", ())} or {"get"}
                yield from ((verb, owner, text) for verb in _VERBS if verb in named)
        case _:
            pass


def _prefixes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Routers of a module and the beginning that their paths have in common."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if call_name(call) in _ROUTERS:
                yield name, text_of(keyword(call, _ROUTERS[call_name(call)])) or ""
            case _:
                pass


def _included(project: Project) -> Iterator[tuple[str, str]]:
    """Modules, and names, of the routers that are part of an application, and where."""
    for tree in project.modules.values():
        origin = {
            alias.asname or alias.name: (node.module or "").rpartition(".")[2]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or call_name(node) not in {"include_router", "register_blueprint"}:
                continue
            prefix = text_of(keyword(node, "prefix") or keyword(node, "url_prefix")) or ""
            match node.args[:1]:
                case [ast.Attribute(value=ast.Name(id=module))]:
                    yield module, prefix
                case [ast.Name(id=name)]:
                    yield origin.get(name, name), prefix
                    yield name, prefix
                case _:
                    pass


def find_ready(routes: list[Route]) -> Route | None:
    """The route that is most like readiness."""
    return _best(routes, _READY)


def find_live(routes: list[Route]) -> Route | None:
    """The route that is liveness by its name."""
    return _best(routes, _LIVE)


def _best(routes: list[Route], words: tuple[str, ...]) -> Route | None:
    def rank(route: Route) -> int:
        last = route.path.rstrip("/").rpartition("/")[2].lower()
        return words.index(last) if last in words else len(words)

    known = [route for route in routes if route.verb == "get" and route.is_fixed and rank(route) < len(words)]
    return min(known, key=rank, default=None)
