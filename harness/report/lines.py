"""Finds the line of a migration that did what a finding speaks of, in the text of its file."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: What Alembic's own templates call the two functions, and the objects whose methods change the schema.
_UPGRADE = "upgrade"
_OPERATIONS = re.compile(r"op|operations|batch(_op)?|.*_batch_op")


def find_line(text: str, words: str, *, is_python: bool) -> int:
    """The line of the call, or of the statement, that has most words in common with a finding.

    Args:
        text: Of the migration's file.
        words: What the step changed, and what a finding says of it.
        is_python: Whether it is a module of Alembic's; else it is plain SQL.

    Returns:
        From 1; of the function ``upgrade`` where no call is found, and 1 where there is none either.
    """
    wanted = frozenset(_WORD.findall(words.lower()))
    if not is_python:
        return _best(wanted, _sql_lines(text), 1)
    try:
        module = ast.parse(text)
    except SyntaxError:
        return 1
    upgrade = next((node for node in ast.walk(module) if isinstance(node, _FUNCTIONS) and node.name == _UPGRADE), None)
    if upgrade is None:
        return 1
    return _best(wanted, _calls(upgrade), upgrade.lineno)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _best(wanted: frozenset[str], places: Iterator[tuple[int, str, str]], otherwise: int) -> int:
    """The first of those that fit best; the first of all where none fits."""
    found = [(_score(wanted, verb, text), -line) for line, verb, text in places]
    return -max(found)[1] if found else otherwise


def _score(wanted: frozenset[str], verb: str, text: str) -> int:
    """A name in common tells more than a verb: ``drop_column`` drops, as does what was ``dropped``."""
    return 2 * len(wanted & set(_WORD.findall(text.lower()))) + any(word.startswith(verb) for word in wanted if verb)


def _calls(upgrade: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, verb and strings of each call that changes the schema."""
    for node in ast.walk(upgrade):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if _OPERATIONS.fullmatch(name):
                inside = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
                strings = [value for value in inside if isinstance(value, str)]
                yield node.lineno, method.partition("_")[0], " ".join(strings)
            case _:
                pass


def _sql_lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.strip().startswith("--"):
            yield number, line.split()[0].lower(), line
