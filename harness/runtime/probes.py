"""Asks a replica once whether it is up, by whatever it can be asked by."""

from __future__ import annotations

import http.client
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from harness.model.release import Command, FileThere, HttpGet, LogLine
from harness.runtime.ports import HOST
from harness.runtime.waiting import await_true

if TYPE_CHECKING:
    from harness.model.release import Probe
    from harness.runtime.replica import Start

#: HTTP statuses that a probe takes for success (Kubernetes: "greater than or equal to 200 and less than 400").
_PROBE_OK = range(200, 400)


def ask(probe: Probe, start: Start) -> str:
    """Asks once; returns the empty string where it succeeds, else what came instead, to follow what was asked.

    Args:
        probe: How.
        start: Whom.

    Raises:
        ReleaseError: There is no such command.
    """
    match probe.ask:
        case HttpGet(path=path):
            return _get(start.port, path, probe.timeout_s)
        case LogLine(pattern=pattern):
            return "" if re.search(pattern, _log(start), re.MULTILINE) else "was not written"
        case Command(command=command):
            return _run(start, command, probe.timeout_s)
        case FileThere(file=file):
            return "" if Path(start.fill(file)).exists() else "is not there"
        case _:
            assert_never(probe.ask)


def _get(port: int, path: str, timeout_s: float) -> str:
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"Connection": "close", "User-Agent": "kube-probe/rolldeploy"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"got no answer ({type(error).__name__})"
    finally:
        connection.close()
    return "" if status in _PROBE_OK else f"answered {status}"


def _log(start: Start) -> str:
    try:
        with start.place.log.open("rb") as file:
            file.seek(start.log_from)
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _run(start: Start, command: str, timeout_s: float) -> str:
    log = start.place.log
    child = replace(start.place, log=log.with_name(f"{log.stem}-probe.log")).start(start.fill(command))
    ended = await_true(lambda: child.status is not None, timeout_s=timeout_s)
    status = child.status
    child.stop(0.0)
    if not ended:
        return f"did not end within {timeout_s:g} s"
    return "" if status == 0 else f"exited with status {status}"
