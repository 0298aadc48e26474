"""Runs the commands of a release whose code is a container image, each in a container of its own.

A container stands where a process does: it is started by the same :class:`~harness.runtime.workplace.Workplace`,
writes into the same log, is told to stop by the same signals, and ends with the same status. So all that a rehearsal
does with a release (``serve``, ``boot``, ``init``, its migrations, tasks, probes that are commands, ``client.run``)
is done with an image too. What differs, and why:

* **The network is one with PostgreSQL's container**, or this machine's own where PostgreSQL is in none; see
  :mod:`harness.runtime.pods`.
* **Folders are mounted at their own paths**, so that ``{private}`` and ``{shared}`` mean the same inside and outside,
  and a file that tells readiness is seen. For that the container runs **as whoever runs pytest**, whatever user the
  image names: else it could not write there, or nobody could remove what it wrote.
* **The environment is the image's, and what the settings say**; nothing of the shell that pytest was started in.
  ``HOME`` is ``{private}``, as for a process.
* **The command stands as it is written**, without the image's ``ENTRYPOINT``, as ``command`` of a Kubernetes pod
  does. It is process 1 of its container: one that has no handler for SIGTERM does not end by it (pid_namespaces(7)),
  as it would not in the deployment.

Each container is noted before it is made and labelled with its session, and is removed when it ends, whichever way
the rehearsal does.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

from harness.errors import EngineError, HarnessError, ReleaseError
from harness.runtime.docker_engine import LABEL, find_docker_host, innermost, open_engine
from harness.runtime.pods import ENGINE_TIMEOUT_S, attach
from harness.runtime.programs import split_command
from harness.runtime.reaper import Container, release

if TYPE_CHECKING:
    from pathlib import Path

    from harness.runtime.images import Image
    from harness.runtime.process import Child
    from harness.runtime.reaper import Session
    from harness.runtime.workplace import Workplace

#: A shell and the engine tell a process that a signal ended by this much more than the signal's number.
_BY_SIGNAL = 128
#: Status of a container of which the engine can tell no more how it ended: it was removed.
_UNKNOWN = -signal.SIGKILL
#: In front of the reason, the engine names all that it went through.
_BEHIND = "container process: "
#: All that a container's name may have besides letters and digits.
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_.-]")


def start_container(command: str | list[str], image: Image, place: Workplace, errors: Path | None = None) -> Child:
    """Starts a command in a container of an image.

    Args:
        command: A command line, split as a shell would, or its words.
        image: Which.
        place: With what environment and folders, and whose log.
        errors: File that gets standard error, instead of the place's log.

    Raises:
        ReleaseError: The image has no such command.
        HarnessError: The engine fails, or the rehearsal is being ended.
    """
    words = split_command(command)
    if not words:
        raise ReleaseError(f"a command of {image.reference} is empty: correct it in the settings")
    session = place.processes.session
    named = place.pod.main if place.pod is not None and place.pod.ports else ""
    resource = Container(named or name_container(session, place.log.stem), find_docker_host())
    place.log.parent.mkdir(parents=True, exist_ok=True)
    session.record(resource)
    try:
        contained = _Contained(resource, words, image, place, errors or place.log)
    except BaseException:
        session.release(resource)
        raise
    return place.processes.adopt(contained, place.log, resource)


def name_container(session: Session, who: str) -> str:
    """A name for a container of a session, that no other has.

    Args:
        session: Which.
        who: Whose it is.
    """
    return f"{session.directory.name}-{_UNNAMEABLE.sub('-', who)}-{secrets.token_hex(4)}"


class _Contained:
    """A container that was started, as ``subprocess.Popen`` shows a process.

    Args:
        resource: Its name, and its engine.
        words: What it runs.
        image: Which image.
        place: With what; its log gets standard output.
        errors: File that gets standard error.

    Raises:
        ReleaseError: The image has no such command.
        HarnessError: The engine fails.
    """

    def __init__(self, resource: Container, words: list[str], image: Image, place: Workplace, errors: Path) -> None:
        self._resource = resource
        self._words = words
        self._stop_signal = image.stop_signal
        self._status: int | None = None
        self._ended = threading.Event()
        self._removing = threading.Lock()
        self._removed = False
        with contextlib.ExitStack() as stack:
            engine = stack.enter_context(open_engine(timeout_s=ENGINE_TIMEOUT_S))
            files = [stack.enter_context(path.open("ab", buffering=0)) for path in (place.log, errors)]
            container, output = _start(engine, resource, words, image, place)
            stack.callback(_close, output)
            follower = threading.Thread(
                target=self._follow, args=(container, output, files), name=resource.name, daemon=True
            )
            self._held = stack.pop_all()
        follower.start()

    def poll(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end.

        Raises:
            subprocess.TimeoutExpired: It goes on running.
        """
        self._ended.wait(timeout)
        if self._status is None:
            raise subprocess.TimeoutExpired(self._words, timeout or 0.0)
        return self._status

    def terminate(self) -> None:
        """Sends its main process SIGTERM, or what the image says is to be sent in its place."""
        import docker.errors  # noqa: PLC0415 - optional, and slow to import

        # Gone, or about to go: there is nobody to tell any more.
        with contextlib.suppress(docker.errors.APIError), open_engine(timeout_s=ENGINE_TIMEOUT_S) as engine:
            engine.containers.get(self._resource.name).kill(self._stop_signal)

    def kill(self) -> None:
        """Kills and removes it."""
        import docker.errors  # noqa: PLC0415 - optional, and slow to import

        with self._removing:
            if self._removed:
                return
            try:
                release(self._resource)
            except (docker.errors.DockerException, OSError) as error:
                cure = f"remove it by hand (docker rm -f {self._resource.name})"
                raise EngineError(f"a container cannot be removed ({innermost(error)}); {cure}") from error
            self._removed = True

    def _follow(self, container: Any, output: Any, files: list[Any]) -> None:
        """Writes what it prints, until it ends."""
        import docker.errors  # noqa: PLC0415 - optional, and slow to import

        status = _UNKNOWN
        try:
            with self._held, contextlib.suppress(docker.errors.DockerException, OSError):  # it was removed
                for parts in output:
                    for part, file in zip(parts, files, strict=True):
                        file.write(part or b"")
                status = _as_process(container.wait()["StatusCode"])
        finally:
            self._status = status
            self._ended.set()


