"""The shape of the code: who may import whom, which layers do no I/O, and how long a file may be."""

from __future__ import annotations

import ast
import re
import sys
import types
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import harness

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(harness.__file__).parent
ROOT = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))

#: Longer files are to be cut in two.
MOST_LINES = 350


@dataclass(frozen=True)
class Import:
    """One imported module, or a name out of it.

    Args:
        module: The module.
        name: The name that is taken out of it, or the empty string.
        for_types: Whether only a type checker sees it.
        at_top: Whether it is imported when the importing module is.
    """

    module: str
    name: str
    for_types: bool
    at_top: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[Import]:
    yield from _imports(parse(path), for_types=False, at_top=True)


def _imports(node: ast.AST, *, for_types: bool, at_top: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield Import(alias.name, "", for_types, at_top)
        case ast.ImportFrom(module=module, names=names, level=level):
            assert level == 0, "imports are absolute"
            for alias in names:
                yield Import(module or "", alias.name, for_types, at_top)
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            for hidden in node.body:
                yield from _imports(hidden, for_types=True, at_top=at_top)
            for other in node.orelse:
                yield from _imports(other, for_types=for_types, at_top=at_top)
        case _:
            inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, for_types=for_types, at_top=at_top and not inside)


def ours(path: Path) -> Iterator[str]:
    """Modules of the harness that a file imports, for types too."""
    for found in imports(path):
        if found.module.split(".")[0] == "harness":
            # "from harness import x" may mean a module of that name.
            deeper = ROOT.joinpath(*found.module.split("."), f"{found.name}.py").is_file()
            yield f"{found.module}.{found.name}" if deeper else found.module


def ids(path: Path) -> str:
    return module_name(path)


every_file = pytest.mark.parametrize("path", FILES, ids=ids)

#: Each layer and what it may import beside itself, from the bottom to the top; a longer name is more particular.
#: Imports for types count: a layer that cannot be described without another one depends on it.
LAYERS: dict[str, set[str]] = {
    # No layer of its own in the drawing: both are words and no more, and stand beside the exceptions.
    "harness.errors": set(),
    "harness.template": set(),
    "harness.secrets": set(),
    "harness.model": {"harness.errors"},
    "harness.plan": {"harness.errors", "harness.model"},
    # A plan tells which cells are to be judged, and its codec is the journal's: the data of plans, not the planner.
    "harness.evidence": {
        "harness.errors",
        "harness.model",
        "harness.plan.steps",
        "harness.plan.traffic_steps",
        "harness.plan.codec",
    },
    # The one place that reads the clock; traffic waits by it too.
    "harness.runtime.waiting": set(),
    "harness.runtime": {"harness.errors", "harness.model", "harness.plan", "harness.template", "harness.secrets"},
    # Exploration draws schedules and plays their requests: the data of plans, and what wishes come to.
    "harness.traffic": {
        "harness.errors",
        "harness.model",
        "harness.plan.schedule",
        "harness.plan.steps",
        "harness.plan.tale",
        "harness.plan.wishes",
        "harness.runtime.waiting",
    },
    "harness.report": {
        "harness.errors",
        "harness.model",
        "harness.evidence",
        "harness.plan.steps",
        "harness.plan.traffic_steps",
        "harness.plan.render",
        "harness.plan.frame",
    },
    # Texts of other tools' files in, settings out: whoever names such a file reads it.
    "harness.deploy": {"harness.errors"},
    "harness.settings_source": {"harness.errors"},
    "harness.settings_tables": {"harness.model"},
    "harness.settings_image": {"harness.model", "harness.settings_source"},
    "harness.settings_running": {"harness.model", "harness.settings_source", "harness.settings_tables"},
    "harness.settings_release": {
        "harness.errors",
        "harness.model",
        "harness.settings_image",
        "harness.settings_running",
        "harness.settings_source",
        "harness.settings_tables",
        "harness.template",
    },
    "harness.settings_task": {
        "harness.model",
        "harness.settings_release",
        "harness.settings_source",
        "harness.settings_tables",
        "harness.template",
    },
    "harness.settings_waivers": {"harness.errors", "harness.model", "harness.settings_source"},
    "harness.settings_chain": {
        "harness.model",
        "harness.settings_release",
        "harness.settings_source",
        "harness.settings_tables",
    },
    "harness.settings_deploy": {
        "harness.errors",
        "harness.model",
        "harness.deploy",
        "harness.settings_source",
        "harness.settings_tables",
    },
    "harness.config": {
        "harness.errors",
        "harness.model",
        "harness.plan.wishes",  # the names of disturbances
        "harness.template",
        "harness.settings_chain",
        "harness.settings_deploy",
        "harness.settings_image",
        "harness.settings_release",
        "harness.settings_running",
        "harness.settings_source",
        "harness.settings_tables",
        "harness.settings_task",
    },
}
LAYERS["harness.init"] = {
    "harness.errors",
    "harness.deploy",
    "harness.config",
    "harness.settings_deploy",
    "harness.settings_source",
    "harness.settings_tables",
}
#: What puts the layers together may import all of them; nobody below imports it.
TOP = (
    "harness.adopting",
    "harness.beginning",
    "harness.chain",
    "harness.rehearsal",
    "harness.one_task",
    "harness.theatre",
    "harness.ahead",
    "harness.surveying",
    "harness.explored",
    "harness.exploring",
    "harness.replaying",
    "harness.exported",
    "harness.explore_items",
    "harness.formats",
    "harness.places",
    "harness.waiving",
    "harness.merge",
    "harness.pages",
    "harness.progress",
    "harness.screen",
    "harness.sessions",
    "harness.nodes",
    "harness.stopping",
    "harness.selection",
    "harness.items",
    "harness.cli",
    "harness.plugin",
)


