"""On which network the containers of image releases are: decided without a Docker engine, and seen on a real one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import docker.errors
import pytest
from engines import POSTGRES_IMAGE, PYTHON_IMAGE, containers_of, networks_of, require_image

from harness.model.release import Command, HttpGet, Probe, Release, ReleaseName
from harness.plan.steps import Replica
from harness.runtime.belongings import Belongings
from harness.runtime.containers import _start, name_container
from harness.runtime.fleet import Fleet
from harness.runtime.folders import Folders
from harness.runtime.images import Image, find_image
from harness.runtime.installed import Installed
from harness.runtime.pods import Pod, attach, find_network, listens_on_loopback_alone
from harness.runtime.postgres import Server, acquire_server
from harness.runtime.process import Processes
from harness.runtime.reaper import Container
from harness.runtime.replica import NotReadyError, RunningReplica, Start, start_replica
from harness.runtime.waiting import Waits
from harness.runtime.workplace import Workplace
from harness.secrets import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.runtime.reaper import Session
    from harness.runtime.workspace import Workspace

ROOT = str(Path(__file__).resolve().parents[2])
SOON_S = 60.0
SERVER = Server(provider="container", host="127.0.0.1", port=32768, user="postgres", password="secret")
IMAGE = Image(reference="shop:1", id="sha256:1", env=(("API_TOKEN", "imagesecret12345"), ("LANG", "C.UTF-8")))
#: As the kernel has it: 0.0.0.0:8000, 127.0.0.1:8001, a connection to the latter, [::]:8002, [::1]:8003, both on 8004.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 020012AC:1F41 010012AC:9C40 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0B00007F:1F44 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000000000000:1F42 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
   1: 00000000000000000000000001000000:1F43 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
   2: 0000000000000000FFFF000002001200:1F44 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
"""


@pytest.mark.parametrize(
    ("port", "is_alone"), [(8000, False), (8001, True), (8002, False), (8003, True), (8004, False), (8005, False)]
)
def test_who_listens_on_the_loopback_interface_alone(port: int, is_alone: bool) -> None:
    assert listens_on_loopback_alone(TABLE, port) is is_alone


@pytest.mark.parametrize("said", ["", "cat: not found\n", 'OCI runtime exec failed: exec: "cat": executable file\n'])
def test_where_the_image_cannot_tell_nothing_is_said(said: str) -> None:
    assert not listens_on_loopback_alone(said, 8000)


def installed(name: str, image: Image | None, root: Path = Path("/")) -> Installed:
    env = {"DATABASE_URL": "postgresql://{user}@{host}:{port}/{database}", "GRPC": "{port:grpc}"}
    release = Release(name=name, source=".", serve="serve", env=env, readiness=Probe(ask=HttpGet("/")))
    return Installed(release=release, root=root, python=sys.executable, description="", image=image)


@pytest.mark.parametrize(
    ("server", "image"),
    [
        (replace(SERVER, provider="embedded"), IMAGE),
        (replace(SERVER, provider="url"), IMAGE),
        (replace(SERVER, host="172.17.0.2"), IMAGE),  # the engine's ports are not those of this machine
        (SERVER, None),
    ],
)
def test_the_network_is_the_machines_own_where_postgres_is_in_no_container_of_ours(
    server: Server, image: Image | None, reaper_session: Session
) -> None:
    assert find_network(server, [installed("old", image), installed("new", None)], reaper_session) is None
    assert reaper_session.ledger.left() == []


class FakeWorkspace:
    """Where PostgreSQL is reached from this machine."""

    def login(self, who: str, database: str, *, is_replica: bool = False) -> dict[str, str]:
        assert is_replica is who.endswith("-1")
        return {"user": who, "password": "pw", "host": "127.0.0.1", "port": "32768", "database": database}


@pytest.fixture
def redact() -> Redactor:
    return Redactor()


@pytest.fixture
def fleet(tmp_path: Path, reaper_session: Session, redact: Redactor) -> Iterator[Fleet]:
    belongings = Belongings(Folders(tmp_path / "f"), redact, ports=range(20000, 29999), port_folder=tmp_path / "ports")
    yield Fleet(
        {"old": installed("old", IMAGE), "new": installed("new", None, tmp_path)},
        cast("Workspace", FakeWorkspace()),
        Processes(reaper_session),
        redact,
        tmp_path / "logs",
        forks=cast("Any", None),
        belongings=belongings,
        time_scale=1.0,
        waits=Waits(),
        network="rolldeploy-net",
    )
    belongings.close()


def test_what_the_image_itself_keeps_secret_is_taken_out_too(fleet: Fleet, redact: Redactor) -> None:
    fleet.workplace("old", "old-1", "live", is_replica=True)
    assert redact("started with imagesecret12345 and C.UTF-8") == "started with *** and C.UTF-8"


