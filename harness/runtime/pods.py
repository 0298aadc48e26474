"""Where the containers of image releases are: on one network with PostgreSQL's, or on the machine's own.

**Which of them** is decided by :func:`find_network`, and by where PostgreSQL is:

* In a container that this session started, and that is reached by a port of the loopback interface: then both are on a
  network of their own. PostgreSQL is ``postgres:5432`` there, and what serves has its ports published under the same
  numbers on 127.0.0.1, where traffic and probes look for them.
* Anywhere else: PostgreSQL may listen on this machine's loopback interface alone, which nobody reaches from a network
  of containers. Then they share the machine's own network.

On a network, a command that runs beside what serves (a probe, ``client.run``) shares its addresses, as the containers
of a Pod do (Kubernetes, "Pods": "Pod networking"), so that 127.0.0.1 means the replica to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from harness.errors import EngineError
from harness.runtime.docker_engine import LABEL, find_docker_host, innermost, open_engine
from harness.runtime.ports import HOST
from harness.runtime.reaper import Network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docker import DockerClient

    from harness.runtime.installed import Installed
    from harness.runtime.postgres import Server
    from harness.runtime.reaper import Session

#: Where PostgreSQL is on the network: an alias of its container, and the port that its image listens on.
POSTGRES = ("postgres", 5432)
#: On a busy machine the engine takes seconds for what it does in a tenth of one on a quiet one.
ENGINE_TIMEOUT_S = 60.0
#: By this name, an application on the network reaches what listens on the machine itself, as with Docker Desktop.
_MACHINE = {"host.docker.internal": "host-gateway"}
#: State of a socket that listens, in the kernel's table (proc(5), "/proc/net/tcp").
_LISTENS = "0A"
#: How that table has 127.0.0.0/8 (the last byte in front), ::1, and the former in IPv6.
_LOOPBACK = ("7F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """What the containers of one replica or migrator share on a network.

    Args:
        network: Its name.
        main: Name of the container that serves, whose addresses the others have too; empty where none does.
        ports: Those at which it is asked from outside; none in any container but that one.
    """

    network: str
    main: str = ""
    ports: tuple[int, ...] = ()


def find_network(server: Server, releases: Iterable[Installed], session: Session) -> str | None:
    """The network that the containers of releases share with PostgreSQL's, which is made where it is not there yet.

    All rehearsals of a session share it, as they share the server.

    Args:
        server: Where their databases are.
        releases: All of a rehearsal.
        session: Removes it in the end.

    Returns:
        Its name; None where they are on the machine's own, or none is an image.

    Raises:
        EngineError: It cannot be made.
    """
    is_beside = server.provider == "container" and server.host == HOST
    if not is_beside or not any(release.image is not None for release in releases):
        return None
    name = session.directory.name  # as PostgreSQL's container is called
    try:
        with FileLock(session.directory / "network.lock", timeout=ENGINE_TIMEOUT_S):
            _make(name, session)
    except Timeout:
        reason = f"another test process has been making the network {name} for {ENGINE_TIMEOUT_S:.0f} s"
        raise EngineError(f"{reason}; look at what the Docker engine waits for") from None
    return name


def attach(engine: DockerClient, pod: Pod | None) -> dict[str, Any]:
    """The engine's options that say on which network a new container is; None is the machine's own."""
    if pod is None:
        return {"network_mode": "host"}
    if _is_beside(engine, pod):
        return {"network_mode": f"container:{pod.main}"}
    return {
        "network": pod.network,
        "ports": {f"{port}/tcp": (HOST, port) for port in pod.ports},
        "extra_hosts": _MACHINE,
    }


def is_unreachable(pod: Pod, port: int) -> bool:
    """Whether what serves listens on the loopback interface of its container alone, where nobody reaches it.

    Args:
        pod: Whose.
        port: The port.

    Returns:
        False, too, where that cannot be found out: the image has no ``cat``, or the container is gone.
    """
    import docker.errors  # noqa: PLC0415 - optional, and slow to import

    try:
        with open_engine(timeout_s=ENGINE_TIMEOUT_S) as engine:
            told = engine.containers.get(pod.main).exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], stderr=False)
    except (docker.errors.DockerException, EngineError, OSError):
        return False
    return listens_on_loopback_alone(told.output.decode("ascii", "replace"), port)


def listens_on_loopback_alone(table: str, port: int) -> bool:
    """Whether all that listens on a port does so on the loopback interface, and something does.

    Args:
        table: ``/proc/net/tcp`` and ``/proc/net/tcp6``, one after the other.
        port: The port.
    """
    rows = [line.split()[1:4] for line in table.splitlines() if ":" in line]
    local = [row[0].split(":") for row in rows if len(row) == 3 and row[2] == _LISTENS]  # noqa: PLR2004
    found = [address for address, at in local if int(at, 16) == port]
    return bool(found) and all(map(_is_loopback, found))


def _is_loopback(address: str) -> bool:
    ipv4, *ipv6 = _LOOPBACK
    return address in ipv6 or (len(address) == 8 and address.endswith(ipv4))  # noqa: PLR2004


def _is_beside(engine: DockerClient, pod: Pod) -> bool:
    """Whether a container that serves runs already, beside which another one is."""
    import docker.errors  # noqa: PLC0415 - optional, and slow to import

    if pod.ports or not pod.main:
        return False
    try:
        return bool(engine.containers.get(pod.main).status == "running")
    except docker.errors.NotFound:
        return False


def _make(name: str, session: Session) -> None:
    """Makes the network, and puts PostgreSQL on it, as far as nobody has."""
    import docker.errors  # noqa: PLC0415 - optional, and slow to import

    with open_engine(timeout_s=ENGINE_TIMEOUT_S) as engine:
        try:
            try:
                network = engine.networks.get(name)
            except docker.errors.NotFound:
                session.record(Network(name, find_docker_host()))
                made = engine.networks.create(name, driver="bridge", labels={LABEL: name})
                network = engine.networks.get(made.id)
            if name not in (container["Name"] for container in network.attrs["Containers"].values()):
                network.connect(name, aliases=[POSTGRES[0]])
        except (docker.errors.DockerException, OSError) as error:
            raise EngineError(
                f"the Docker engine cannot make a network for PostgreSQL and the images ({innermost(error)}); where it "
                "has too many, remove those that nobody uses (docker network prune), or use "
                "--rolldeploy-postgres=embedded"
            ) from error
