"""Fills ``{placeholders}`` in command lines, variables and files, as data: no attribute access, no formatting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What every process has: a folder of its own, one that both releases share, and values that both know.
_EVERYWHERE = frozenset({"private", "shared", "secret:NAME"})
#: What an environment variable may name: the database, the role that replicas act as there, and further ports.
ENV_PLACEHOLDERS = _EVERYWHERE | {"user", "password", "host", "port", "database", "app_role", "port:NAME"}
#: What ``serve`` may name: the replica.
SERVE_PLACEHOLDERS = _EVERYWHERE | {"port", "replica", "port:NAME"}
#: What ``boot`` may name: the replica that it runs for; the database reaches it by the environment.
BOOT_PLACEHOLDERS = SERVE_PLACEHOLDERS
#: What ``init`` and a migration command may name: they run for no replica, so that there is no port.
COMMAND_PLACEHOLDERS = _EVERYWHERE | {"replica"}
#: What a configuration file may name: all that a variable may, and the replica.
FILE_PLACEHOLDERS = ENV_PLACEHOLDERS | {"replica"}

#: The replica's own port under a name that no database has.
SERVE_PORT = "port:serve"

_NAME = r"(?:port|secret):[A-Za-z][A-Za-z0-9_-]*|[a-z_]+"
_TOKEN = re.compile(rf"\{{\{{|\}}\}}|\{{({_NAME})\}}")
#: Files have braces of their own: only those around a name are anybody's.
_FILE_TOKEN = re.compile(rf"\{{(\{{(?:{_NAME})\}})\}}|\{{({_NAME})\}}")


def placeholders(template: str) -> frozenset[str]:
    """Names of the placeholders in a template; ``{{`` and ``}}`` stand for braces."""
    return frozenset(match[1] for match in _TOKEN.finditer(template) if match[1])


def unknown_placeholders(names: frozenset[str], known: frozenset[str]) -> list[str]:
    """Those that are not known, in order; ``port:grpc`` is known where ``port:NAME`` is."""
    return sorted(name for name in names if re.sub(":.*", ":NAME", name) not in known)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Puts values into a template.

    Args:
        template: Text with ``{name}``; ``{{`` and ``}}`` stand for braces.
        values: A value for each name.

    Raises:
        KeyError: A placeholder has no value.
    """
    return _TOKEN.sub(lambda match: values[match[1]] if match[1] else match[0][0], template)


def file_placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders in a file; a doubled pair of braces around a name stands for a single one."""
    return frozenset(match[2] for match in _FILE_TOKEN.finditer(text) if match[2])


def fill_file(text: str, values: Mapping[str, str]) -> str:
    """Puts values into the text of a configuration file, and leaves all of its other braces alone.

    Args:
        text: With ``{name}``; ``{{name}}`` stands for ``{name}``.
        values: A value for each name.

    Raises:
        KeyError: A placeholder has no value.
    """
    return _FILE_TOKEN.sub(lambda match: values[match[2]] if match[2] else match[1], text)
