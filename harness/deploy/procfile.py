"""A Procfile as settings: ``web`` serves, ``release`` migrates."""

from __future__ import annotations

import re

from harness.deploy.commands import migration_tool
from harness.deploy.given import Given, Reading
from harness.deploy.serving import AT_BOOT, give_migrations, give_serve
from harness.errors import SettingsError

_LINE = re.compile(r"\s*([A-Za-z0-9_-]+)\s*:\s*(\S.*?)\s*")


def read_procfile(text: str, file: str, name: str | None = None) -> Given:
    """Reads the process that serves, and the one that is run before each release.

    A line is ``<process type>: <command>``, a command is a shell's, and it finds its port in the variable PORT.
    ``release`` is run before the new release's processes start. Source: Heroku Dev Center, "The Procfile" and "Release
    Phase".

    Args:
        text: The Procfile.
        file: Its name.
        name: The process that serves; None takes ``web``.

    Raises:
        SettingsError: A line is none, or there is no such process.
    """
    reading, found = Reading(), dict[str, tuple[str, str]]()
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match:
            found.setdefault(match[1], (match[2], f"{file}, line {number}"))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise SettingsError(f"{file}, line {number}: '{line.strip()}' is no line like web: COMMAND")
    chosen = name or "web"
    if chosen not in found:
        known = ", ".join(found) or "none"
        raise SettingsError(f"{file} has no process '{chosen}' (known: {known}): say which, by name under [deploy]")
    for process, (command, where) in found.items():
        if process == chosen:
            if give_serve(["sh", "-c", command], None, where, reading):
                reading.give("migrations", "when", value="at-boot", where=where, note=AT_BOOT)
        elif process == "release" and migration_tool(command):
            reading.give("migrations", "when", value="before", where=where, note="release is run before the processes")
            give_migrations(command.split(), where, reading)
        elif process == "release":
            reading.leave(f"release runs '{command}', which is no migration that is known, and is not run", where)
        else:
            reading.leave(f"the process {process} is not rehearsed: it needs settings of its own", where)
    return reading.finish(f"{file} ({chosen})")