def test_an_image_reaches_postgres_by_its_name_and_a_path_by_its_port_on_this_machine(fleet: Fleet) -> None:
    image = fleet.workplace("old", "old-1", "live", is_replica=True)
    path = fleet.workplace("new", "new-1", "live", is_replica=True)
    assert image.env["DATABASE_URL"] == "postgresql://old-1@postgres:5432/live"
    assert path.env["DATABASE_URL"] == "postgresql://new-1@127.0.0.1:32768/live"
    assert image.pod is not None
    assert (image.pod.network, image.pod.ports, path.pod) == ("rolldeploy-net", (), None)
    assert path.serving(8000) is path
    assert fleet.login("old", "old-migrator", "live")["host"] == "postgres"


def test_what_serves_has_its_port_and_its_further_ones_on_this_machine(fleet: Fleet) -> None:
    place = fleet.workplace("old", "old-1", "live", is_replica=True)
    serving = place.serving(8000).pod
    assert serving is not None
    assert serving.ports == (8000, int(place.env["GRPC"]))
    assert serving.main == place.pod.main if place.pod else False


def test_where_postgres_is_reached_by_a_relay_of_this_machine_the_network_is_its_own(fleet: Fleet) -> None:
    place = fleet.workplace("old", "old-migrator", "live", at=("127.0.0.1", 5999))
    assert place.env["DATABASE_URL"] == "postgresql://old-migrator@127.0.0.1:5999/live"
    assert place.pod is None


class FakeEngine:
    """Has containers with a status each; the first that is made beside another one finds that ended.

    Args:
        status: That of the container that serves.
    """

    def __init__(self, status: str = "") -> None:
        self.status = status
        self.made: list[dict[str, Any]] = []
        self.removed = 0

    @property
    def containers(self) -> FakeEngine:
        return self

    def get(self, name: str) -> FakeEngine:
        if not self.status:
            raise docker.errors.NotFound(name)
        return self

    def create(self, **options: Any) -> FakeEngine:
        self.made.append(options)
        return self

    def attach(self, **_: Any) -> FakeOutput:
        return FakeOutput()

    def start(self) -> None:
        if "network_mode" in self.made[-1]:
            self.status = "exited"
            raise docker.errors.APIError("cannot join network of a non running container")

    def remove(self, *, force: bool) -> None:
        assert force
        self.removed += 1


class FakeOutput:
    """What comes of a container."""

    def __init__(self) -> None:
        self._response = self

    def close(self) -> None:
        """Nothing is open."""


POD = Pod(network="rolldeploy-net", main="rolldeploy-old-1")
ON_NETWORK = {"network": "rolldeploy-net", "ports": {}, "extra_hosts": {"host.docker.internal": "host-gateway"}}


@pytest.mark.parametrize(
    ("pod", "status", "options"),
    [
        (None, "running", {"network_mode": "host"}),
        (POD, "running", {"network_mode": "container:rolldeploy-old-1"}),
        (POD, "exited", ON_NETWORK),
        (POD, "", ON_NETWORK),
        (replace(POD, main=""), "running", ON_NETWORK),
        (replace(POD, ports=(8000,)), "", {**ON_NETWORK, "ports": {"8000/tcp": ("127.0.0.1", 8000)}}),
    ],
)
def test_a_container_is_beside_what_serves_or_on_the_network_itself(
    pod: Pod | None, status: str, options: dict[str, Any]
) -> None:
    assert attach(cast("Any", FakeEngine(status)), pod) == options


def test_where_what_serves_ends_meanwhile_a_command_is_run_all_the_same(fleet: Fleet) -> None:
    engine, place = FakeEngine("running"), fleet.workplace("old", "old-1", "live", is_replica=True)
    _start(engine, Container("probe"), ["true"], IMAGE, place)
    beside, alone = engine.made
    assert beside["network_mode"].startswith("container:")
    assert "network_mode" not in alone
    assert (alone["network"], alone["name"], engine.removed) == ("rolldeploy-net", "probe", 1)


@pytest.fixture
def place(container_image: str, reaper_session: Session, tmp_path: Path) -> Iterator[Workplace]:
    """Of a replica whose container is on a network with PostgreSQL's."""
    require_image(PYTHON_IMAGE)
    server = acquire_server("container", image=container_image, session=reaper_session)
    image = find_image(PYTHON_IMAGE, pytest.fail)
    network = find_network(server, [installed("old", image)], reaper_session)
    assert network is not None
    processes = Processes(reaper_session)
    yield Workplace(
        root=tmp_path,
        python="python3",
        env={},
        log=tmp_path / "old-1.log",
        processes=processes,
        image=image,
        mounts=(tmp_path,),
        pod=Pod(network=network, main=name_container(reaper_session, "old-1")),
    )
    processes.close()
    assert len(containers_of(network)) == 1, "PostgreSQL's"
    assert reaper_session.release_all() == []
    assert (containers_of(network), networks_of(network)) == ([], [])


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def start(place: Workplace, port: int) -> Callable[..., RunningReplica]:
    def started(serve: str, probe: str = "", within_s: float = SOON_S) -> RunningReplica:
        ask = Command(f"python3 -c '{probe}'") if probe else HttpGet("/")
        readiness = Probe(ask=ask, period_s=1.0, timeout_s=20.0)
        return start_replica(
            Start(
                replica=Replica(name="old-1", release=ReleaseName.OLD, database="live"),
                release=Release(name="old", source=".", serve=serve, readiness=readiness, grace_s=0.1),
                place=place,
                port=port,
                time_scale=0.05,
                within_s=within_s,
            )
        )

    return started


