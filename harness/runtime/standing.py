"""A replica that runs already: it is asked whether it is up, and never started or stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import ScenarioError
from harness.runtime.ports import HOST
from harness.runtime.probes import ask
from harness.runtime.process import Child
from harness.runtime.replica import NotReadyError, RunningReplica
from harness.runtime.waiting import now, sleep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.runtime.environment import Stagehands
    from harness.runtime.replica import Start


class _Elsewhere:
    """Somebody else's process: it is let go of, and runs on."""

    def __init__(self) -> None:
        self._is_let_go = False

    def poll(self) -> int | None:
        """None while it gets traffic: whether it is there at all is told by its answers alone."""
        return 0 if self._is_let_go else None

    def wait(self, timeout: float | None = None) -> int:  # noqa: ARG002  as subprocess has it
        """Nothing to wait for."""
        return 0

    def terminate(self) -> None:
        """It gets no more traffic."""
        self._is_let_go = True

    def kill(self) -> None:
        """The same."""
        self._is_let_go = True


def await_standing(start: Start) -> RunningReplica:
    """Waits until a replica that runs already is ready, on the database that was put there for it.

    Args:
        start: Where it is, and how it is asked.

    Raises:
        NotReadyError: It is not in time.
    """
    began = now()
    probe, good = start.release.readiness, 0
    with start.waits.on(start.replica.name, f"to be ready ({probe.ask}, within {start.within_s:g} s)"):
        while True:
            answer = ask(probe, start)
            good = 0 if answer else good + 1
            if good >= probe.success_threshold:
                child = Child(_Elsewhere(), start.place.log, lambda _: None)
                return RunningReplica(start, child, now() - began)
            if answer and now() - began > start.within_s:
                break
            sleep(probe.period_s * start.time_scale)
    raise NotReadyError(
        f"the application at http://{HOST}:{start.port} was not ready in {start.within_s:g} s: {probe.ask} {answer}; "
        "it has to run, and to be connected to the database that database = under [old] names",
        "not ready",
        (),
    )


def prove_connected(hands: Stagehands, names: Iterable[str]) -> None:
    """Refuses to go on with an application that is connected elsewhere: there nothing would ever break.

    Args:
        hands: Knows the server and its log.
        names: Replicas that have served.

    Raises:
        ScenarioError: Nobody has seen one that runs already on the database that was made for it.
    """
    workspace = hands.workspace
    for replica in filter(None, map(hands.fleet.get, sorted(names))):
        running = replica.release.running
        if running is None or hands.observer.has_heard(replica.name) or workspace.sessions(replica.name):
            continue
        unseen = "" if workspace.sees_statements else " (without the server's log, an open session alone would show it)"
        raise ScenarioError(
            f"the application at http://{HOST}:{replica.port} never asked database {running.database!r} as role "
            f"{running.role!r}{unseen}: connect it to that database at {workspace.server.host}:{workspace.server.port} "
            "as that role, or correct database and role under [old]"
        )
