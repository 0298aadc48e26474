"""The crash net: whatever a test session starts goes away with it, also after Ctrl-C and after a SIGKILL of pytest."""

from __future__ import annotations

from harness.runtime.reaper.ledger import Ledger
from harness.runtime.reaper.release import release
from harness.runtime.reaper.resources import (
    Container,
    Database,
    Folder,
    Network,
    PostgresCluster,
    ProcessGroup,
    Resource,
    Role,
    Worker,
    Worktree,
)
from harness.runtime.reaper.session import Session, sweep_stale_sessions

__all__ = [
    "Container",
    "Database",
    "Folder",
    "Ledger",
    "Network",
    "PostgresCluster",
    "ProcessGroup",
    "Resource",
    "Role",
    "Session",
    "Worker",
    "Worktree",
    "release",
    "sweep_stale_sessions",
]