def is_in(module: str, layer: str) -> bool:
    return module == layer or module.startswith(f"{layer}.")


def layer_of(module: str) -> str | None:
    """The most particular layer that a module is in."""
    return max((layer for layer in LAYERS if is_in(module, layer)), key=len, default=None)


@every_file
def test_each_layer_imports_only_those_that_it_may(path: Path) -> None:
    module = module_name(path)
    layer = layer_of(module)
    if layer is None:
        assert module == "harness" or module in TOP, f"{module} is in no layer: put it in one, or say where it belongs"
        return
    wrong = [
        imported
        for imported in ours(path)
        if not is_in(imported, layer) and not any(is_in(imported, allowed) for allowed in LAYERS[layer])
    ]
    assert wrong == [], f"{module} is in {layer}, and may import only {sorted(LAYERS[layer])}"


def test_runtime_and_traffic_know_nothing_of_each_other_but_the_clock() -> None:
    runtime = {imported for path in FILES if is_in(module_name(path), "harness.runtime") for imported in ours(path)}
    traffic = {imported for path in FILES if is_in(module_name(path), "harness.traffic") for imported in ours(path)}
    assert not any(is_in(imported, "harness.traffic") for imported in runtime)
    assert {imported for imported in traffic if is_in(imported, "harness.runtime")} <= {"harness.runtime.waiting"}


def test_nobody_imports_the_plugin_or_the_command_line() -> None:
    for path in FILES:
        assert not {"harness.plugin", "harness.cli"} & set(ours(path)), path


def test_the_package_itself_imports_only_what_authors_of_scenarios_need() -> None:
    assert set(ours(PACKAGE / "__init__.py")) == {"harness.traffic.invariants", "harness.traffic.journeys"}


def test_the_drawing_has_no_layer_that_is_not_there() -> None:
    modules = {module_name(path) for path in FILES}
    assert [name for name in (*LAYERS, *TOP) if name not in modules] == []


PURE = (
    "harness.errors",
    "harness.model",
    "harness.plan",
    "harness.evidence",
    "harness.report",
    "harness.template",
    "harness.deploy",
)
#: What a pure module may import beside the harness: nothing here reads a file, a clock, a socket or a die.
PURE_MODULES = {
    "__future__",
    "ast",
    "bisect",
    "collections",
    "collections.abc",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "json",
    "jinja2",  # reads templates, which are part of the package as its modules are
    "math",
    "msgspec",
    "pathlib",
    "re",
    "shlex",
    "typing",
    "yaml",  # texts in, values out
}
#: Their last functions read and write the one file that their format is for.
FILE_FORMATS = {"harness.evidence.journal", "harness.report.document"}
IO_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
IO_METHODS = {"open", "read_bytes", "read_text", "write_bytes", "write_text", "mkdir", "unlink", "exists", "is_file"}

