"""The words of a command line, and the program that it names."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from typing import TYPE_CHECKING

from harness.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What only a shell has (POSIX, "Shell Command Language", 2.7, 2.9.3 and 2.15): operators, and commands of its own.
_OPERATORS = re.compile(r"&&|\|\|?|;|&|\d*(>>?|<)(&\d)?")
_BUILT_IN = frozenset({".", "cd", "exec", "export", "set", "source", "ulimit", "umask", "unset"})
#: A variable before a command: ``PORT=8000 serve``.
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)


def find_program(command: str | list[str], env: Mapping[str, str]) -> list[str]:
    """Words of a command, the first one a path.

    Args:
        command: A command line, split as a shell would, or its words.
        env: Its environment; ``PATH`` is searched.

    Raises:
        ReleaseError: There is no such command.
    """
    words = split_command(command)
    program = shutil.which(words[0], path=env.get("PATH")) if words else None
    if program is None:
        name = (words[0] if words else str(command)).partition("=")[0]  # what a variable is set to may be a password
        if isinstance(command, str) and _needs_shell(words):
            raise ReleaseError(
                f"there is no command '{name}': its line is for a shell, and is run without one; write sh -c '...' "
                "around it, with exec before the program that stays, so that this one gets the signals"
            )
        raise ReleaseError(
            f"there is no command '{name}' in the release's environment: looked in "
            f"{env.get('PATH', '').split(os.pathsep)[0]} first; set python = to the interpreter that has it, or "
            "correct the command line in the settings"
        )
    return [program, *words[1:]]


def _needs_shell(words: list[str]) -> bool:
    """Whether a command line that names no program would mean something to a shell."""
    if not words:
        return False
    begins = words[0] in _BUILT_IN or _ASSIGNMENT.fullmatch(words[0]) is not None
    return begins or words[0].endswith(";") or any(_OPERATORS.fullmatch(word) for word in words)


def split_command(command: str | list[str]) -> list[str]:
    """Words of a command line, as a shell would split it; what is split already stays.

    Raises:
        ReleaseError: It cannot be split.
    """
    try:
        return shlex.split(command) if isinstance(command, str) else command
    except ValueError as error:
        raise ReleaseError(
            f"the command line '{command}' cannot be read: {error}; correct it in the settings"
        ) from None
