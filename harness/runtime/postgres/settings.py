"""The settings that every server of ours is started with, and why.

The numbers in the reasons were measured with PostgreSQL 15 to 18 on a laptop-sized machine.
"""

from __future__ import annotations

from typing import NamedTuple

# Inside the data directory, and not `log`: the wheel's own tools keep a file of that name there.
LOG_DIRECTORY = "rolldeploy_log"


class Setting(NamedTuple):
    """One server setting.

    Attributes:
        name: as in the PostgreSQL manual.
        value: as on `postgres -c name=value`.
        why: what a rehearsal gains by it.
    """

    name: str
    value: str
    why: str


SETTINGS: tuple[Setting, ...] = (
    # Speed: a rehearsal's data need not survive a power cut (manual, 14.5 "Non-Durable Settings").
    Setting("fsync", "off", "CREATE DATABASE with file_copy takes some 20 ms for 60 tables instead of seconds"),
    Setting("synchronous_commit", "off", "a commit waits for no disk"),
    Setting("full_page_writes", "off", "only a power cut tears pages"),
    Setting("wal_level", "minimal", "CREATE INDEX and COPY into new tables write less"),
    Setting("max_wal_senders", "0", "wal_level=minimal demands it; nobody replicates from here"),
    Setting("max_wal_size", "1GB", "the default; more would fill the memory that the data directory may be in"),
    Setting("checkpoint_timeout", "1h", "no checkpoint because of time in the middle of a measurement"),
    Setting("jit", "off", "compiling a query costs more than the small queries of a rehearsal"),
    # Room: every replica has its own pool, and several fleets may run side by side under pytest-xdist.
    Setting("max_connections", "400", "some 20 replicas with SQLAlchemy's default of 15 connections each, and ours"),
    Setting("listen_addresses", "127.0.0.1", "nobody but this machine is meant"),
    # Evidence: who got which error, and who waited for whom. Every failing statement is in the JSON log with user,
    # SQLSTATE and text; it is read over SQL, so that it works for each provider alike.
    Setting("logging_collector", "on", "writes the log to files, which pg_read_binary_file can reach"),
    Setting("log_destination", "jsonlog", "PostgreSQL 15 and later; whole entries, no parsing of prefixes"),
    Setting("log_directory", LOG_DIRECTORY, "inside the data directory, so it goes away with it"),
    Setting("log_filename", "postgresql.log", "fixed; the JSON log is postgresql.json beside it"),
    Setting("log_rotation_age", "0", "one file, so that an offset is enough to know what was read"),
    Setting("log_rotation_size", "0", "as above"),
    Setting("log_min_messages", "warning", "lets RAISE LOG through, by which the log is cut (0.3 ms a cut)"),
    Setting("log_min_error_statement", "error", "the statement beside each error"),
    Setting("log_error_verbosity", "default", "detail, hint and context, but not the server's source lines"),
    Setting("log_statement", "none", "set per role for the migrator alone"),
    Setting("log_lock_waits", "on", "each wait for a lock with its holder and its exact length"),
    Setting(
        "deadlock_timeout",
        "10ms",
        "longer waits are logged; sampling pg_blocking_pids names what the holder does now, not what took the lock",
    ),
    # The same words and times on every machine.
    Setting("lc_messages", "C", "messages in English, whatever the machine speaks"),
    Setting("timezone", "UTC", "a rehearsal gives the same answer everywhere"),
    Setting("log_timezone", "UTC", "the log's times compare with ours"),
)


def render_arguments() -> list[str]:
    """Give the settings as arguments of `postgres`."""
    return [part for setting in SETTINGS for part in ("-c", f"{setting.name}={setting.value}")]


def render_file() -> str:
    """Give the settings as lines of `postgresql.conf`."""
    return "".join(f"{setting.name} = '{setting.value}'  # {setting.why}\n" for setting in SETTINGS)
