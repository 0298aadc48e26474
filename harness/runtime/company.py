"""Who serves while a schedule is played: processes that stay from one schedule to the next, or ones started for it."""

from __future__ import annotations

import http.client
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from harness.errors import ReleaseError
from harness.model.release import ReleaseName
from harness.plan.conduct import release_of
from harness.plan.steps import Replica, StartReplicas
from harness.runtime.migrator import AlembicMigrator
from harness.runtime.ports import HOST
from harness.runtime.postgres import Swapper
from harness.runtime.replica import NotReadyError
from harness.runtime.waiting import await_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.plan.conduct import Terms
    from harness.runtime.clones import Clones
    from harness.runtime.environment import Stagehands

#: The databases that every schedule begins with: the old release's, and one on which all steps are done.
FIRST, LAST = "first", "last"
#: What applications are connected to while schedules are played: the kept ones, and those that are started anew.
EXPLORED, REPLAYED = "explored", "replayed"
#: A request that wakes a replica up takes milliseconds.
_WAKE_TIMEOUT_S = 10.0
_WAKE_POLL_S = 0.005


class Company(Protocol):
    """Replicas by the names that they have in a schedule."""

    database: str

    def open(self, base: str, names: Iterable[str]) -> None:
        """Puts a fresh copy of a base under them, and has some of them serve.

        Raises:
            ReleaseError: One of them does not start.
        """

    def put_to_work(self, name: str) -> str:
        """Has a replica serve by a process that served nobody yet; says why it does not, or the empty string."""

    def take_off(self, name: str, *, crash: bool) -> None:
        """Has one serve no more."""

    def address(self, name: str) -> tuple[str, int]:
        """Where one listens that serves; it is awake then.

        Raises:
            ReleaseError: It does not wake up.
        """

    def process(self, name: str) -> str:
        """What the process of one is called, by which its role in the database goes."""

    def bury_migrator(self) -> None:
        """Puts a new migrator in the place of one that was killed."""


class Kept:
    """Processes that are started once, while the database under them is exchanged.

    A process carries over what it holds in its memory. So whoever finds something asks again with :class:`Fresh`
    before it is told.

    Args:
        hands: Everything that touches the outside world.
        terms: How many there are.
        clones: Copies of each base, which other companies may take from too.
        lane: Tells this company from others that play beside it.
    """

    def __init__(self, hands: Stagehands, terms: Terms, clones: Mapping[str, Clones], lane: int) -> None:
        self.database = f"{EXPLORED}{lane}"
        self._hands = hands
        self._terms = terms
        self._clones = clones
        self._lane = lane
        self._swapper = Swapper(hands.workspace.server)
        self._owed: Counter[str] = Counter()
        every = (process for release in ReleaseName for process in self._processes(release))
        self._roles = {process: hands.workspace.role(process) for process in every}
        self._serving: dict[str, str] = {}
        self._asleep: set[str] = set()
        self._left: dict[str, list[str]] = {}
        self.getter = ""
        self.restarts = 0

    def start(self) -> None:
        """Starts those that every rollout needs, each release on its own schema; others when they are needed first.

        Raises:
            ReleaseError: One of them does not start.
        """
        for release, base in ((ReleaseName.OLD, FIRST), (ReleaseName.NEW, LAST)):
            self._put_under(base)
            _start(self._hands, self.database, self._processes(release)[: self._terms.replicas])

    def open(self, base: str, names: Iterable[str]) -> None:
        """See :class:`Company`."""
        migrator = self._hands.migrator(self.database)
        if isinstance(migrator, AlembicMigrator):  # what is found is asked for again by one that does not
            migrator.expect_again()
        self._put_under(base)
        self._left = {release: self._processes(release)[::-1] for release in ReleaseName}
        self._serving.clear()
        self._asleep.clear()
        for name in names:
            self.put_to_work(name)

    def put_to_work(self, name: str) -> str:
        """See :class:`Company`."""
        process = self._left[release_of(name)].pop()
        if self._hands.fleet.get(process) is None:
            try:
                _start(self._hands, self.database, [process])
            except ReleaseError as error:
                return str(error)
        self._serving[name] = process
        self._asleep.add(name)
        return ""

    def take_off(self, name: str, *, crash: bool) -> None:  # noqa: ARG002  it is out of the way in both cases
        """See :class:`Company`."""
        self._serving.pop(name)
        self._asleep.discard(name)

    def address(self, name: str) -> tuple[str, int]:
        """See :class:`Company`."""
        process = self._serving[name]
        if name in self._asleep:
            self._wake(process, name)
            self._asleep.discard(name)
        return self._hands.fleet.addresses([process])[process]

    def process(self, name: str) -> str:
        """See :class:`Company`."""
        return self._serving[name]

    def bury_migrator(self) -> None:
        """See :class:`Company`."""
        migrator = self._hands.migrator(self.database)
        if not (isinstance(migrator, AlembicMigrator) and migrator.runs):
            self._hands.renew_migrator(self.database)

    def close(self) -> None:
        """Ends its connection; processes end with their owner."""
        self._swapper.close()

    def _processes(self, release: str) -> list[str]:
        return [f"{release}-kept{self._lane}-{number + 1}" for number in range(self._terms.processes)]

    def _put_under(self, base: str) -> None:
        """Exchanges the database; each process is owed as many wake-ups as it lost sessions."""
        if not self._hands.workspace.server.disposable:
            self._owed.update(self._sessions())
        ended = Counter(self._clones[base].put_under(self.database, self._swapper))
        self._owed.update({process: count for process, role in self._roles.items() if (count := ended[role])})

    def _wake(self, process: str, name: str) -> None:
        """Has it be ready, and its pool notice that all its connections are gone."""
        owed = self._owed.pop(process, 0)
        release = self._hands.release(release_of(name))

        def ready() -> bool:
            return not self._hands.fleet.ask_while_starting(process, release.readiness)

        for _ in range(owed):
            ready()
        if not await_true(ready, timeout_s=release.start_timeout_s, poll_s=_WAKE_POLL_S):
            raise ReleaseError(f"{name} is not ready any more, within {release.start_timeout_s:g} s")
        if not owed or self._sessions().get(process):
            return
        port = self._hands.fleet.addresses([process])[process][1]
        for _ in range(owed + 1):
            _get(port, self.getter)
        if not self._sessions().get(process):  # nothing that may be asked needs the database
            self.restarts += 1
            self._hands.fleet.stop([process])
            _start(self._hands, self.database, [process])

    def _sessions(self) -> dict[str, int]:
        """How many connections each process holds."""
        found = self._swapper.sessions(self._hands.workspace.name(self.database))
        return {process: found[role] for process, role in self._roles.items() if role in found}


