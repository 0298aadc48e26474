"""What a process finds beside its code and its database: folders, ports and secrets, by the placeholders for them."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

from harness.runtime.ports import release_port, reserve_port
from harness.template import SERVE_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.runtime.folders import Folders
    from harness.secrets import Redactor

#: As many bytes as the longest key of AES has; they are shown as hexadecimal digits.
_SECRET_BYTES = 32


class Belongings:
    """Hands them out; may be used by several threads.

    Args:
        folders: Those of the rehearsal.
        redact: Learns the secrets.
        ports: Where processes may listen.
        port_folder: Notes of the ports in use, shared by the workers of a session.
    """

    def __init__(self, folders: Folders, redact: Redactor, *, ports: range, port_folder: Path) -> None:
        self._folders = folders
        self._redact = redact
        self._range = ports
        self._port_folder = port_folder
        self._lock = threading.Lock()
        self._secrets: dict[str, str] = {}
        self._ports: dict[str, dict[str, int]] = {}

    def port(self, who: str, name: str = SERVE_PORT) -> int:
        """A port of a process: the same one until it is given back.

        Raises:
            HarnessError: Something answers on every one of them.
        """
        with self._lock:
            own = self._ports.setdefault(who, {})
            if name not in own:
                own[name] = reserve_port(self._port_folder, self._range)
            return own[name]

    def give_back(self, who: str) -> None:
        """Lets others have the ports of a process again; harmless when repeated."""
        with self._lock:
            for port in self._ports.pop(who, {}).values():
                release_port(self._port_folder, port)

    def values(self, who: str, database: str, names: Iterable[str]) -> dict[str, str]:
        """What the placeholders of a process stand for; its own folder is made anew.

        Args:
            who: Replica or migrator.
            database: What it connects to.
            names: Placeholders, of which those for ports and secrets are taken.
        """
        found = {"private": str(self._folders.private(who)), "shared": str(self._folders.shared(database))}
        for name in names:
            if name.startswith("port:"):
                found[name] = str(self.port(who, name))
            elif name.startswith("secret:"):
                found[name] = self._secret(name)
        return found

    def close(self) -> None:
        """Gives back all ports."""
        for who in list(self._ports):
            self.give_back(who)

    def _secret(self, name: str) -> str:
        with self._lock:
            if name not in self._secrets:
                self._secrets[name] = secrets.token_hex(_SECRET_BYTES)
                self._redact.add(self._secrets[name])
            return self._secrets[name]
