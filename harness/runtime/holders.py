"""Says what a migration waited for in vain: which lock, and who held it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.runtime.postgres import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.runtime.postgres import LogEntry, Server

#: A lock was not to be had in the time that ``lock_timeout`` gives (manual, "PostgreSQL Error Codes").
LOCK_NOT_AVAILABLE = "55P03"
#: ``deadlock_detected``.
DEADLOCK = "40P01"
#: PostgreSQL's ``ProcSleep``, in English by ``lc_messages``: written where ``log_lock_waits`` is on.
_WAITS = re.compile(r"process \d+ still waiting for (?P<mode>\w+) on (?:relation (?P<relation>\d+)|(?P<other>\S+))")
_HOLDERS = re.compile(r"Process(?:es)? holding the lock: (?P<pids>[\d, ]+)\.")
_SESSION = "SELECT usename, state, query FROM pg_stat_activity WHERE pid = %s"
_TABLE = "SELECT %s::oid::regclass::text"


def tell_holder(
    entries: Iterable[LogEntry],
    server: Server,
    database: str,
    roles: Mapping[str, str],
    show: Callable[[str], str],
) -> str:
    """Who held the lock that a migrator gave up.

    Args:
        entries: What the log has of the migrator, in order.
        server: Where it ran.
        database: In which database, by its name there.
        roles: Login roles, and whose they are.
        show: Makes of a statement what may be kept.

    Returns:
        A sentence; the empty string where the log does not tell, as on a server of others.
    """
    entries = list(entries)
    waits = [(found, entry) for entry in entries if (found := _WAITS.match(entry.message))]
    if not waits:
        return ""
    found, entry = waits[-1]
    holders = _HOLDERS.match(entry.detail or "")
    if holders is None:
        return ""
    mode = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", found["mode"].removesuffix("Lock")).upper()
    own = {entry.pid for entry in entries}
    with connect(server, database) as connection:
        on = found["other"] or ""
        if found["relation"]:
            row = connection.execute(_TABLE, [int(found["relation"])]).fetchone()
            on = row[0] if row is not None else ""
        told = [
            _tell(connection.execute(_SESSION, [int(pid)]).fetchone(), int(pid) in own, roles, show)
            for pid in re.findall(r"\d+", holders["pids"])
        ]
    return f"it waited for {mode} on {on}, held by {' and '.join(told)}"


def _tell(
    session: tuple[str | None, str | None, str | None] | None,
    is_own: bool,
    roles: Mapping[str, str],
    show: Callable[[str], str],
) -> str:
    if is_own:
        return "the migration itself, by another connection"
    if session is None:
        return "a session that is gone"
    role, state, query = session
    if role is None or query is None:  # autovacuum, say; or what the administrating role may not see
        return "a session that is nobody's here"
    doing = "is idle in its transaction behind" if (state or "").startswith("idle in transaction") else "runs"
    return f"{roles.get(role, role)}, which {doing} {show(' '.join(query.split()))}"
