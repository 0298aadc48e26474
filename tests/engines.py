"""What tests need of a Docker engine, or a reason why they are skipped."""

from __future__ import annotations

import os
import subprocess

import pytest

#: Has Python and nothing else; made of the distribution's packages where no registry can be reached.
PYTHON_IMAGE = "python:3.11-slim"
POSTGRES_IMAGE = "postgres:15"


def require_image(image: str) -> None:
    """Skips where there is no Docker engine with an image, unless the environment demands containers."""
    try:
        found = subprocess.run(
            ["docker", "image", "inspect", image], capture_output=True, text=True, check=False, timeout=20
        )
        reason = "" if found.returncode == 0 else found.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    if reason:
        message = f"no Docker engine with {image}: {reason}"
        if os.environ.get("ROLLDEPLOY_REQUIRE_CONTAINER") == "1":
            pytest.fail(message)
        pytest.skip(message)


def containers_of(session: str) -> list[str]:
    """Names of the containers of a session, running or not."""
    command = ["docker", "ps", "-a", "--format", "{{.Names}}", "--filter", f"label=rolldeploy.session={session}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def networks_of(session: str) -> list[str]:
    """Names of the networks of a session."""
    command = ["docker", "network", "ls", "--format", "{{.Name}}", "--filter", f"label=rolldeploy.session={session}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
