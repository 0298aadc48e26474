"""Command lines of deployments as those of ``rolldeploy.toml``: with ``{port}``, and apart from what migrates."""

from __future__ import annotations

import itertools
import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHELLS = frozenset({"sh", "bash", "dash", "ash"})
#: Environments of a project: the rehearsal has the release's own first on ``PATH``, so that there is nothing to find.
_RUNNERS = (("poetry", "run"), ("uv", "run"), ("pdm", "run"), ("pipenv", "run"), ("hatch", "run"))
#: Commands that migrate, by the tool.
_MIGRATIONS = {
    "Alembic": re.compile(r"\balembic\b.*\bupgrade\b", re.DOTALL),
    "Flask-Migrate": re.compile(r"\bflask\b.*\bdb\s+upgrade\b", re.DOTALL),
    "Django": re.compile(r"(\bmanage\.py|\bdjango-admin)\s+migrate\b"),
}
#: Where servers are told their port.
_PORTS = (
    r"--(?:server[.-]|http-)?port[= ](\d{2,5})\b",
    r"(?:^|\s)-p[= ]?(\d{2,5})\b",
    r"(?:--bind|-b|--listen|--http|--http-socket)[= ]?\S*?:(\d{2,5})\b",
    r"\brunserver\s+(?:\S*:)?(\d{2,5})\b",
)
_PORT_VARIABLE = re.compile(r"\$PORT\b|\$\{PORT(:?-\d+)?\}")
#: Stands for ``{port}`` in a command that is not a template yet; a character of Unicode's private use means nothing.
_PORT = "\ue000"
#: What a shell makes something else of; a command without is one for ``execve(2)``.
_SHELL_SIGNS = re.compile(r"[$`|&;<>()*?~\n]")


@dataclass(frozen=True)
class Start:
    """How a container is started.

    Args:
        words: The words of its command.
        boot: Command lines that it runs before, and that migrate.
        unsplit: Whether it migrates somewhere within.
    """

    words: tuple[str, ...]
    boot: tuple[str, ...] = ()
    unsplit: bool = False


@dataclass(frozen=True)
class _Part:
    """One command of a script, where it begins, and what follows it: ``&&``, ``;``, a line's end or nothing."""

    text: str
    start: int
    joint: str


def migration_tool(command: str) -> str | None:
    """The tool by which a command line migrates, or None where it does not."""
    return next((tool for tool, pattern in _MIGRATIONS.items() if pattern.search(command)), None)


def shell_words(script: str, shell: str = "sh") -> tuple[str, ...]:
    """The words of a command line that a shell would be given: without the shell, where it has nothing to do.

    Args:
        script: The command line.
        shell: Which shell.

    Raises:
        ValueError: Its quotes do not match.
    """
    line = _PORT_VARIABLE.sub(_PORT, script.strip())
    if re.search(r"[;&|\n]", line) or re.match(r"[A-Za-z_]\w*=", line):
        return (shell, "-c", line)
    line = line.removeprefix("exec ").strip()
    return (shell, "-c", f"exec {line}") if _SHELL_SIGNS.search(line) else strip_runner(shlex.split(line))


def strip_runner(words: Sequence[str]) -> tuple[str, ...]:
    """A command without ``poetry run`` and the like."""
    for runner in _RUNNERS:
        if tuple(words[: len(runner)]) == runner:
            rest = list(words[len(runner) :])
            while rest and rest[0].startswith("-"):
                del rest[0]
            return tuple(rest) or tuple(words)
    return tuple(words)


