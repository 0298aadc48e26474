"""Starts one replica of a release, asks whether it is up, and stops it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.model.release import HttpGet
from harness.runtime.pods import is_unreachable
from harness.runtime.ports import answers
from harness.runtime.probes import ask
from harness.runtime.waiting import Waits, await_true, now, sleep

if TYPE_CHECKING:
    from harness.model.release import Release
    from harness.plan.steps import Replica
    from harness.runtime.process import Child
    from harness.runtime.workplace import Workplace


#: A log that did not change for so long is taken to be complete: uvicorn writes the traceback of an error once the
#: answer is out.
_REST_S = 0.05
#: For so long it is waited for at most: a busy replica never stops writing.
_REST_TIMEOUT_S = 0.5
#: Between two looks at the log.
_REST_POLL_S = 0.01


class NotReadyError(Exception):
    """A replica did not become ready; the caller makes an event of it.

    Args:
        reason: One sentence.
        signature: What makes two such failures the same one.
        log: Last lines of the log.
    """

    def __init__(self, reason: str, signature: str, log: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.signature = signature
        self.log = log


@dataclass(frozen=True, kw_only=True)
class Start:
    """All that a replica's start needs.

    Args:
        replica: What the plan says.
        release: How it is started.
        place: Where, with its own environment and log file.
        port: Its own port.
        time_scale: Factor for the probes' periods.
        within_s: Seconds in which it has to become ready.
        stay_ready_s: Seconds for which it has to stay ready before it counts.
        log_from: Where in its log file its own lines begin, in bytes.
        waits: Told what is waited for.
        booted: Set once ``serve`` may be started: there is no ``boot``, or it is over.
    """

    replica: Replica
    release: Release
    place: Workplace
    port: int
    time_scale: float
    within_s: float
    stay_ready_s: float = 0.0
    log_from: int = 0
    waits: Waits = field(default_factory=Waits)
    booted: threading.Event = field(default_factory=threading.Event)

    @property
    def answers(self) -> bool:
        """Whether something listens on its port."""
        return answers(self.port, published=self.place.pod is not None)

    def fill(self, template: str) -> str:
        """A command line of this replica."""
        return self.place.fill(template, port=str(self.port), replica=self.replica.name)


class RunningReplica:
    """A replica that serves.

    Args:
        start: How it was started.
        child: Its process.
        after_s: Seconds until it was ready.
    """

    def __init__(self, start: Start, child: Child, after_s: float) -> None:
        self.name = start.replica.name
        self.release = start.release
        self.database = start.replica.database
        self.port = start.port
        self.after_s = after_s
        self._start = start
        self._child = child

    @property
    def place(self) -> Workplace:
        """Where it was started, and with what."""
        return self._start.place

    @property
    def status(self) -> int | None:
        """Exit status of its process, or None while it runs."""
        return self._child.status

    def tell_to_stop(self) -> None:
        """SIGTERM; :meth:`stop` waits for its end."""
        self._child.tell_to_stop()

    def stop(self) -> bool:
        """SIGTERM, the grace period, SIGKILL; returns whether it had to be killed."""
        with self._start.waits.on(self.name, f"to end (SIGTERM, then SIGKILL after {self.release.grace_s:g} s)"):
            return self._child.stop(self.release.grace_s)

    def tail(self) -> tuple[str, ...]:
        """Last lines of its log."""
        return self._child.tail()

    def log_size(self) -> int:
        """How much it has logged so far, in bytes."""
        try:
            return self._child.log.stat().st_size
        except OSError:
            return 0

    def tail_since(self, begin: int, *, await_rest: bool = False) -> tuple[str, ...]:
        """Last lines of what it logged since then; where that is nothing, those before it.

        Args:
            begin: How much it had logged.
            await_rest: Whether more is to be expected at once.
        """
        if await_rest:
            self._rest()
        return self._child.tail(begin=begin) or self._child.tail()

    def _rest(self) -> None:
        """Waits until its log has come to rest."""
        size, since = self.log_size(), now()

        def rests() -> bool:
            nonlocal size, since
            if (found := self.log_size()) != size:
                size, since = found, now()
            return now() - since >= _REST_S

        await_true(rests, timeout_s=_REST_TIMEOUT_S, poll_s=_REST_POLL_S)

    def ask_health(self) -> str | None:
        """Asks readiness, then liveness, as often as their thresholds say; and whether the process is there at all.

        Returns:
            None where both hold, or one sentence.
        """
        for kind, probe in (("readiness", self.release.readiness), ("liveness", self.release.liveness)):
            if probe is None:
                continue
            answer = ""
            for _ in range(probe.failure_threshold):
                answer = ask(probe, self._start)
                if not answer:
                    break
                sleep(probe.period_s * self._start.time_scale)
            if answer:
                return f"{kind} failed {probe.failure_threshold} times in a row: {probe.ask} {answer}"
        return None if self.status is None else f"exited with status {self.status}"


def start_replica(start: Start) -> RunningReplica:
    """Runs ``boot`` where the plan says so, then ``serve``, and waits until readiness holds.

    Raises:
        NotReadyError: It exited, or was not ready in time.
        ReleaseError: There is no such command, or no such module as is to be preloaded.
    """
    began = now()
    deadline = began + start.within_s
    if start.replica.boot and start.release.boot:
        _run_boot(start, deadline)
    start.booted.set()
    if answers(start.port):
        raise HarnessError(
            f"port {start.port} is in use: another process took it before {start.replica.name} could, and would answer "
            "for the application; stop it, or set ports under [strategy] to a range that is free"
        )
    log = start.place.log
    start = replace(start, log_from=log.stat().st_size if log.exists() else 0)
    child = start.place.serving(start.port).start(start.fill(start.release.serve))
    try:
        name, ask_ = start.replica.name, start.release.readiness.ask
        how = f"{ask_}, " if isinstance(ask_, HttpGet) else ""  # a command may hold what is secret
        with start.waits.on(name, f"to be ready ({how}within {start.within_s:g} s)"):
            _await_ready(start, child, began, deadline)
            if not isinstance(ask_, HttpGet):
                _see_reachable(start, child)
        after_s = now() - began
        with start.waits.on(name, f"to stay ready for {start.stay_ready_s:g} s (min_ready_s, scaled)"):
            _stay_ready(start, child)
    except BaseException:
        child.stop(0.0)
        raise
    return RunningReplica(start, child, after_s)


def _run_boot(start: Start, deadline: float) -> None:
    command = start.release.boot or ""
    child = start.place.start(start.fill(command))
    with start.waits.on(start.replica.name, f"to end its boot command (within {start.within_s:g} s)"):
        ended = await_true(lambda: child.status is not None, timeout_s=deadline - now())
    status = child.status
    child.stop(0.0)
    if not ended:
        raise NotReadyError(
            f"its boot command '{command}' did not end within {start.within_s:g} s",
            "boot did not end",
            child.tail(),
        )
    if status != 0:
        raise NotReadyError(
            f"its boot command '{command}' exited with status {status}", f"boot exited with {status}", child.tail()
        )


def _stay_ready(start: Start, child: Child) -> None:
    """A replica that dies, or is not ready any more, before it counts as available is none (``minReadySeconds``)."""
    if not start.stay_ready_s:
        return
    await_true(lambda: child.status is not None, timeout_s=start.stay_ready_s)
    stayed = f"within {start.stay_ready_s:g} s of becoming ready (min_ready_s, scaled)"
    if child.status is not None:
        raise NotReadyError(
            f"exited with status {child.status} {stayed}", f"serve exited with {child.status}", child.tail()
        )
    probe = start.release.readiness
    answer = ask(probe, start)
    if answer:
        sentence = f"was not ready any more {stayed}: {probe.ask} {answer}"
        raise NotReadyError(sentence, "did not stay ready", child.tail())


def _await_ready(start: Start, child: Child, began: float, deadline: float) -> None:
    probe, timeout_s = start.release.readiness, start.within_s
    by_http = isinstance(probe.ask, HttpGet)

    def gone_or_listening() -> bool:
        return child.status is not None or start.answers

    last, good = f"{probe.ask} was not asked", 0
    if by_http:
        outside = "" if start.place.pod is None else ", and listen on 0.0.0.0, not on 127.0.0.1"
        last = f"nothing listens on port {start.port}; does serve take {{port}} or PORT{outside}?"
        await_true(gone_or_listening, timeout_s=deadline - now())
    sleep(probe.initial_delay_s * start.time_scale)
    while now() < deadline or child.status is not None:
        if child.status is not None:
            raise NotReadyError(
                f"exited with status {child.status} before it was ready "
                f"(after {now() - began:.1f} s of {timeout_s:g} s)",
                f"serve exited with {child.status}",
                child.tail(),
            )
        answer = ask(probe, start)
        good = 0 if answer else good + 1
        if good >= probe.success_threshold:
            return
        if answer and (not by_http or start.answers):
            last = f"{probe.ask} {answer}"
        sleep(probe.period_s * start.time_scale)
    _see_reachable(start, child)
    raise NotReadyError(f"not ready after {timeout_s:g} s: {last}", "serve not ready", child.tail())


def _see_reachable(start: Start, child: Child) -> None:
    """Nobody reaches who listens on the loopback interface of a container, whatever a probe beside it says."""
    pod = start.place.pod
    if pod is not None and not start.answers and is_unreachable(pod, start.port):
        raise NotReadyError(
            f"listens on 127.0.0.1:{start.port} alone, which nobody reaches from outside its container: have serve "
            "listen on 0.0.0.0, or use --rolldeploy-postgres=embedded",
            "serve listens on the loopback interface",
            child.tail(),
        )
