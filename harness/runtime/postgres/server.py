"""A PostgreSQL server that a rehearsal may use, and how to connect to it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from harness.errors import PostgresError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runtime.postgres.maintenance import Kept

# The JSON log came with 15, and so did ALTER DATABASE ... STRATEGY and public schemas that not everybody may write to.
OLDEST_MAJOR = 15
# Earlier servers hash a password 4096 times, whatever they are told.
SCRAM_ITERATIONS_SINCE = 16
# A server on this machine answers in milliseconds; one behind a VPN in less than this, or it is not there.
CONNECT_TIMEOUT_S = 10
JSON_LOG_HINT = "logging_collector=on and log_destination=jsonlog, and a superuser to read it"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server and what can be had from it.

    Attributes:
        provider: `embedded`, `container`, `system` or `url`.
        host: name or address.
        port: TCP port.
        user: the role that makes databases and roles.
        password: its password; never printed.
        maintenance_db: the database to connect to for work on others.
        options: further connection parameters of a URL, such as `sslmode`.
        version: as the server says it, such as `18.6`.
        superuser: whether `user` is one.
        json_log: whether the server writes a JSON log that `user` can read.
        plain: whether it takes connections without TLS.
        reduced: one sentence for each thing that this server cannot give.
        passed_over: for `auto`, one sentence for each provider that was not taken.
        ledger: where what is made on a server of others is noted, so that it goes away after a crash; else None.
        kept: sessions for work on databases and roles; without, each piece of work has one of its own.
    """

    provider: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    maintenance_db: str = "postgres"
    options: tuple[tuple[str, str], ...] = ()
    version: str = ""
    superuser: bool = False
    json_log: bool = False
    plain: bool = True
    reduced: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    ledger: Path | None = None
    kept: Kept | None = field(default=None, repr=False, compare=False)

    @property
    def major(self) -> int:
        """The major version, such as 18."""
        return parse_major(self.version)

    @property
    def disposable(self) -> bool:
        """Whether the server was started for this session and dies with it."""
        return self.provider != "url"

    def conninfo(self, database: str | None = None) -> str:
        """Give libpq's connection string, password included.

        Args:
            database: the database; the maintenance database by default.
        """
        options: dict[str, Any] = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "client_encoding": "utf8",
            **dict(self.options),
        }
        if self.disposable:
            # PGSSLMODE, PGOPTIONS and the like, set for another server, would be taken for this one.
            options |= {"sslmode": "disable", "gssencmode": "disable", "options": ""}
        return make_conninfo(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.maintenance_db,
            application_name="rolldeploy",
            **options,
        )


def connect_as(
    server: Server, login: Mapping[str, str], *, autocommit: bool = False, **options: Any
) -> psycopg.Connection[Any]:
    """Open a session as a replica or a migrator has it, in the way in which the server is reached.

    Args:
        server: the server.
        login: user, password and database.
        autocommit: as psycopg has it.
        options: libpq's, such as ``application_name``.

    Raises:
        psycopg.OperationalError: the server refuses.
    """
    who = {"user": login["user"], "password": login["password"]}
    return psycopg.connect(make_conninfo(server.conninfo(login["database"]), **who, **options), autocommit=autocommit)


