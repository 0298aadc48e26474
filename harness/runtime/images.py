"""Finds the container image that a release's code is in."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import EngineError
from harness.runtime.docker_engine import open_engine, require_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Sent to stop a container whose image says nothing else.
_STOP_SIGNAL = "SIGTERM"
#: So much of an image's digest is shown.
_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image that the engine has.

    Args:
        reference: Its name, with tag or digest.
        id: Which one exactly: a tag may be moved while a rehearsal runs.
        folder: Its working folder.
        stop_signal: What its containers are told to stop by.
        user: User and group that they run as.
        env: Variables of its own, with their values.
    """

    reference: str
    id: str
    folder: str = "/"
    stop_signal: str = _STOP_SIGNAL
    user: str = ""
    env: tuple[tuple[str, str], ...] = ()

    @property
    def description(self) -> str:
        """What it is, for the report."""
        return f"image:{self.reference} ({self.id.rpartition(':')[2][:_SHORT]})"


def find_image(reference: str, tell: Callable[[str], None]) -> Image:
    """Looks for an image, and pulls it where the engine has not got it.

    Args:
        reference: Its name; without tag and digest, ``latest`` is meant, as ever with Docker.
        tell: Gets a line where it is pulled.

    Raises:
        EngineError: No engine of this machine answers, or it cannot get the image.
    """
    name = full_name(reference)
    with open_engine() as engine:
        told = engine.info()
        if sys.platform != "linux" or told.get("KernelVersion") != platform.release():
            raise EngineError(
                f"the source image:{reference} needs Linux and a Docker engine of this machine, and {told.get('Name')} "
                "shares neither network nor folders with it; rehearse on such a machine, or name the code by git:REF"
            )
        require_image(engine, name, patient=True, tell=tell)
        found = engine.images.get(name)
    config = found.attrs.get("Config") or {}
    rootless = any("rootless" in option for option in told.get("SecurityOptions") or ())
    return Image(
        reference=name,
        id=found.id,
        folder=config.get("WorkingDir") or "/",
        stop_signal=config.get("StopSignal") or _STOP_SIGNAL,
        # Files in mounted folders are to belong to whoever runs this. An engine that runs as that user maps root to it
        # (Docker, "Rootless mode").
        user="0:0" if rootless else f"{os.geteuid()}:{os.getegid()}",
        env=read_variables(config.get("Env")),
    )


def read_variables(listed: Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    """Names and values of an image's variables.

    Args:
        listed: ``NAME=value``, as the engine has them (Docker's Engine API, ``ImageConfig``); None where it has none.
    """
    return tuple((name, value) for name, _, value in (one.partition("=") for one in listed or ()))


def full_name(reference: str) -> str:
    """The name of an image with its tag: without one, the engine would pull all that there are."""
    name, _, digest = reference.partition("@")
    return reference if digest or ":" in name.rpartition("/")[2] else f"{reference}:latest"
