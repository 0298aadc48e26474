"""What serves and what migrates, as settings, whichever file says it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from harness.deploy.commands import alembic_settings, join_words, migration_tool, place_port, read_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.deploy.given import Reading

#: Why a deployment migrates when it does.
AT_BOOT = "every replica migrates before it serves"


def give_serve(words: Sequence[str], port: int | None, where: str, reading: Reading) -> bool:
    """Gives ``serve``, and ``boot`` where the command migrates first.

    Args:
        words: The command.
        port: Where it listens, if that is known.
        where: File and line.
        reading: Gets them, and what could not be told.

    Returns:
        Whether the command migrates.
    """
    try:
        start = read_start(words)
    except ValueError as error:
        reading.leave(f"the command cannot be read ({error})", where, unless=("release", "serve"))
        return False
    serve, told = place_port(start.words, port)
    reading.give("release", "serve", value=serve, where=where)
    if not told:
        reading.leave(
            f"the command does not say where it listens{f' ({port})' if port else ''}: it has to take the variable "
            "PORT, or write serve = with {port} under [release]",
            where,
            unless=("release", "serve"),
        )
    if start.boot:
        give_boot(start.boot, where, reading)
    if start.unsplit:
        reading.leave(
            "the command migrates within a script: serve = and boot = under [release] would tell them apart",
            where,
            unless=("release", "boot"),
        )
    if start.boot or start.unsplit:
        give_migrations(words, where, reading)
    return bool(start.boot) or start.unsplit


def give_boot(commands: Sequence[str], where: str, reading: Reading) -> None:
    """Gives ``boot``: a command line, or a shell's that runs several one after the other.

    Args:
        commands: Command lines, as templates.
        where: File and line.
        reading: Gets it; one that is there already stands.
    """
    boot = commands[0] if len(commands) == 1 else join_words(["sh", "-c", " && ".join(commands)])
    if ("release", "boot") in reading.values:
        reading.leave(f"'{boot}' is not run: something else is boot already", where, unless=("release", "boot"))
    reading.give("release", "boot", value=boot, where=where)


def give_migrations(words: Sequence[str], where: str, reading: Reading) -> None:
    """Gives keys of ``[migrations]`` by a command that migrates; a tool that is not Alembic is told.

    Args:
        words: The command.
        where: File and line.
        reading: Gets them.
    """
    command = " ".join(words)
    tool = migration_tool(command)
    manage = re.search(r"[^\s'\"]*\bmanage\.py", command)
    if tool == "Django" and manage:
        reading.give("migrations", "django", value=below_source(manage[0]), where=where)
    elif tool not in {None, "Alembic"}:
        reading.leave(
            f"it migrates by {tool}, which is not driven by itself: say steps = and command = under [migrations]",
            where,
            unless=("migrations", "command"),
        )
    else:
        for key, value in alembic_settings(words).items():
            if (key, value) != ("target", "head"):
                taken = below_source(value) if key == "alembic" and isinstance(value, str) else value
                reading.give("migrations", key, value=taken, where=where)


def below_source(path: str) -> str:
    """A file of a container as it is called below the source, which images have in ``/app``, ``/usr/src/app``."""
    return re.sub(r"^/(usr/src/)?[^/]+/", "", path)


def split_command(text: str) -> list[str]:
    """Words of a command that is written as one text; quotes that do not match are left as they are."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