def read_start(words: Sequence[str]) -> Start:
    """Takes what migrates out of a command.

    Steps of a shell's script that are joined by ``&&``, or follow ``set -e``, are commands of their own: those that
    migrate before the last one are what ``boot`` is.

    Raises:
        ValueError: A script's quotes do not match.
    """
    script = _script(words)
    if script is None:
        return Start(strip_runner(words), unsplit=migration_tool(shlex.join(words)) is not None)
    shell, parts = PurePosixPath(words[0]).name, list(_parts(script))
    strict = any(re.match(r"set\s+-\w*e", part.text) for part in parts)
    boot: list[str] = []
    for part in parts[:-1]:
        if migration_tool(part.text) is not None and (part.joint == "&&" or strict):
            boot.append(join_words([escape(word) for word in shell_words(part.text, shell)]))
        elif not re.match(r"(echo|printf|set)\b|#", part.text):
            rest = script if not boot else ("set -e\n" if strict else "") + script[part.start :].strip()
            return Start(shell_words(rest, shell), tuple(boot), unsplit=migration_tool(rest) is not None)
    last = parts[-1].text if parts else ""
    return Start(shell_words(last, shell), tuple(boot), unsplit=migration_tool(last) is not None)


def find_port(words: Sequence[str]) -> int | None:
    """The port that a command names, by the options of usual servers."""
    text = _script(words) or " ".join(words)
    for pattern in _PORTS:
        match = re.search(pattern, text)
        if match:
            return int(match[1])
    return None


def place_port(words: Sequence[str], port: int | None) -> tuple[str, bool]:
    """A command line with ``{port}`` in the place of its port.

    uvicorn and Flask take ``--port``; gunicorn binds to the variable PORT where it is told nothing else (Gunicorn,
    "Settings", "bind").

    Args:
        words: The command.
        port: Where the container listens, if that is known.

    Returns:
        The template, and whether the process is told where to listen.
    """
    words = list(words)
    port = port or find_port(words)
    number = re.compile(rf"(?<![\w.-]){port}(?![\w.])")
    told = any(_PORT in word for word in words)
    placed = []
    for word in words:
        text = escape(word)
        if port is not None:
            text, count = number.subn("{port}", text)
            told = told or bool(count)
        placed.append(text)
    if not told:
        program = PurePosixPath([*(words[2:] if words[1:2] == ["-m"] else words), ""][0]).name
        if program == "uvicorn" or (program == "flask" and "run" in words):
            placed += ["--port", "{port}"]
        told = "{port}" in placed or program == "gunicorn"
    return join_words(placed), told


def alembic_settings(words: Sequence[str]) -> dict[str, str | list[str]]:
    """Keys of ``[migrations]`` by the options of a command that migrates (Alembic, "Usage": ``-c``, ``-n``, ``-x``)."""
    script = _script(words)
    words = re.split(r"\s+", script) if script else words
    found: dict[str, str | list[str]] = {}
    wanted = {"-c": "alembic", "--config": "alembic", "-n": "section", "--name": "section", "-x": "x"}
    for option, value in itertools.pairwise(words):
        if option in wanted:
            key = wanted[option]
            found[key] = [*found.get(key, []), value] if key == "x" else value
        if option == "upgrade" and value in {"head", "heads"}:
            found["target"] = value
    return found


def escape(text: str) -> str:
    """A text as a template that stands for it."""
    return text.replace("{", "{{").replace("}", "}}")


def join_words(words: Sequence[str]) -> str:
    """A command line that is split into these words; placeholders need no quotes."""
    return " ".join(word if _is_plain(word) else shlex.quote(word) for word in words).replace(_PORT, "{port}")


def _is_plain(word: str) -> bool:
    bare = re.sub(rf"[{{}}{_PORT}]", "", word)
    return bool(word) and shlex.quote(bare or "x") == (bare or "x")


def _script(words: Sequence[str]) -> str | None:
    """The script of ``sh -c SCRIPT``; None where that is no shell's call."""
    shell, *rest = words or ("",)
    flags = [word for word in rest[:-1] if re.fullmatch(r"-[a-z]*", word)]
    is_call = PurePosixPath(shell).name in _SHELLS and len(rest) == len(flags) + 1
    return rest[-1] if is_call and any("c" in flag for flag in flags) else None


def _parts(script: str) -> Iterator[_Part]:
    """The commands of a script; signs within quotes divide nothing."""
    start = 0
    for match in re.finditer(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|&&|;|\n|\Z|.""", script, re.DOTALL):
        if match[0] in {"&&", ";", "\n", ""}:
            text = script[start : match.start()].replace("\\\n", "").strip()
            if text:
                yield _Part(text, start, match[0])
            start = match.end()
