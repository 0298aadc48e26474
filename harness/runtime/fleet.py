"""The replicas that run now: starts several at once, stops them, knows where each of them listens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from harness.runtime.containers import name_container
from harness.runtime.pods import POSTGRES, Pod
from harness.runtime.ports import HOST
from harness.runtime.probes import ask
from harness.runtime.replica import NotReadyError, RunningReplica, Start, start_replica
from harness.runtime.standing import await_standing
from harness.template import fill, fill_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model.release import Probe, Running
    from harness.plan.steps import Replica, StartReplicas
    from harness.runtime.belongings import Belongings
    from harness.runtime.forks import Forks
    from harness.runtime.installed import Installed
    from harness.runtime.process import Processes
    from harness.runtime.waiting import Waits
    from harness.runtime.workplace import Workplace
    from harness.runtime.workspace import Workspace
    from harness.secrets import Redactor


class Fleet:
    """All replicas of a rehearsal.

    Args:
        releases: Both releases; in a chain those before them too.
        workspace: Makes their roles.
        processes: Owns their processes.
        redact: Learns their passwords.
        folder: Gets their logs.
        forks: Starts those whose libraries are imported ahead.
        belongings: Has their folders, ports and secrets.
        time_scale: Factor for the probes' periods.
        named: Placeholders of commands that are no release's.
        waits: Told what is waited for.
        network: That of PostgreSQL's container, which those of images share; None where it is the machine's own.
    """

    def __init__(
        self,
        releases: Mapping[str, Installed],
        workspace: Workspace,
        processes: Processes,
        redact: Redactor,
        folder: Path,
        *,
        forks: Forks,
        belongings: Belongings,
        time_scale: float,
        waits: Waits,
        named: frozenset[str] = frozenset(),
        network: str | None = None,
    ) -> None:
        self._releases = releases
        self._workspace = workspace
        self._processes = processes
        self._forks = forks
        self._redact = redact
        self._folder = folder
        self._time_scale = time_scale
        self._belongings = belongings
        self._named = named
        self._waits = waits
        self._network = network
        self._running: dict[str, RunningReplica] = {}
        self._starts: dict[str, Start] = {}
        self._lock = threading.Lock()

    def login(
        self, release: str, who: str, database: str, *, is_replica: bool = False, at: tuple[str, int] | None = None
    ) -> dict[str, str]:
        """Values for the placeholders of the database, as a process of a release reaches it.

        Args:
            release: Whose process.
            who: Replica or migrator.
            database: What it connects to.
            is_replica: Whether it acts as replicas do, and not as the owner.
            at: Host and port by which it reaches PostgreSQL; None is where that is for the release.
        """
        if at is None and self._network_of(release) is not None:
            at = POSTGRES
        login = self._workspace.login(who, database, is_replica=is_replica)
        return login if at is None else {**login, "host": at[0], "port": str(at[1])}

    def workplace(
        self,
        release: str,
        who: str,
        database: str,
        *,
        is_replica: bool = False,
        bypass: bool = False,
        at: tuple[str, int] | None = None,
    ) -> Workplace:
        """Where a process of a release runs that is connected to a database as somebody; its own folder is made anew.

        Args:
            release: Whose process.
            who: Replica or migrator; the name of its log.
            database: What it connects to.
            is_replica: Whether it acts as replicas do, and not as the owner.
            bypass: Whether the variables of ``bypass`` are set.
            at: Host and port of this machine by which it reaches PostgreSQL; None is where that is for the release.
        """
        installed = self._releases[release]
        login = self.login(release, who, database, is_replica=is_replica, at=at)
        self._redact.add(login["password"])
        values = self._belongings.values(who, database, installed.placeholders | self._named)
        variables = {**installed.release.env, **(installed.release.bypass if bypass else {})}
        own = {key: fill(value, {**login, **values}) for key, value in variables.items()}
        self._redact.add_environment({**dict(installed.image.env if installed.image else ()), **own})
        private = Path(values["private"])
        for path, text in installed.release.files.items():
            _write(private / path, fill_file(text, {**login, **values, "replica": who}))
        return installed.place(
            own,
            private,
            log=self._folder / f"{who}.log",
            processes=self._processes,
            forks=self._forks,
            preload=installed.release.preload,
            values=values,
            # Those of all databases, for one of them may be put in another's place while this runs.
            mounts=(private, Path(values["shared"]).parent),
            pod=self._pod(release, who, is_replica=is_replica) if at is None else None,
        )

    def start(self, step: StartReplicas) -> list[RunningReplica | NotReadyError]:
        """Starts replicas at once, and waits until each is ready or is not going to be.

        Raises:
            ReleaseError: There is no such command.
        """
        with ThreadPoolExecutor(max_workers=len(step.replicas)) as pool:
            return list(pool.map(lambda replica: self._start_one(replica, step), step.replicas))

    def tell_to_stop(self, name: str) -> None:
        """SIGTERM to a replica that runs; it goes on running until it is stopped, or ends by itself."""
        replica = self._running.get(name)
        if replica is not None:
            replica.tell_to_stop()

    def stop(self, names: Iterable[str]) -> list[tuple[str, bool]]:
        """Stops replicas at once; those that do not run are passed over.

        Returns:
            Each name, and whether it had to be killed.
        """
        with self._lock:
            stopping = [self._running.pop(name) for name in names if name in self._running]
        if not stopping:
            return []
        with ThreadPoolExecutor(max_workers=len(stopping)) as pool:
            killed = list(pool.map(RunningReplica.stop, stopping))
        for replica in stopping:
            self._belongings.give_back(replica.name)
        return [(replica.name, was) for replica, was in zip(stopping, killed, strict=True)]

    @property
    def names(self) -> tuple[str, ...]:
        """Those that run."""
        return tuple(self._running)

    def get(self, name: str) -> RunningReplica | None:
        """A replica that runs, or None."""
        return self._running.get(name)

    def ask_while_starting(self, name: str, probe: Probe) -> str:
        """Sends one probe to a replica whether it is ready or not; the empty string where it succeeds."""
        start = self._starts.get(name)
        return "got no answer (not started)" if start is None else ask(probe, start)

    def is_apart(self, name: str) -> bool:
        """Whether a replica is still at a ``boot`` that is run in a container of its own: what serves is not there."""
        start = self._starts.get(name)
        return start is not None and start.release.boot_apart and not start.booted.is_set()

    def addresses(self, names: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Where those of the given replicas listen that run."""
        found = {name: self._running.get(name) for name in names}
        return {name: (HOST, replica.port) for name, replica in found.items() if replica is not None}

    def _network_of(self, release: str) -> str | None:
        """On which network a release's containers are; None where it is no image, too."""
        return self._network if self._releases[release].image is not None else None

    def _pod(self, release: str, who: str, *, is_replica: bool) -> Pod | None:
        network = self._network_of(release)
        if network is None:
            return None
        return Pod(network=network, main=name_container(self._processes.session, who) if is_replica else "")

    def _start_one(self, replica: Replica, step: StartReplicas) -> RunningReplica | NotReadyError:
        installed = self._releases[replica.release]
        if installed.release.running is not None:
            return self._join(replica, step, installed.release.running)
        port = self._belongings.port(replica.name)
        place = self.workplace(replica.release, replica.name, replica.database, is_replica=True, bypass=replica.bypass)
        start = self._starts[replica.name] = Start(
            replica=replica,
            release=installed.release,
            place=place if "PORT" in place.env else place.with_env(PORT=str(port)),
            port=port,
            time_scale=self._time_scale,
            within_s=installed.release.start_timeout_s if step.within_s is None else step.within_s,
            stay_ready_s=step.stay_ready_s * self._time_scale,
            waits=self._waits,
        )
        try:
            running = start_replica(start)
        except NotReadyError as error:
            self._belongings.give_back(replica.name)
            return error
        with self._lock:
            self._running[replica.name] = running
        return running

    def _join(self, replica: Replica, step: StartReplicas, running: Running) -> RunningReplica | NotReadyError:
        """Gives traffic to one that runs already."""
        installed = self._releases[replica.release]
        start = Start(
            replica=replica,
            release=installed.release,
            place=installed.place(
                {}, installed.root, log=self._folder / f"{replica.name}.log", processes=self._processes
            ),
            port=running.port,
            time_scale=self._time_scale,
            within_s=installed.release.start_timeout_s if step.within_s is None else step.within_s,
            waits=self._waits,
        )
        try:
            standing = await_standing(start)
        except NotReadyError as error:
            return error
        with self._lock:
            self._running[replica.name] = standing
        return standing


def _write(path: Path, text: str) -> None:
    """Writes a file that nobody else may read: it may hold passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