pure_files = pytest.mark.parametrize(
    "path", [path for path in FILES if any(is_in(module_name(path), layer) for layer in PURE)], ids=ids
)


@pure_files
def test_pure_layers_import_nothing_that_does_io(path: Path) -> None:
    theirs = [found for found in imports(path) if found.module.split(".")[0] != "harness"]
    assert {found.module for found in theirs} <= PURE_MODULES
    if module_name(path) not in FILE_FORMATS:
        run = {found.name for found in theirs if found.module == "pathlib" and not found.for_types}
        assert run <= {"PurePath", "PurePosixPath"}


@pure_files
def test_pure_layers_open_and_print_nothing(path: Path) -> None:
    if module_name(path) in FILE_FORMATS:
        return
    for node in ast.walk(parse(path)):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                assert name not in IO_CALLS, f"line {node.lineno}"
            case ast.Call(func=ast.Attribute(attr=name)):
                assert name not in IO_METHODS, f"line {node.lineno}"
            case _:
                pass


def test_files_are_read_and_written_at_the_end_of_a_format_alone() -> None:
    """``read_document`` and the two functions of the journal: everything else of those modules is pure too."""
    found = {
        function.name
        for module in FILE_FORMATS
        for function in ast.walk(parse(ROOT.joinpath(*module.split(".")).with_suffix(".py")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr in IO_METHODS
    }
    assert found == {"read_document", "read_journal", "write_journal"}


def test_the_model_needs_the_standard_library_alone() -> None:
    for path in FILES:
        if is_in(module_name(path), "harness.model") or module_name(path) == "harness.errors":
            names = {found.module.split(".")[0] for found in imports(path)}
            assert names <= set(sys.stdlib_module_names) | {"harness"}, path


def test_the_plugin_imports_the_standard_library_and_pytest_alone_until_it_is_used() -> None:
    at_start = [found for found in imports(PACKAGE / "plugin.py") if found.at_top and not found.for_types]
    names = {found.module.split(".")[0] for found in at_start}
    assert names - {"pytest"} <= set(sys.stdlib_module_names)


def test_two_modules_alone_speak_http() -> None:
    """So that a successor of httpx is a small change."""
    users = {
        module_name(path)
        for path in FILES
        for found in imports(path)
        if found.module.split(".")[0] == "httpx" and not found.for_types
    }
    assert users == {"harness.traffic.sending", "harness.traffic.transport"}


@every_file
def test_no_file_is_longer_than_a_reader_can_hold(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{path.relative_to(ROOT)} has {lines} lines: cut it in two"


@cache
def scenario_words() -> frozenset[str]:
    """Names of scenarios and of the packages in them."""
    scenarios = ROOT / "scenarios"
    names = {path.name for path in scenarios.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    packages = {path.parent.name for path in scenarios.rglob("__init__.py")}
    return frozenset((names | packages) - {"migrations", "versions", "shared"})  # what scenarios share is no scenario


@every_file
def test_the_harness_knows_no_scenario(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        assert not scenario_words() & set(re.findall(r"\w+", line)), f"line {number}: {line.strip()}"
        assert "scenarios/" not in line, f"line {number}: {line.strip()}"


def test_the_scenarios_are_known_to_this_test() -> None:
    assert {"shop", "safe_rename", "catalogue"} <= scenario_words()


def test_the_public_names_are_these() -> None:
    assert sorted(harness.__all__) == ["Invariant", "Journey", "eventually", "invariant", "journey"]
    public = {
        name
        for name, value in vars(harness).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert public == set(harness.__all__)


@every_file
def test_package_files_are_empty_or_re_export(path: Path) -> None:
    if path.name != "__init__.py":
        return
    for node in parse(path).body:
        is_all = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert is_docstring or is_all or isinstance(node, (ast.Import, ast.ImportFrom)), f"line {node.lineno}"
