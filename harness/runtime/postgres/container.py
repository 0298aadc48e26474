"""A server in a Docker container, by testcontainers.

Measured with an image that is there already: 1.5 s, most of it the image's own initdb and restart.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from harness.errors import EngineError, PostgresError
from harness.runtime.docker_engine import LABEL, find_docker_host, innermost, open_engine, require_image
from harness.runtime.postgres.server import Server, inspect_server
from harness.runtime.postgres.settings import SETTINGS
from harness.runtime.reaper import Container

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testcontainers.core.container import DockerContainer

    from harness.runtime.reaper import Session

PORT = 5432
SUPERUSER = "postgres"
# A mount point of our own, because the official images moved theirs with 18.
MEMORY_MOUNT = "/rolldeploy"
# As for a cluster of our own: a full disk stops the server, so the engine's machine must have several times what a long
# rehearsal needs; a tmpfs gets half of its memory.
MEMORY_TOTAL_BYTES = 8 << 30
# The image runs initdb and starts the server twice, which takes seconds on a busy machine.
START_DEADLINE_S = 60.0
POLL_S = 0.02
LOG_LINES = 5


def start_container(image: str, session: Session, *, patient: bool = True) -> Server:
    """Start a server in a container.

    Args:
        image: the image with its tag; with the official image's interface.
        session: what removes the container after a crash.
        patient: pull an image that is not there for as long as it takes, instead of for a minute.

    Raises:
        PostgresError: no Docker engine, no image, or the server does not come up; the text says what to do.
    """
    check_image(image)
    try:
        with open_engine() as engine:
            require_image(engine, image, patient=patient, tell=lambda _: None)
            in_memory = engine.info().get("MemTotal", 0) >= MEMORY_TOTAL_BYTES
    except EngineError as error:
        raise PostgresError(f"{error}, or use --rolldeploy-postgres=embedded") from error
    name = session.directory.name
    resource = Container(name, find_docker_host())
    session.record(resource)
    try:
        return _start(image, name, in_memory=in_memory)
    except BaseException:
        session.release(resource)
        raise


def check_image(image: str) -> None:
    """Refuse an image that can be another server tomorrow.

    Args:
        image: the image's name.

    Raises:
        PostgresError: it has no tag, or `latest`.
    """
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if not digest and tag in {"", "latest"}:
        raise PostgresError(
            f"image {image!r} is not pinned, so the same rehearsal could run on another PostgreSQL tomorrow; "
            "name its version, such as postgres:17"
        )


def _start(image: str, name: str, *, in_memory: bool) -> Server:
    import docker.errors  # noqa: PLC0415 - optional, and slow to import

    password = secrets.token_urlsafe(24)
    container = _describe(image, name, password, in_memory=in_memory)
    client = container.get_docker_client()
    try:
        with _without_ryuk():
            container.start()
        host = container.get_container_host_ip()
        server = Server(
            provider="container",
            # "localhost" can mean ::1, where the port is not bound.
            host="127.0.0.1" if host == "localhost" else host,
            port=container.get_exposed_port(PORT),
            user=SUPERUSER,
            password=password,
        )
        return _await_ready(server, container, image)
    except (docker.errors.DockerException, OSError) as error:
        raise PostgresError(
            f"a container of {image} does not start ({innermost(error)}); "
            "see what `docker run` says, or use --rolldeploy-postgres=embedded"
        ) from error
    finally:
        client.client.close()


def _describe(image: str, name: str, password: str, *, in_memory: bool) -> DockerContainer:
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - optional
    from testcontainers.core.config import ConnectionMode  # noqa: PLC0415

    class Postgres(PostgresContainer):
        """The official image, waited for by connecting.

        `_connect` is testcontainers' own: it looks once a second, through a shell inside the container that has the
        password on its command line. Should it get another name, `test_a_container_is_ready_soon` fails.
        """

        def _connect(self) -> None:
            """Leave the waiting to us."""

    container: DockerContainer = Postgres(image, username=SUPERUSER, password=password, dbname="postgres", driver=None)
    container.with_name(name)
    # In a container the server listens on the container's own network, whose port is bound below.
    settings = [
        *((each.name, each.value) for each in SETTINGS if each.name != "listen_addresses"),
        ("listen_addresses", "*"),
    ]
    container.with_command(["postgres", *(part for key, value in settings for part in ("-c", f"{key}={value}"))])
    container.with_kwargs(labels={LABEL: name}, shm_size="256m")
    # The same sorting as on a cluster of our own.
    container.with_env("POSTGRES_INITDB_ARGS", "--no-sync --locale-provider=libc --locale=C.UTF-8")
    if in_memory:
        container.with_tmpfs_mount(MEMORY_MOUNT)
        container.with_env("PGDATA", f"{MEMORY_MOUNT}/data")
    client = container.get_docker_client()
    if client.get_connection_mode() == ConnectionMode.docker_host and client.host() in {"localhost", "127.0.0.1"}:
        # Docker binds to all of the machine's addresses by default. Where the engine is elsewhere it has to.
        ports: dict[str, Any] = container.ports
        ports[str(PORT)] = ("127.0.0.1", None)
    return container


@contextlib.contextmanager
def _without_ryuk() -> Iterator[None]:
    """Keep testcontainers from starting its own reaper for a container of ours.

    Ryuk removes a container soon after the process that started it ends, while ours is shared by all xdist workers,
    whoever started it; and it is one more image to pull. Our own watcher does its work.
    """
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415 - optional

    before = testcontainers_config.ryuk_disabled
    testcontainers_config.ryuk_disabled = True
    try:
        yield
    finally:
        testcontainers_config.ryuk_disabled = before


def _await_ready(server: Server, container: DockerContainer, image: str) -> Server:
    """Connect until the server answers: its log says "ready" twice, and the first time it is not."""
    deadline = time.monotonic() + START_DEADLINE_S
    while True:
        try:
            return inspect_server(server)
        except PostgresError as error:
            wrapped = container.get_wrapped_container()
            wrapped.reload()
            ended = wrapped.status in {"exited", "dead", "removing"}
            if not ended and time.monotonic() < deadline:
                time.sleep(POLL_S)
                continue
            lines = wrapped.logs(tail=LOG_LINES).decode(errors="replace").splitlines()
            what = "ended before it was ready" if ended else f"was not ready within {START_DEADLINE_S:.0f} s"
            raise PostgresError(
                f"PostgreSQL in a container of {image} {what} ({error}); "
                f"its last lines: {' | '.join(lines) or '(nothing)'}"
            ) from error
