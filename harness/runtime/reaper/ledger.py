"""The list of what a session has started and not yet ended, kept on disk so that it outlives the session."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.runtime.reaper.resources import RELEASE_ORDER, decode_resource, encode_resource

if TYPE_CHECKING:
    from pathlib import Path

    from harness.runtime.reaper.resources import Resource


@dataclass(frozen=True)
class Ledger:
    """A file to which processes and threads append one line per resource that comes or goes.

    Args:
        path: the file; readable by its owner alone, for it may hold a server's password.
    """

    path: Path

    def create(self) -> None:
        """Make the empty file."""
        os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def record(self, resource: Resource) -> None:
        """Note a resource, before it comes into being or right after.

        Raises:
            HarnessError: the session has ended and its ledger is gone.
        """
        self._append("+", resource)

    def forget(self, resource: Resource) -> None:
        """Note that a resource is gone; one that was never recorded is fine.

        Raises:
            HarnessError: the session has ended and its ledger is gone.
        """
        self._append("-", resource)

    def left(self) -> list[Resource]:
        """List what was recorded and not forgotten, in the order in which it has to be released."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        held: dict[Resource, None] = {}
        for line in text.splitlines():
            try:
                resource = decode_resource(json.loads(line[1:]))
            except (ValueError, TypeError, AttributeError):
                continue  # blank, or cut short by the death of who wrote it
            if line[0] == "+":
                held.setdefault(resource)
            else:
                held.pop(resource, None)
        youngest_first = list(reversed(held))
        youngest_first.sort(key=lambda resource: RELEASE_ORDER.index(type(resource)))  # keeps that within a kind
        return youngest_first

    def _append(self, sign: str, resource: Resource) -> None:
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError as error:
            raise HarnessError(
                f"the session's folder {self.path.parent} is gone while the session still runs; "
                "leave it alone until pytest has ended"
            ) from error
        try:
            # One write with O_APPEND is atomic on a local file system (write(2)). The line break in front keeps this
            # line whole where another writer died in the middle of its own.
            os.write(descriptor, f"\n{sign}{encode_resource(resource)}\n".encode())
        finally:
            os.close(descriptor)
