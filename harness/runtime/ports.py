"""Gives each replica a port of its own on the loopback interface."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path

#: Where every replica listens; traffic never leaves the machine.
HOST = "127.0.0.1"
#: Spreads the sessions of one machine over the range.
_STRIDE = 101


def reserve_port(folder: Path, ports: range) -> int:
    """Finds a port on which nothing answers, and keeps it from the other workers of the session.

    Args:
        folder: Shared by the workers of one session.
        ports: Where to look.

    Raises:
        HarnessError: Something answers on every one of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    offset = os.getpid() * _STRIDE
    for index in range(len(ports)):
        port = ports[(offset + index) % len(ports)]
        try:
            (folder / str(port)).touch(exist_ok=False)
        except FileExistsError:
            continue
        if _is_free(port):
            return port
        release_port(folder, port)
    where = f"port {ports[0]}" if len(ports) == 1 else f"every port from {ports[0]} to {ports[-1]}"
    raise HarnessError(
        f"{where} is in use: a process left over there would answer for the application; "
        'stop it, or set ports = "20000-29999" under [strategy] to a range that is free'
    )


def release_port(folder: Path, port: int) -> None:
    """Lets others have a port again."""
    (folder / str(port)).unlink(missing_ok=True)


def answers(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


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
