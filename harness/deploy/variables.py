"""Environment variables of a deployment: which can be taken over, and which are the rehearsal's own to give."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.deploy.commands import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.deploy.given import Reading

#: How the rehearsal's database is reached, behind the scheme of a URL.
DATABASE = "{user}:{password}@{host}:{port}/{database}"
#: A URL of PostgreSQL with its driver.
_POSTGRES = re.compile(r"((?:postgres|postgresql)(?:\+\w+)?)://[^?\s]*(\?\S*)?")
#: Any other URL: a rehearsal must not reach what production reaches because a file names it.
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
#: Variables whose values are servers, without a scheme; and values that are this machine, or nobody.
_SERVER = re.compile(r"(?<!ALLOWED)_(HOSTS?|HOSTNAME|SERVERS?|BROKERS?|NODES|ENDPOINT|ADDR|ADDRESS)$")
_HERE = re.compile(r"(localhost|0\.0\.0\.0|127\.[\d.]+|\[?::1?\]?)?(:\d+)?|\*")
#: A part of where the database is, by its name: DB_HOST, POSTGRES_PASSWORD, PGUSER (the last is libpq's).
_PART = re.compile(
    r"(?:\w+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQL)_?"
    r"(HOST|HOSTNAME|SERVER|ADDRESS|PORT|USER|USERNAME|PASSWORD|PASS|NAME|DATABASE|DB)"
)
_OTHERS = re.compile(r"REDIS|MYSQL|MARIA|MONGO|CACHE|RABBIT|ELASTIC|MSSQL|SQLITE")
_PARTS = {
    "HOST": "host",
    "HOSTNAME": "host",
    "SERVER": "host",
    "ADDRESS": "host",
    "PORT": "port",
    "USER": "user",
    "USERNAME": "user",
    "PASSWORD": "password",
    "PASS": "password",
    "NAME": "database",
    "DATABASE": "database",
    "DB": "database",
}
_WHOLE = re.compile(r"(?:\w+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQLALCHEMY)\w*(?:URL|URI|DSN)")
#: What the rehearsal gives each process itself, and why.
_OWN = {
    "PORT": "each replica has a port of its own",
    "HOME": "each process has a home of its own",
    "PATH": "the release's own commands come first there",
    "HOSTNAME": "it is this machine's",
    "VIRTUAL_ENV": "the environment is that of python = or environment = under [release]",
}
_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.-]*)\)")


@dataclass(frozen=True)
class Variable:
    """One variable of a container.

    Args:
        value: Its value; None where that is kept elsewhere.
        where: File and line.
        kept: Where its value is kept: ``the Secret web, key url``.
    """

    value: str | None
    where: str
    kept: str = ""


def give_variables(
    found: Mapping[str, Variable], reading: Reading, *, mounts: tuple[str, ...] = (), references: bool = False
) -> None:
    """Settings for the variables of a container.

    Args:
        found: All of them.
        reading: Gets them, and those that cannot be known.
        mounts: Folders of the container that are not there in a rehearsal.
        references: Whether ``$(NAME)`` in a value is another variable's, as on Kubernetes.
    """
    for name, variable in found.items():
        if name in _OWN:
            reading.aside.setdefault(f"variable {name} ({_OWN[name]})")
            continue
        template, note = _of_database(name, variable.value)
        if template is None and variable.value is not None:
            value, missing = expand(variable.value, found) if references else (variable.value, ())
            why = _reason(name, value, mounts) or (f"it needs {', '.join(missing)}" if missing else "")
            if why:
                _leave(reading, name, variable.where, f"is not taken over: {why}")
                continue
            template = escape(value)
        if template is not None:
            reading.give("release", "env", name, value=template, where=variable.where, note=note)
        else:
            _leave(reading, name, variable.where, f"is kept in {variable.kept}")


def expand(text: str, found: Mapping[str, Variable]) -> tuple[str, tuple[str, ...]]:
    """Puts variables into a text, as Kubernetes does.

    ``$(NAME)`` is the value of another variable of the container; ``$$`` is one ``$``, and what names no variable stays
    as it is. Source: Kubernetes API, Container v1, "args" and "env".

    Returns:
        The text, and names of those whose value is not known.
    """
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        variable = found.get(match[1])
        if variable is None:
            return match[0]
        if variable.value is None or _of_database(match[1], variable.value)[0] is not None:
            missing.append(match[1])
            return match[0]
        return variable.value

    return _REFERENCE.sub(value, text), tuple(missing)


def _of_database(name: str, value: str | None) -> tuple[str | None, str]:
    """A template, where a variable says how the database is reached; and what it was made of."""
    whole = _POSTGRES.fullmatch(value or "")
    if whole:
        dropped = f", without {whole[2]}" if whole[2] else ""
        return f"{whole[1]}://{DATABASE}", f"the rehearsal's database{dropped}"
    part = None if value and _URL.match(value) else database_part(name)
    return (part, "the rehearsal's database, by its name") if part else (None, "")


def database_part(name: str) -> str | None:
    """The placeholder that a variable like DB_HOST stands for, by its name."""
    part = None if _OTHERS.search(name) else _PART.fullmatch(name)
    return f"{{{_PARTS[part[1]]}}}" if part else None


def is_database_url(name: str) -> bool:
    """Whether a variable is the URL of a database, by its name."""
    return bool(_WHOLE.fullmatch(name)) and not _OTHERS.search(name)


def _reason(name: str, value: str, mounts: tuple[str, ...]) -> str:
    """Why a value that is known has no place in a rehearsal."""
    if name == "PYTHONPATH":
        return "the source, and its folder src, come first there anyhow"
    if _URL.match(value) or (_SERVER.search(name) and not _HERE.fullmatch(value)):
        return "it names a server that the rehearsal does not have"
    if any(value == mount or value.startswith(f"{mount}/") for mount in mounts):
        return "it is a folder of the container: {private} or {shared}, say"
    return ""


def _leave(reading: Reading, name: str, where: str, why: str) -> None:
    # No NAME = "...": where the name says that its value is secret, a report would have "***" for it.
    example = f' to "postgresql+psycopg://{DATABASE}"' if is_database_url(name) else ""
    reading.leave(
        f"variable {name} {why}; where the release needs it: set {name} under [release.env]{example}",
        where,
        unless=("release", "env", name),
    )