class Fresh:
    """Processes that are started when the schedule says so, and have served nobody before.

    Args:
        hands: Everything that touches the outside world.
    """

    database = REPLAYED

    def __init__(self, hands: Stagehands) -> None:
        self._hands = hands
        self._running: set[str] = set()

    def open(self, base: str, names: Iterable[str]) -> None:
        """See :class:`Company`."""
        self._hands.fleet.stop(self._running)
        self._running.clear()
        self._hands.workspace.clone(base, self.database)
        wanted = list(names)
        if wanted:
            _start(self._hands, self.database, wanted)
            self._running.update(wanted)

    def put_to_work(self, name: str) -> str:
        """See :class:`Company`."""
        try:
            _start(self._hands, self.database, [name])
        except ReleaseError as error:
            return str(error)
        self._running.add(name)
        return ""

    def take_off(self, name: str, *, crash: bool) -> None:
        """See :class:`Company`."""
        del crash  # between two requests nothing is under way, so that a signal that can be heard does no less harm
        self._hands.fleet.stop([name])
        self._running.discard(name)

    def address(self, name: str) -> tuple[str, int]:
        """See :class:`Company`."""
        return self._hands.fleet.addresses([name])[name]

    def process(self, name: str) -> str:
        """See :class:`Company`."""
        return name

    def bury_migrator(self) -> None:
        """See :class:`Company`."""
        self._hands.renew_migrator(self.database)

    def close(self) -> None:
        """Stops all of them."""
        self._hands.fleet.stop(self._running)
        self._running.clear()


def _start(hands: Stagehands, database: str, names: list[str]) -> None:
    replicas = tuple(
        Replica(name=name, release=ReleaseName(name.partition("-")[0]), database=database) for name in names
    )
    for name, started in zip(names, hands.fleet.start(StartReplicas(replicas=replicas)), strict=True):
        if isinstance(started, NotReadyError):
            log = "".join(f"\n    {line}" for line in hands.redact.lines(started.log))
            raise ReleaseError(f"{name} does not start: {started.reason}{log}")


def _get(port: int, path: str) -> None:
    """Sends a request that asks for nothing to be stored; what comes of it does not matter."""
    if not path:
        return
    connection = http.client.HTTPConnection(HOST, port, timeout=_WAKE_TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"Connection": "close", "Host": "localhost"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
