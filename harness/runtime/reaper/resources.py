"""What a session can leave behind, as values small enough for one line of a ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import psutil

# psutil reckons a process's start from the boot time, which NTP can move by a second while we run. A pid is not used
# again that soon after its process started, so a difference below this means the same process.
SAME_START_S = 1.5


def find_process(pid: int, create_time: float) -> psutil.Process | None:
    """Find a process again, unless it ended and its pid went to another one.

    Args:
        pid: its process id.
        create_time: when it started, in seconds since the epoch, as psutil says it.

    Returns:
        The process, or None where it is gone; a zombie is gone.
    """
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - create_time) > SAME_START_S or process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.Error:
        return None
    return process


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process that was found still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


@dataclass(frozen=True)
class Worker:
    """A process that works for the session's owner, such as one of pytest-xdist; it alone is killed, not its group.

    Args:
        pid: its process id.
        create_time: when it started, in seconds since the epoch, as psutil says it.
    """

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> Worker:
        """Describe a process that runs now."""
        return cls(pid, psutil.Process(pid).create_time())


@dataclass(frozen=True)
class ProcessGroup:
    """A process that leads a group of its own, with all that it started.

    Args:
        pid: process id of the leader, which is the group's id too.
        create_time: when the leader started, in seconds since the epoch, as psutil says it.
    """

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> ProcessGroup:
        """Describe a group whose leader runs now."""
        return cls(pid, psutil.Process(pid).create_time())


@dataclass(frozen=True)
class PostgresCluster:
    """A data directory and the server on it, recorded before `initdb` so that no moment is without a net.

    Args:
        folder: what is removed; holds the data directory.
        data_dir: the data directory; the postmaster is found by it.
    """

    folder: Path
    data_dir: Path


@dataclass(frozen=True)
class Container:
    """A Docker container.

    Args:
        name: its name or id; a name can be recorded before the container is made.
        docker_host: the engine, as in `DOCKER_HOST`; empty for the local default.
    """

    name: str
    docker_host: str = ""


@dataclass(frozen=True)
class Network:
    """A Docker network of containers.

    Args:
        name: its name, which can be recorded before the network is made.
        docker_host: the engine, as in `DOCKER_HOST`; empty for the local default.
    """

    name: str
    docker_host: str = ""


@dataclass(frozen=True)
class Database:
    """A database made on a server that is not ours.

    Args:
        server_url: the server with user and password, which stay in the ledger.
        name: the database.
    """

    server_url: str = field(repr=False)
    name: str


@dataclass(frozen=True)
class Role:
    """A role made on a server that is not ours.

    Args:
        server_url: the server with user and password, which stay in the ledger.
        name: the role.
    """

    server_url: str = field(repr=False)
    name: str


@dataclass(frozen=True)
class Worktree:
    """A working tree that git knows of.

    Args:
        repository: the repository that it was added to.
        path: the working tree.
    """

    repository: Path
    path: Path


@dataclass(frozen=True)
class Folder:
    """A folder with all that is in it.

    Args:
        path: the folder.
    """

    path: Path


Resource = Worker | ProcessGroup | PostgresCluster | Container | Network | Database | Role | Worktree | Folder

# What runs ends before what it uses; databases go before the roles that own things in them.
RELEASE_ORDER: tuple[type[Resource], ...] = (
    Worker,
    ProcessGroup,
    Database,
    Role,
    PostgresCluster,
    Container,
    Network,
    Worktree,
    Folder,
)
_KINDS: dict[str, type[Resource]] = {kind.__name__: kind for kind in RELEASE_ORDER}


def encode_resource(resource: Resource) -> str:
    """Write a resource as one line of JSON without its line end."""
    values: dict[str, Any] = {"kind": type(resource).__name__}
    for each in fields(resource):
        value = getattr(resource, each.name)
        values[each.name] = str(value) if isinstance(value, Path) else value
    return json.dumps(values)


def decode_resource(values: dict[str, Any]) -> Resource:
    """Read a resource back from the object that `encode_resource` wrote.

    Raises:
        ValueError: the object is not one of ours.
    """
    kind = _KINDS.get(values.pop("kind", ""))
    if kind is None:
        msg = "no known kind of resource"
        raise ValueError(msg)
    paths = {each.name for each in fields(kind) if each.type == "Path"}
    arguments: dict[str, Any] = {name: Path(value) if name in paths else value for name, value in values.items()}
    return kind(**arguments)