def connect(server: Server, database: str | None = None, *, autocommit: bool = True) -> psycopg.Connection[Any]:
    """Open a connection as the server's administrating role.

    Args:
        server: the server.
        database: the database; the maintenance database by default.
        autocommit: as psycopg has it; CREATE DATABASE and the like need it.

    Raises:
        PostgresError: the server does not answer, or refuses.
    """
    try:
        return psycopg.connect(server.conninfo(database), autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise PostgresError(
            f"PostgreSQL at {server.host}:{server.port} refuses a connection to database "
            f"{database or server.maintenance_db!r} as {server.user!r}: {first_line(error)}; "
            "see whether the server still runs and the role may log in"
        ) from error


def first_line(error: BaseException) -> str:
    """Give the first line of an error's text, which is what a sentence has room for."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def parse_major(version: str) -> int:
    """Read the major version out of `server_version`, such as `18.6` or `19beta1`; 0 where there is none."""
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def inspect_server(server: Server) -> Server:
    """Ask a server what it is and can, and fill that in.

    Args:
        server: the server, with how to connect.

    Raises:
        PostgresError: it does not answer, or is older than 15.
    """
    with connect(server) as connection:
        row = connection.execute(
            "SELECT split_part(current_setting('server_version'), ' ', 1), current_setting('is_superuser') = 'on'"
        ).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        version, superuser = row
        if parse_major(version) < OLDEST_MAJOR:
            raise PostgresError(
                f"PostgreSQL {version} at {server.host}:{server.port} is too old: "
                f"a rehearsal needs {OLDEST_MAJOR} or later"
            )
        json_log = _reads_json_log(connection)
    reduced = list(server.reduced)
    plain = server.disposable or _takes_plain(server)
    if not superuser:
        reduced.append(
            f"no superuser: {server.user!r} is none, so the server keeps its settings and log_statement cannot be set"
        )
    if not json_log:
        reduced.append(f"no server log: it takes {JSON_LOG_HINT}, so errors and lock waits are known from outside only")
    return replace(server, version=version, superuser=superuser, json_log=json_log, plain=plain, reduced=tuple(reduced))


def _takes_plain(server: Server) -> bool:
    """Whether a server of others takes a connection without encryption; by itself libpq tries both."""
    try:
        psycopg.connect(make_conninfo(server.conninfo(), sslmode="disable", gssencmode="disable")).close()
    except psycopg.OperationalError:
        return False
    return True


def _reads_json_log(connection: psycopg.Connection[Any]) -> bool:
    """Try it for real: rights on these functions can be granted and revoked in several ways."""
    try:
        row = connection.execute("SELECT pg_read_binary_file(pg_current_logfile('jsonlog'), 0, 1)").fetchone()
    except psycopg.Error:
        return False
    return row is not None and row[0] is not None


def hash_passwords_once(server: Server) -> None:
    """Have a server hash passwords once instead of 4096 times, those of roles that are made later too.

    That many times slow down whoever guesses, and our passwords are random and soon gone. They slow down every login
    too: an application that connects for each request spent a tenth of its time on it. For a server that takes
    passwords as they are: where clients hash them, some refuse to do it fewer times (scramp, which pg8000 uses).

    Args:
        server: a server that nobody else uses, with its version; one before 16 is left as it is.

    Raises:
        PostgresError: it does not answer.
    """
    if server.major < SCRAM_ITERATIONS_SINCE:
        return
    with connect(server) as connection:
        connection.execute("ALTER ROLE ALL SET scram_iterations = 1")
        connection.execute("SET scram_iterations = 1")  # libpq hashes as often as the session says
        verifier = connection.pgconn.encrypt_password(server.password.encode(), server.user.encode(), b"scram-sha-256")
        statement = sql.SQL("ALTER ROLE CURRENT_USER PASSWORD {}").format(sql.Literal(verifier.decode()))
        connection.execute(statement)


def encode_server(server: Server) -> str:
    """Write a server as JSON, password included: for a file that its owner alone can read."""
    values = asdict(replace(server, kept=None))
    del values["kept"]
    return json.dumps({**values, "ledger": str(server.ledger) if server.ledger else None})


def decode_server(text: str) -> Server:
    """Read a server back from what `encode_server` wrote."""
    values = json.loads(text)
    return Server(
        **{
            **values,
            "options": tuple((name, value) for name, value in values["options"]),
            "reduced": tuple(values["reduced"]),
            "passed_over": tuple(values["passed_over"]),
            "ledger": Path(values["ledger"]) if values["ledger"] else None,
        }
    )
