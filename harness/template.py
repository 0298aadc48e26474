"""Fills ``{placeholders}`` in command lines and environment variables, as data: no attribute access, no formatting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What an environment variable may name: the database, and the role that replicas act as there.
ENV_PLACEHOLDERS = frozenset({"user", "password", "host", "port", "database", "app_role"})
#: What ``serve`` may name: the replica.
SERVE_PLACEHOLDERS = frozenset({"port", "replica"})
#: What ``boot`` may name: the replica that it runs for; the database reaches it by the environment.
BOOT_PLACEHOLDERS = frozenset({"port", "replica"})
#: What ``init`` and a migration command may name: they run for no replica, so that there is no port.
COMMAND_PLACEHOLDERS = frozenset({"replica"})

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")


def placeholders(template: str) -> frozenset[str]:
    """Names of the placeholders in a template; ``{{`` and ``}}`` stand for braces."""
    return frozenset(match[1] for match in _TOKEN.finditer(template) if match[1])


def fill(template: str, values: Mapping[str, str]) -> str:
    """Puts values into a template.

    Args:
        template: Text with ``{name}``; ``{{`` and ``}}`` stand for braces.
        values: A value for each name.

    Raises:
        KeyError: A placeholder has no value.
    """
    return _TOKEN.sub(lambda match: values[match[1]] if match[1] else match[0][0], template)
