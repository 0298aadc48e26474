"""One server for a whole test session: chosen and started by the first process that needs it, shared by the others."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from harness.errors import PostgresError, SettingsError
from harness.runtime.postgres.binaries import find_embedded, find_system
from harness.runtime.postgres.cluster import start_cluster
from harness.runtime.postgres.container import start_container
from harness.runtime.postgres.server import decode_server, encode_server
from harness.runtime.postgres.url import is_url, use_url
from harness.runtime.reaper import Container, Database, Network, PostgresCluster, Role, release

if TYPE_CHECKING:
    from harness.runtime.postgres.server import Server
    from harness.runtime.reaper import Session

URL_VARIABLE = "ROLLDEPLOY_POSTGRES_URL"
DEFAULT_IMAGE = "postgres:17"
CHOICES = ("auto", "container", "embedded", "system")
# An explicitly wanted image may take minutes to pull over a slow line, while other xdist workers wait here.
LOCK_DEADLINE_S = 900


def acquire_server(choice: str, *, image: str = DEFAULT_IMAGE, session: Session) -> Server:
    """Get the session's server, starting it where nobody has yet.

    Args:
        choice: `auto`, `container`, `container:IMAGE`, `embedded`, `system`, `system:BINDIR` or a `postgresql://` URL.
            `auto` takes the first that works of the URL in `ROLLDEPLOY_POSTGRES_URL`, container, embedded and system.
        image: the container's image, with its tag.
        session: whose server it is; ends it after a crash.

    Raises:
        SettingsError: no such choice.
        PostgresError: the server cannot be had; the text says what to do.
    """
    check_choice(choice)
    note = session.directory / "server.json"
    try:
        with FileLock(session.directory / "server.lock", timeout=LOCK_DEADLINE_S):
            if note.exists():
                found = json.loads(note.read_text(encoding="utf-8"))
            else:
                found = _try_once(choice, image, session)
                _write_private(session, json.dumps(found))
    except Timeout as error:
        raise PostgresError(
            f"another test process has been starting PostgreSQL for {LOCK_DEADLINE_S} s; look at what it waits for"
        ) from error
    if "error" in found:
        raise PostgresError(found["error"])
    return decode_server(found["server"])


def release_server(server: Server, session: Session) -> None:
    """Stop the session's server and remove what was made on one of others; harmless when repeated.

    Args:
        server: the server that `acquire_server` returned.
        session: whose server it is.
    """
    for resource in session.ledger.left():
        mine = (Database, Role) if not server.disposable else (PostgresCluster, Container, Network)
        if isinstance(resource, mine):
            release(resource)
            session.forget(resource)
    (session.directory / "server.json").unlink(missing_ok=True)


def check_choice(choice: str) -> None:
    """Refuse a choice of server that does not exist.

    Raises:
        SettingsError: it does not.
    """
    if choice not in CHOICES and not is_url(choice) and not choice.startswith(("system:", "container:")):
        # Only the part before a colon: a mistyped URL would bring its password along.
        raise SettingsError(
            f"no PostgreSQL provider {choice.partition(':')[0]!r}; "
            f"there are {', '.join(CHOICES)}, container:IMAGE, system:BINDIR and "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )


def _try_once(choice: str, image: str, session: Session) -> dict[str, str]:
    """Start a server; a failure is kept too, so that each of a dozen xdist workers need not run into it again."""
    try:
        server = _start_first(image, session) if choice == "auto" else _start(choice, image, session)
    except PostgresError as error:
        return {"error": str(error)}
    return {"server": encode_server(server)}


def _start(choice: str, image: str, session: Session) -> Server:
    if is_url(choice):
        return use_url(choice, session)
    if choice.startswith("container"):
        return start_container(choice.removeprefix("container").removeprefix(":") or image, session)
    if choice == "embedded":
        return start_cluster("embedded", find_embedded(), session)
    return start_cluster("system", find_system(choice.removeprefix("system").removeprefix(":")), session)


def _start_first(image: str, session: Session) -> Server:
    """Start the first that works.

    A URL that somebody put into the environment and that does not work is an error: to pass it over would rehearse on
    another server than was asked for.
    """
    url = os.environ.get(URL_VARIABLE, "")
    if url:
        if not is_url(url):
            raise PostgresError(f"{URL_VARIABLE} is no postgresql:// URL; correct or unset it")
        return use_url(url, session)
    passed_over = [f"url: {URL_VARIABLE} is not set"]
    for name in ("container", "embedded", "system"):
        try:
            server = (
                start_container(image, session, patient=False) if name == "container" else _start(name, "", session)
            )
        except PostgresError as error:
            passed_over.append(f"{name}: {error}")
        else:
            return replace(server, passed_over=tuple(passed_over))
    raise PostgresError("no PostgreSQL server can be had: " + "; ".join(passed_over[1:]))


def _write_private(session: Session, text: str) -> None:
    """Write the file for the other processes, which holds a password."""
    draft = session.directory / "server.tmp"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, for its mode
        file.write(text)
    draft.rename(session.directory / "server.json")
