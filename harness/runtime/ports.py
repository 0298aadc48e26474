"""Gives each replica a port of its own on the loopback interface."""

from __future__ import annotations

import atexit
import os
import socket
import sys
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path

#: Where every replica listens; traffic never leaves the machine.
HOST = "127.0.0.1"
#: Spreads the sessions of one machine over the range.
_STRIDE = 101
#: The engine asks in the container, which refuses within a millisecond.
_HANG_UP_S = 0.05
#: What keeps a port from other sessions: a name that no two sockets of a machine can have (Linux' unix(7), "Abstract
#: sockets"), and that is free again whenever its process ends. Elsewhere, sessions are only spread.
_claims: dict[int, socket.socket] = {}


def reserve_port(folder: Path, ports: range) -> int:
    """Finds a port on which nothing answers, and keeps it from other workers and other sessions.

    Args:
        folder: Shared by the workers of one session.
        ports: Where to look.

    Raises:
        HarnessError: Something answers on every one of them, or has it to come.
    """
    folder.mkdir(parents=True, exist_ok=True)
    offset, own = os.getpid() * _STRIDE, 0
    for index in range(len(ports)):
        port = ports[(offset + index) % len(ports)]
        try:
            (folder / str(port)).touch(exist_ok=False)
        except FileExistsError:
            own += 1
            continue
        if _claim(port) and _is_free(port):
            return port
        release_port(folder, port)
    raise HarnessError(_none_is_left(ports, own))


def _none_is_left(ports: range, own: int) -> str:
    """Why there is no port, where so many of them have been given to processes of this test run."""
    where = f"port {ports[0]}" if len(ports) == 1 else f"every port from {ports[0]} to {ports[-1]}"
    wider = 'set ports = "20000-29999" under [strategy] to a range that'
    if own == len(ports):
        return f"{where} has a process of this rehearsal already, and one more is to start: {wider} is wider"
    stopped = f"a process left over there would answer for the application; stop it, or {wider} is free"
    if own:
        return f"{where} is in use, {own} of them by processes of this rehearsal: {stopped} and wider"
    return f"{where} is in use: {stopped}"


def release_port(folder: Path, port: int) -> None:
    """Lets others have a port again."""
    claim = _claims.pop(port, None)
    if claim is not None:
        claim.close()
    (folder / str(port)).unlink(missing_ok=True)


def answers(port: int, *, published: bool = False) -> bool:
    """Whether something accepts connections there.

    Args:
        port: Where.
        published: Whether it is a container's: the engine accepts for it, and hangs up at once where nobody listens in
            it (Docker, "userland-proxy").
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0 and not (published and _hangs_up(probe))


def _hangs_up(connection: socket.socket) -> bool:
    connection.settimeout(_HANG_UP_S)
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def _claim(port: int) -> bool:
    """Whether no other session of this machine has the port."""
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0rolldeploy-port-{port}")
    except OSError:
        claim.close()
        return False
    if not _claims:
        atexit.register(_drop_claims)
    _claims[port] = claim
    return True


def _drop_claims() -> None:
    """At the end of the process, when whoever should have released a port did not come to it."""
    while _claims:
        _claims.popitem()[1].close()


def _is_free(port: int) -> bool:
    """Nothing answers, and it can be bound as a server would bind it."""
    if answers(port):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
