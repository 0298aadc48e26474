"""Which variables an application reads, and which of them tells it its database."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.deploy.variables import DATABASE, database_part, is_database_url
from harness.init.project import call_name, keyword, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.init.project import Project

#: URLs as they stand in code and examples: what tells the driver that the code expects.
_URL = re.compile(r"\b(postgres(?:ql)?(?:\+[a-z0-9_]+)?)://")
#: Where the one is that is used, the best first.
_URL_PLACES = (".env", "compose", ".ini", ".yaml", ".yml", ".py")
_SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|KEY|SALT", re.IGNORECASE)
#: Functions that read a variable: of python-decouple, environs and Starlette.
_READERS = {"config", "env", "getenv"}
_OF_TESTS = re.compile(r"TEST", re.IGNORECASE)


@dataclass(frozen=True)
class Read:
    """A variable that is read.

    Args:
        name: Its name.
        required: Whether the application does not start without it.
        where: File and line.
    """

    name: str
    required: bool
    where: str


@dataclass(frozen=True)
class Needed:
    """A variable for the settings.

    Args:
        name: Its name.
        value: A template.
        where: Where it is read.
        guess: What had to be guessed of it; empty where nothing was.
    """

    name: str
    value: str
    where: str
    guess: str = ""


def find_variables(project: Project) -> list[Needed]:
    """The variables without which the application does not start, or does not find the rehearsal's database."""
    reads: dict[str, Read] = {}
    for read in _reads(project):
        known = reads.get(read.name)
        if known is None or (read.required and not known.required):
            reads[read.name] = read
    scheme, guess = find_scheme(project)
    needed = []
    for name, read in reads.items():
        if _OF_TESTS.search(name):
            continue
        part = database_part(name)
        if is_database_url(name):
            needed.append(Needed(name, f"{scheme}://{DATABASE}", read.where, guess))
        elif part is not None:
            needed.append(Needed(name, part, read.where))
        elif read.required and _SECRET.search(name):
            needed.append(Needed(name, f"{{secret:{name.lower()}}}", read.where))
        elif read.required:
            needed.append(Needed(name, "1", read.where, "its value"))
    return needed


def find_scheme(project: Project) -> tuple[str, str]:
    """The scheme of the database's URL: by the URLs that are there, else by what is installed.

    Returns:
        E.g. ``postgresql+psycopg``, and what had to be guessed of it.
    """
    for place in _URL_PLACES:
        for path, text in project.files.items():
            name = path.rpartition("/")[2]
            if name.startswith(place) or name.endswith(place) or (place == "compose" and place in name):
                found = _URL.search(text)
                if found:
                    return re.sub(r"^postgres(?=\+|$)", "postgresql", found[1]), ""
    if "django" in project.imported:
        return "postgresql", ""  # its drivers are no part of a URL
    is_async = any("create_async_engine" in project.files[path] for path in project.modules)
    drivers = ("asyncpg", "psycopg") if is_async else ("psycopg2", "psycopg", "pg8000", "asyncpg")
    driver = next((driver for driver in drivers if project.requires(driver)), "psycopg")
    return f"postgresql+{driver}", "the driver"


def _reads(project: Project) -> Iterator[Read]:
    for path, tree in project.modules.items():
        for node in ast.walk(tree):
            for name, required in _read(node):
                yield Read(name, required, f"{path}:{getattr(node, 'lineno', 1)}")
            if isinstance(node, ast.ClassDef) and any(_name(base) == "BaseSettings" for base in node.bases):
                prefix = _prefix(node)
                for line, name, required in _fields(node):
                    yield Read((prefix + name).upper(), required, f"{path}:{line}")


def _read(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Name, and whether it is required, of a variable that a node reads."""
    match node:
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(name)), ctx=ast.Load()) if _is_environ(owner):
            yield name, True
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value=str(name)), *_]) if (
            _is_environ(owner)
        ):
            yield name, False
        case ast.Call(args=[ast.Constant(value=str(name)), *rest]) if call_name(node) in _READERS and name.isupper():
            yield name, call_name(node) != "getenv" and not rest and keyword(node, "default") is None
        case _:
            pass


def _is_environ(node: ast.expr) -> bool:
    return _name(node) == "environ"


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _prefix(settings: ast.ClassDef) -> str:
    """``env_prefix`` of a class of pydantic-settings."""
    for node in ast.walk(settings):
        if isinstance(node, ast.Call) and call_name(node) in {"SettingsConfigDict", "ConfigDict"}:
            return text_of(keyword(node, "env_prefix")) or ""
        match node:
            case ast.Assign(targets=[ast.Name(id="env_prefix")], value=ast.Constant(value=str(prefix))):
                return prefix
            case _:
                pass
    return ""


def _fields(settings: ast.ClassDef) -> Iterator[tuple[int, str, bool]]:
    for node in settings.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if name != "model_config":
                call = value if isinstance(value, ast.Call) and call_name(value) == "Field" else None
                has_default = value is not None and (call is None or bool(call.args) or _defaults(call))
                alias = text_of(keyword(call, "validation_alias") or keyword(call, "alias")) if call else None
                yield node.lineno, alias or name, not has_default
            case _:
                pass


def _defaults(call: ast.Call) -> bool:
    return keyword(call, "default") is not None or keyword(call, "default_factory") is not None
