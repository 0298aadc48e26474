"""What tests ask of a child process that the harness itself never asks."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from harness.runtime.forks import Forked

if TYPE_CHECKING:
    from harness.runtime.process import Child


def pid_of(child: Child) -> int:
    """The id of a child that is a process, and no container."""
    assert isinstance(child.popen, (subprocess.Popen, Forked))
    return child.popen.pid
