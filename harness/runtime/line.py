"""A line to a child process that answers requests: two pipes that it inherits, or two in a folder that it has."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


class Line:
    """Our ends of it, and what the child is told of its own.

    A container inherits no descriptors, but a named pipe is the same one inside and outside where its folder is
    mounted.

    Args:
        below: Where the folder of named pipes is made; None makes pipes that are inherited.
    """

    def __init__(self, below: Path | None = None) -> None:
        self.folder = None if below is None else Path(tempfile.mkdtemp("", "line-", below))
        self.inherited: tuple[int, ...] = ()
        self._closed = False
        if self.folder is None:
            requests, self.write = os.pipe()
            self.read, answers = os.pipe()
            self.inherited = (requests, answers)
            self.theirs: tuple[int | str, int | str] = self.inherited
        else:
            named = (self.folder / "requests", self.folder / "answers")
            for path in named:
                os.mkfifo(path, 0o600)
            # Neither waits for the child (fifo(7)); it finds both open when it comes, and sees the end of ours.
            self.write = os.open(named[0], os.O_RDWR)
            self.read = os.open(named[1], os.O_RDONLY | os.O_NONBLOCK)
            self.theirs = (str(named[0]), str(named[1]))

    def hand_over(self) -> None:
        """Leaves the inherited ends to the child, so that its death is seen."""
        for descriptor in self.inherited:
            os.close(descriptor)
        self.inherited = ()

    def close(self) -> None:
        """Closes our ends, which tells the child to end; harmless when repeated."""
        self.hand_over()
        if not self._closed:
            self._closed = True  # by then the numbers may be somebody else's
            os.close(self.write)
            os.close(self.read)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
