"""The watcher: `python -m harness.runtime.reaper DIRECTORY` waits for a session's end and cleans up after a crash."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from harness.runtime.reaper.resources import find_process, is_alive
from harness.runtime.reaper.session import hold_watch, read_owner, release_directory

# A crash leaves servers running for at most this long; looking costs some microseconds.
POLL_S = 0.2


def watch(directory: Path) -> None:
    """Wait until a session's owner is dead or its folder gone; in the first case release what it left.

    Args:
        directory: the session's folder.
    """
    owner = read_owner(directory)
    if owner is None:
        return
    with contextlib.suppress(FileNotFoundError):
        hold_watch(directory)
    # Found once and kept: psutil tells the same process again even if the clock is set meanwhile.
    process = find_process(owner.pid, owner.create_time)
    while directory.exists():
        if process is None or not is_alive(process):
            release_directory(directory)
            return
        time.sleep(POLL_S)


if __name__ == "__main__":
    os.chdir("/")  # whoever started us may want to remove the folder it was in
    watch(Path(sys.argv[1]))