def serve_at(address: str) -> str:
    return f"python3 -m http.server --bind {address} {{port}}"


def ask(port: int) -> str:
    return f'import urllib.request as u; print(u.urlopen("http://127.0.0.1:{port}/").status)'


@pytest.mark.container
def test_a_replica_is_asked_on_this_machine_and_by_a_command_beside_it(
    place: Workplace, start: Callable[..., RunningReplica], port: int
) -> None:
    replica = start(serve_at("0.0.0.0"))  # noqa: S104  in a container
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=SOON_S) as answer:
        assert answer.status == 200
    reach = f'import socket; print(socket.create_connection(("postgres", 5432))); {ask(port)}'
    child = place.start(["python3", "-c", reach])
    assert child.popen.wait(SOON_S) == 0, place.log.read_text()
    child.stop(0.0)
    replica.stop()
    child = place.start(["python3", "-c", ask(port)])  # nothing is beside it any more
    assert child.popen.wait(SOON_S) == 1
    assert "Connection refused" in place.log.read_text()
    child.stop(0.0)


@pytest.mark.container
@pytest.mark.parametrize("probe", ["", "pass"], ids=["http", "command"])
def test_who_listens_on_the_loopback_interface_of_its_container_is_told_so(
    start: Callable[..., RunningReplica], port: int, probe: str
) -> None:
    with pytest.raises(NotReadyError) as caught:
        start(serve_at("127.0.0.1"), probe, within_s=5.0)
    assert caught.value.reason == (
        f"listens on 127.0.0.1:{port} alone, which nobody reaches from outside its container: have serve listen on "
        "0.0.0.0, or use --rolldeploy-postgres=embedded"
    )


@pytest.mark.container
def test_where_nothing_listens_both_causes_are_named(start: Callable[..., RunningReplica], port: int) -> None:
    with pytest.raises(NotReadyError) as caught:
        start("sleep 600", within_s=4.0)
    assert caught.value.reason == (
        f"not ready after 4 s: nothing listens on port {port}; does serve take {{port}} or PORT, and listen on "
        "0.0.0.0, not on 127.0.0.1?"
    )


@pytest.mark.container
def test_workers_of_a_session_share_one_network(container_image: str, reaper_session: Session) -> None:
    server = acquire_server("container", image=container_image, session=reaper_session)
    releases = [installed("old", IMAGE)]
    with ThreadPoolExecutor() as pool:
        made = set(pool.map(lambda _: find_network(server, releases, reaper_session), range(4)))
    assert made == {reaper_session.directory.name}
    [network] = networks_of(reaper_session.directory.name)
    inspected = subprocess.run(["docker", "network", "inspect", network], capture_output=True, text=True, check=True)
    [container] = json.loads(inspected.stdout)[0]["Containers"].values()
    assert container["Name"] == reaper_session.directory.name


@pytest.mark.container
def test_a_network_does_not_outlive_a_killed_owner(container_image: str) -> None:
    require_image(PYTHON_IMAGE)
    program = f"""
import sys, time
sys.path[:0] = [{ROOT!r}, {ROOT + "/tests"!r}, {ROOT + "/tests/runtime"!r}]
from test_pods import *
from harness.runtime.reaper import Session
session = Session.create()
server = acquire_server("container", image={POSTGRES_IMAGE!r}, session=session)
image = find_image({PYTHON_IMAGE!r}, print)
pod = Pod(network=find_network(server, [installed("old", image)], session), main=name_container(session, "old-1"))
log = session.directory / "old-1.log"
place = Workplace(root=Path("/"), python="", env={{}}, log=log, processes=Processes(session), image=image, pod=pod)
place.serving(28123).start("sleep 600")
print(session.directory.name, flush=True)
time.sleep(600)
"""
    env = {**os.environ}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=env) as owner:
        assert owner.stdout
        name = owner.stdout.readline().strip()
        assert (len(containers_of(name)), len(networks_of(name))) == (2, 1)
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while containers_of(name) or networks_of(name):
        assert time.monotonic() < deadline
        time.sleep(0.1)