def _start(engine: Any, resource: Container, words: list[str], image: Image, place: Workplace) -> tuple[Any, Any]:
    """The container, and its output from the first byte."""
    import docker.errors  # noqa: PLC0415 - optional, and slow to import
    from docker.types import LogConfig  # noqa: PLC0415

    options = {
        "image": image.id,
        "entrypoint": words,
        "name": resource.name,
        "labels": {LABEL: place.processes.session.directory.name},
        "environment": dict(place.env),
        "user": image.user,
        "volumes": {str(path): {"bind": str(path), "mode": "rw"} for path in place.mounts},
        "healthcheck": {"test": ["NONE"]},  # the rehearsal asks by probes of its own
        "log_config": LogConfig(type=LogConfig.types.NONE),
    }
    try:
        where = attach(engine, place.pod)
        try:
            return _start_once(engine, {**options, **where})
        except docker.errors.APIError:
            now = attach(engine, place.pod)
            if now == where:
                raise
            # What serves has ended meanwhile: nothing is beside it any more.
            with contextlib.suppress(docker.errors.NotFound):
                engine.containers.get(resource.name).remove(force=True)
            return _start_once(engine, {**options, **now})
    except docker.errors.APIError as error:
        if error.is_client_error():
            cure = "correct the command in the settings; it is run without the image's ENTRYPOINT and without a shell"
            if words[0] == place.python:
                cure += ", and what Python is called there is said by python ="
            reason = innermost(error).rpartition(_BEHIND)[2]
            raise ReleaseError(f"a container of {image.reference} cannot run '{words[0]}' ({reason}): {cure}") from None
        raise _failed(image, error) from error
    except (docker.errors.DockerException, OSError) as error:
        raise _failed(image, error) from error


def _start_once(engine: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    container = engine.containers.create(**options)
    output = container.attach(stdout=True, stderr=True, stream=True, demux=True)
    try:
        container.start()
    except BaseException:
        _close(output)
        raise
    return container, output


def _failed(image: Image, error: Exception) -> HarnessError:
    reason = f"the Docker engine cannot start a container of {image.reference} ({innermost(error)})"
    return EngineError(f"{reason}; see what `docker run` says")


def _close(output: Any) -> None:
    """Closes the connection on which a container's output comes.

    Docker's own ``close`` leaves it open where the engine closed its end first. Should ``_response`` get another name,
    the tests fail, for an open socket is a warning.
    """
    with contextlib.suppress(OSError):
        output.close()
    output._response.close()  # noqa: SLF001


def _as_process(code: int) -> int:
    """A container's exit code as ``subprocess`` tells that of a process: below zero where a signal ended it."""
    return _BY_SIGNAL - code if _BY_SIGNAL < code <= _BY_SIGNAL + signal.NSIG else code
