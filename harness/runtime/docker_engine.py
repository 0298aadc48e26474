"""The Docker engine: whether one answers, and whether it has the image or can get it."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import socket
import time
from typing import TYPE_CHECKING

from harness.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import docker as docker_sdk

# On every container of ours: the session that it belongs to.
LABEL = "rolldeploy.session"
# An engine on this machine answers in milliseconds; one that takes longer than this is of no use for a test.
ENGINE_TIMEOUT_S = 5
# `auto` has other providers to turn to, so it gives a registry some seconds to say anything and a minute in all;
# whoever asks for a container waits for as long as a slow line goes on.
HASTY_SILENCE_S, HASTY_PULL_S = 10.0, 60.0
PATIENT_SILENCE_S, PATIENT_PULL_S = 120.0, 3600.0


@contextlib.contextmanager
def open_engine(*, timeout_s: float = ENGINE_TIMEOUT_S) -> Iterator[docker_sdk.DockerClient]:
    """Connect to the Docker engine that testcontainers will use.

    Args:
        timeout_s: how long the engine may take for one answer.

    Raises:
        EngineError: testcontainers is not installed, or no engine answers.
    """
    if importlib.util.find_spec("testcontainers") is None:
        raise EngineError("testcontainers is not installed: pip install 'pytest-rolldeploy[container]'")
    import docker  # noqa: PLC0415 - optional, and slow to import
    import docker.errors  # noqa: PLC0415

    try:
        host = find_docker_host()
        _knock(host or docker.constants.DEFAULT_UNIX_SOCKET)
        # kwargs_from_env knows about DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.
        address = {**docker.utils.kwargs_from_env(), **({"base_url": host} if host else {})}
        engine = docker.DockerClient(**address, timeout=timeout_s, version="auto")
    except (docker.errors.DockerException, OSError, ValueError) as error:
        raise EngineError(f"no Docker engine answers ({innermost(error)}); start one") from error
    try:
        yield engine
    finally:
        engine.close()


def find_docker_host() -> str:
    """Find the engine's address as testcontainers does, from DOCKER_HOST or Docker's context; empty for the default."""
    from testcontainers.core.docker_client import get_docker_host  # noqa: PLC0415 - optional

    return get_docker_host() or ""


def _knock(host: str) -> None:
    """See that somebody listens on the engine's socket, where it is a file.

    Docker's own client does not close its socket when nobody does; under pytest's `-W error` that unclosed socket would
    fail a test of somebody who has no Docker at all.
    """
    path = re.fullmatch(r"(?:http\+)?unix:/*(/.*)", host)
    if path:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(ENGINE_TIMEOUT_S)
            probe.connect(path[1])


def has_image(engine: docker_sdk.DockerClient, image: str) -> bool:
    """Whether the engine has an image.

    Raises:
        EngineError: that is no name of an image, or the engine fails.
    """
    import docker.errors  # noqa: PLC0415 - optional, and slow to import

    try:
        engine.images.get(image)
    except docker.errors.ImageNotFound:
        return False
    except (docker.errors.DockerException, OSError) as error:
        raise EngineError(
            f"the Docker engine cannot look for image {image} ({innermost(error)}); correct it"
        ) from error
    return True


def require_image(engine: docker_sdk.DockerClient, image: str, *, patient: bool, tell: Callable[[str], None]) -> None:
    """See that the engine has an image, pulling it where it has not.

    Args:
        engine: the engine.
        image: the image with its tag.
        patient: go on for as long as a slow line needs; else give up after a minute.
        tell: gets a line where it is pulled.

    Raises:
        EngineError: it cannot be pulled, or not in time.
    """
    import docker.errors  # noqa: PLC0415 - optional, and slow to import

    if has_image(engine, image):
        return
    tell(f"rolldeploy: pulling {image}")
    silence_s, whole_s = (PATIENT_SILENCE_S, PATIENT_PULL_S) if patient else (HASTY_SILENCE_S, HASTY_PULL_S)
    deadline = time.monotonic() + whole_s
    remedy = f"pull it by hand (docker pull {image})"
    before, engine.api.timeout = engine.api.timeout, silence_s
    try:
        for progress in engine.api.pull(image, stream=True, decode=True):
            if "error" in progress:
                raise EngineError(f"image {image} is not here and cannot be pulled ({progress['error']}); {remedy}")
            if time.monotonic() > deadline:
                raise EngineError(f"image {image} is not here and was not pulled within {whole_s:.0f} s; {remedy}")
    except (docker.errors.DockerException, OSError) as error:
        raise EngineError(f"image {image} is not here and cannot be pulled ({innermost(error)}); {remedy}") from error
    finally:
        engine.api.timeout = before


def innermost(error: BaseException) -> str:
    """Give the reason at the bottom of Docker's wrapped errors, in one line."""
    explanation = getattr(error, "explanation", None)
    if explanation:
        return " ".join(str(explanation).split())
    found: BaseException = error
    while found.__cause__ or found.__context__:
        found = found.__cause__ or found.__context__ or found
    reason = found.strerror if isinstance(found, OSError) and found.strerror else str(found)
    return " ".join(reason.split()) or type(found).__name__
