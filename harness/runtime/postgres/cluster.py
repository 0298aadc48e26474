"""A cluster of our own: `initdb` and `pg_ctl` with a folder, a port and a password that are used this once.

Measured: initdb 0.35 s, start 0.1 s, as root too.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import PostgresError
from harness.runtime.postgres.server import Server, hash_passwords_once, inspect_server
from harness.runtime.postgres.settings import LOG_DIRECTORY, render_file
from harness.runtime.postgres.unprivileged import RunAs, choose_account, choose_data_parent, provide_programs
from harness.runtime.reaper import PostgresCluster

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

HOST = "127.0.0.1"
SUPERUSER = "postgres"
# Both take well under a second; a machine that needs longer than this is out of memory or disk.
INITDB_DEADLINE_S = 60
START_DEADLINE_S = 30
# Between choosing a free port and the server's bind another process can take it; thrice in a row is no coincidence.
PORT_TRIES = 3
LOG_LINES = 5


def start_cluster(provider: str, bindir: Path, session: Session) -> Server:
    """Make a cluster and start a server on it.

    Args:
        provider: the name that the server reports, `embedded` or `system`.
        bindir: the folder of PostgreSQL's programs.
        session: what ends the server after a crash.

    Raises:
        PostgresError: it does not start; with the last lines of what it said.
    """
    account = choose_account()
    parent = choose_data_parent(account)
    try:
        # Not inside the session's folder: that one is closed to the account that the server may have to run under.
        folder = Path(tempfile.mkdtemp(prefix="rolldeploy-pg-", dir=parent))
    except OSError as error:
        raise PostgresError(f"no folder for PostgreSQL's data can be made in {parent}: {error.strerror}") from error
    cluster = PostgresCluster(folder, folder / "data")
    session.record(cluster)
    try:
        account.give(folder)
        programs = provide_programs(bindir, account, session)
        password = secrets.token_urlsafe(24)
        _run_initdb(programs, cluster, account, password)
        port = _start(programs, cluster, account)
        server = inspect_server(Server(provider=provider, host=HOST, port=port, user=SUPERUSER, password=password))
        hash_passwords_once(server)
    except OSError as error:
        session.release(cluster)
        raise PostgresError(
            f"PostgreSQL's files cannot be prepared in {folder}: {error.strerror}; "
            "free some space, or run pytest as a user who need not give files away"
        ) from error
    except BaseException:
        session.release(cluster)
        raise
    return server


def _run_initdb(programs: Path, cluster: PostgresCluster, account: RunAs, password: str) -> None:
    # By file, as initdb offers nothing else beside asking; argv and environment can be read by others.
    password_file = cluster.folder / "password"
    descriptor = os.open(password_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.write(descriptor, password.encode())
    os.close(descriptor)
    account.give(password_file)
    command = [
        str(programs / "initdb"),
        f"--pgdata={cluster.data_dir}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        # As it is, over the loopback interface: nobody hashes it but the server, see hash_passwords_once.
        "--auth=password",
        "--encoding=UTF8",
        # libc by name: from 16 on the default is ICU, which the wheel is built without. C.UTF-8 knows letters of
        # all alphabets and sorts by code point; macOS came to it late.
        "--locale-provider=libc",
        f"--locale={'C' if sys.platform == 'darwin' else 'C.UTF-8'}",
        "--no-sync",
    ]
    _run(command, account, INITDB_DEADLINE_S, "initdb")
    password_file.unlink()
    with (cluster.data_dir / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\n# A rehearsal's settings\nunix_socket_directories = ''\n{render_file()}")


def _start(programs: Path, cluster: PostgresCluster, account: RunAs) -> int:
    """Start the server on a free port and wait until it takes connections."""
    log = cluster.folder / "start.log"
    for attempt in range(1, PORT_TRIES + 1):
        port = _find_free_port()
        command = [str(programs / "pg_ctl"), f"--pgdata={cluster.data_dir}", f"--log={log}", f"--options=-p {port}"]
        command += ["--wait", f"--timeout={START_DEADLINE_S}", "start"]
        try:
            _run(command, account, START_DEADLINE_S + 5, "pg_ctl")
        except PostgresError as error:
            if attempt < PORT_TRIES and _answers(port):
                continue
            raise PostgresError(f"{error}; the server's last words: {_last_words(cluster, log)}") from error
        return port
    raise AssertionError  # the last attempt returns or raises


def _run(command: list[str], account: RunAs, deadline_s: int, program: str) -> None:
    # Locale variables that name a locale which this machine lacks make initdb and the server fail; PG* redirect them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PG"))}
    # Into a file and not a pipe: the server inherits it, so a pipe would never come to its end.
    with tempfile.TemporaryFile() as output:
        try:
            finished = subprocess.run(
                command,
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=deadline_s,
                check=False,
                **account.spawn_options(),
            )
        except subprocess.TimeoutExpired as error:
            raise PostgresError(f"{program} did not end within {deadline_s} s; is the machine overloaded?") from error
        except OSError as error:
            raise PostgresError(
                f"{command[0]} does not run as user {account.uid or os.geteuid()}: {error.strerror}; "
                "name other programs with --rolldeploy-postgres=system:BINDIR, or run pytest as another user"
            ) from error
        if finished.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise PostgresError(f"{program} ended with {finished.returncode}: {_tail(said)}")


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _last_words(cluster: PostgresCluster, log: Path) -> str:
    """Give the end of what the server wrote before its own logging began, or after."""
    written = [log, cluster.data_dir / LOG_DIRECTORY / "postgresql.json"]
    return _tail("\n".join(path.read_text(errors="replace") for path in written if path.exists()))


def _tail(text: str) -> str:
    return " | ".join(line.strip() for line in text.splitlines()[-LOG_LINES:] if line.strip()) or "(nothing)"
