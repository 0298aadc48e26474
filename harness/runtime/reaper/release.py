"""How each kind of resource is ended, for good and without asking; what is gone already is fine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, assert_never

import psutil

from harness.errors import HarnessError
from harness.runtime.reaper.resources import (
    SAME_START_S,
    Container,
    Database,
    Folder,
    Network,
    PostgresCluster,
    ProcessGroup,
    Role,
    Worker,
    Worktree,
    find_process,
    is_alive,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import docker as docker_sdk

    from harness.runtime.reaper.resources import Resource

# After SIGKILL the kernel ends a process in milliseconds, unless it hangs in a device.
KILL_DEADLINE_S = 5.0
# On SIGQUIT a postmaster ends its children, and after 5 s kills those left (SIGKILL_CHILDREN_AFTER_SECS in
# postmaster.c); then it is our turn.
QUIT_DEADLINE_S = 7.0
# A client that died while it made a container or a network leaves the engine to finish making it.
ENGINE_LATE_S = 1.0
CONNECT_TIMEOUT_S = 5
# Not autovacuum's, which has no user and which only a superuser may end: DROP DATABASE ends it, and waits for the
# others to be gone, where WITH (FORCE) would be refused.
_END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %s AND usesysid IS NOT NULL"
)
POLL_S = 0.01


def release(resource: Resource) -> None:
    """End a resource and all that belongs to it.

    Args:
        resource: what to end; nothing happens where it is gone already.

    Raises:
        HarnessError: it resists.
    """
    match resource:
        case Worker():
            _kill_worker(resource)
        case ProcessGroup():
            _kill_group(resource)
        case PostgresCluster():
            _stop_cluster(resource)
        case Container():
            _remove_container(resource)
        case Network():
            _remove_network(resource)
        case Database():
            _drop(resource, "DROP DATABASE IF EXISTS {}", end_sessions=_END_SESSIONS)
        case Role():
            _drop(resource, "DROP ROLE IF EXISTS {}")
        case Worktree():
            _remove_worktree(resource)
        case Folder():
            _remove_folder(resource.path)
        case _:
            assert_never(resource)


def _kill_worker(worker: Worker) -> None:
    process = find_process(worker.pid, worker.create_time)
    if process is not None and process.pid != os.getpid():
        _kill([process])


def _kill_group(group: ProcessGroup) -> None:
    """Kill until nobody is left: a member may have forked while the others were killed."""
    if group.pid == os.getpgrp():
        raise HarnessError(f"process {group.pid} does not lead a group of its own")
    deadline = time.monotonic() + KILL_DEADLINE_S
    while members := _group_members(group):
        _kill(members)
        if time.monotonic() > deadline:
            raise HarnessError(f"processes of group {group.pid} survive SIGKILL: {[each.pid for each in members]}")


def _group_members(group: ProcessGroup) -> list[psutil.Process]:
    """List a group's living members; none where the leader's pid belongs to another process now.

    A pid is not given away while a group of that number has members (fork(2) looks for it), so members without a
    leader are the leader's own, and younger than it.
    """
    if psutil.pid_exists(group.pid) and not _started_at(group.pid, group.create_time):
        return []
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if (
                os.getpgid(process.pid) == group.pid
                and process.create_time() >= group.create_time - SAME_START_S
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                members.append(process)
    return members


def _started_at(pid: int, create_time: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - create_time) <= SAME_START_S
    except psutil.Error:
        return True  # ended while we looked: its number is as free as if it had been gone before


def _kill(processes: Iterable[psutil.Process]) -> None:
    processes = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _await_gone(processes, KILL_DEADLINE_S)


def _await_gone(processes: list[psutil.Process], timeout_s: float) -> bool:
    """Wait until processes ended; one that nobody has waited for yet counts as ended."""
    deadline = time.monotonic() + timeout_s
    while any(is_alive(each) for each in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _stop_cluster(cluster: PostgresCluster) -> None:
    servers = _cluster_processes(cluster.data_dir)
    # Backends rename themselves and each leads a session of its own: only their parent knows them.
    family = servers + [child for each in servers for child in _children(each)]
    for server in servers:
        with contextlib.suppress(psutil.NoSuchProcess):
            # SIGQUIT is PostgreSQL's immediate shutdown; initdb and pg_ctl simply die of it.
            server.send_signal(signal.SIGQUIT)
    if not _await_gone(family, QUIT_DEADLINE_S):
        _kill(family)
    _remove_folder(cluster.folder)


def _children(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def _cluster_processes(data_dir: Path) -> list[psutil.Process]:
    """Find postmaster, pg_ctl or initdb by the data directory on their command line.

    `postmaster.pid` is written some time after the start; a crash in between would leave a server that no file names.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            program = os.path.basename(command[0]) if command else ""  # noqa: PTH119 - a title, not a path
            if program in {"postgres", "pg_ctl", "initdb", "sh"} and any(str(data_dir) in each for each in command):
                found.append(process)
    return found


