"""A command line names a program; where there is none, the cause is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.errors import ReleaseError
from harness.runtime.programs import find_program

#: The interpreter's folder alone: what a system has as programs of these names is not found.
ENV = {"PATH": str(Path(sys.executable).parent)}


def test_the_program_is_found_on_the_path_of_its_environment() -> None:
    name = Path(sys.executable).name
    assert find_program(f"{name} -c 'a b'", ENV) == [str(Path(sys.executable).parent / name), "-c", "a b"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("cd . && uvicorn app:app", "cd"),
        ("export A=b", "export"),
        ("source ./settings", "source"),
        ("PORT=8000 uvicorn app:app", "PORT"),
        ("migrate || true", "migrate"),
        ("migrate | tee log", "migrate"),
        ("migrate ; serve", "migrate"),
        ("migrate; serve", "migrate;"),
        ("migrate > log", "migrate"),
        ("migrate 2>&1", "migrate"),
    ],
)
def test_a_line_for_a_shell_is_told_to_be_one(command: str, name: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        find_program(command, ENV)
    assert str(caught.value).startswith(f"there is no command '{name}': its line is for a shell, and is run without")
    assert "sh -c '...'" in str(caught.value)


@pytest.mark.parametrize("command", ["gunicorm app:app --reload 'a && b'", ["migrate", "&&", "serve"], ""])
def test_another_unknown_command_may_be_mistyped(command: str | list[str]) -> None:
    with pytest.raises(ReleaseError, match=r"set python = to the interpreter that has it, or correct the command line"):
        find_program(command, ENV)