def _remove_container(container: Container) -> None:
    import docker.errors  # noqa: PLC0415 - an optional dependency, and slow to import

    with _open_engine(container.docker_host) as engine:
        for pause_s in (ENGINE_LATE_S, 0.0):
            try:
                engine.containers.get(container.name).remove(force=True, v=True)
            except docker.errors.NotFound:
                time.sleep(pause_s)
            else:
                return


def _remove_network(network: Network) -> None:
    import docker.errors  # noqa: PLC0415 - an optional dependency, and slow to import

    with _open_engine(network.docker_host) as engine:
        for pause_s in (ENGINE_LATE_S, 0.0):
            try:
                found = engine.networks.get(network.name)
                for container in found.attrs["Containers"]:  # the engine keeps a network that anybody is on
                    with contextlib.suppress(docker.errors.NotFound):
                        found.disconnect(container, force=True)
                found.remove()
            except docker.errors.NotFound:
                time.sleep(pause_s)
            else:
                return


@contextlib.contextmanager
def _open_engine(docker_host: str) -> Iterator[docker_sdk.DockerClient]:
    import docker  # noqa: PLC0415 - an optional dependency, and slow to import

    # kwargs_from_env knows about DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.
    address = {"base_url": docker_host} if docker_host else {}
    engine = docker.DockerClient(**{**docker.utils.kwargs_from_env(), **address})
    try:
        yield engine
    finally:
        engine.close()


def _drop(resource: Database | Role, statement: str, *, end_sessions: str = "") -> None:
    import psycopg  # noqa: PLC0415 - only the URL provider records databases; the watcher stays small without
    from psycopg import sql  # noqa: PLC0415

    with psycopg.connect(resource.server_url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
        if end_sessions:
            connection.execute(end_sessions.encode(), [resource.name])
        connection.execute(sql.SQL(statement).format(sql.Identifier(resource.name)))


def _remove_worktree(worktree: Worktree) -> None:
    # A hook runs with GIT_DIR and GIT_INDEX_FILE set, which would point git at the wrong repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    git = ["git", "-C", str(worktree.repository), "worktree"]
    for arguments in (["remove", "--force", "--force", str(worktree.path)], ["prune"]):
        if arguments == ["prune"]:
            _remove_folder(worktree.path)
        with contextlib.suppress(FileNotFoundError):  # no git any more
            subprocess.run([*git, *arguments], env=environment, capture_output=True, check=False, timeout=30)


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if not path.exists():
        return
    # What made the folder may have taken away its own right to write there, as Go's module cache does.
    for folder, _, _ in os.walk(path):
        with contextlib.suppress(OSError):
            os.chmod(folder, 0o700)  # noqa: PTH101 - as os.walk hands it over
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise HarnessError(f"folder {path} cannot be removed: {error.strerror}") from error
