"""What the walk is compared with: the floor below which nobody gets, and the loops that a team would script."""

from __future__ import annotations

import importlib.util
import json
import re
import resource
import shutil
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from application import BOOT, FIRST, JOURNEYS_FILE, NEW, OLD, READY, SERVE, plan_revisions, send
from harness.runtime.postgres import create_database, create_login_role, create_owner_role, drop_database
from harness.runtime.process import Processes, release_environment

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from harness import Journey
    from harness.runtime.postgres import Server
    from harness.runtime.process import Child
    from harness.runtime.reaper import Session

POLL_S = 0.01
DEADLINE_S = 60.0
GRACE_S = 30.0
#: As the walk does: a journey that never ends is moved so often, each cell gets two passes, and a warm replica has run
#: each journey six times.
MOVES, PASSES, WARM_RUNS = 3, 2, 6


class BenchmarkError(Exception):
    """Something that is measured did not do what it was started for."""


@dataclass
class Spent:
    """How often something was done, and what it took.

    Args:
        count: How often; None where that says nothing.
        wall_s: Seconds by the clock.
        cpu_s: Seconds of processor time of all processes but PostgreSQL's.
        note: What a reader has to know, such as that it is extrapolated.
    """

    count: int | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    note: str = ""

    def plus(self, other: Spent) -> Spent:
        """Both, one after the other."""
        return Spent(None, self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


@contextmanager
def measure(spent: Spent) -> Iterator[None]:
    """Adds what the block takes."""
    began, before = time.monotonic(), _cpu_s()
    yield
    spent.wall_s += time.monotonic() - began
    spent.cpu_s += _cpu_s() - before


def _cpu_s() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the walk did, and the floor has to do too.

    Args:
        migrations: Revisions that were applied, on any database.
        starts: Replicas that became ready.
        boots: Runs of the boot command, good and bad.
        requests: How many of each kind, without probes.
    """

    migrations: int
    starts: int
    boots: int
    requests: Counter[str]


@dataclass
class Bench:
    """Runs the application without the harness; a context manager that leaves nothing behind.

    Args:
        folder: Where the application was written to.
        steps: How many steps it has.
        server: Where its databases are.
        session: Told of everything that is started, in case this process is killed.
    """

    folder: Path
    steps: int
    server: Server
    session: Session
    _made: list[str] = field(default_factory=list)

    def __enter__(self) -> Bench:
        self._role = f"bench_{self.steps}"
        create_owner_role(self.server, f"{self._role}_owner")
        self._password = create_login_role(self.server, self._role, f"{self._role}_owner")
        self._processes = Processes(self.session)
        self._journeys = _load_journeys(self.folder / JOURNEYS_FILE)
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.close()
        for name in self._made:
            drop_database(self.server, name)

    def floor(self, work: Work) -> dict[str, Spent]:
        """The same work with nothing around it, one thing after the other."""
        parts = {
            "migrations, bare Alembic": self._migrate(work.migrations),
            "application starts": Spent(work.starts),
            "boot commands": Spent(work.boots),
            "requests": Spent(work.requests.total()),
        }
        database = self._create()
        self._alembic(NEW, database, "head")
        with measure(parts["application starts"]):
            for _ in range(work.starts):
                with self._serving(NEW, database):
                    pass
        with measure(parts["boot commands"]):
            for _ in range(work.boots):
                self._wait(self._start(BOOT, NEW, database))
        with self._serving(NEW, database) as base_url, _client(base_url) as client, measure(parts["requests"]):
            known: dict[str, int] = {}
            for request, count in sorted(work.requests.items(), key=lambda item: (not item[0].startswith("POST"), item)):
                for _ in range(count):
                    send(client, request, known)
        return parts

    def naive(self, sample: int) -> Spent:
        """For every step: a new database, Alembic up to the step, the old release, its journeys twice."""

        def one_step(revision: str, _: str) -> None:
            database = self._create()
            self._alembic(OLD if revision == FIRST else NEW, database, revision)
            self._drive(OLD, database)
            self._drop(database)

        return self._for_steps(one_step, sample)

    def naive_all_actors(self, sample: int) -> Spent:
        """The same loop, extended until it has looked at every actor that the walk looks at."""

        def one_step(revision: str, before: str) -> None:
            database = self._create()
            self._alembic(NEW, database, before)
            self._drive(OLD, database, then=revision)  # old warm
            self._drive(OLD, database)  # old cold
            self._wait(self._start(BOOT, OLD, database), good=False)  # old boot
            self._drop(database)
            database = self._create()
            self._alembic(NEW, database, before)
            self._drive(NEW, database, then=revision)  # new ahead, and warm across the step
            self._drop(database)

        return self._for_steps(one_step, sample)

    def _for_steps(self, one_step: object, sample: int) -> Spent:
        revisions = [FIRST, *plan_revisions(self.steps)]
        taken = min(sample, self.steps)
        spent = Spent(self.steps)
        with measure(spent):
            for index in range(taken):
                step = 1 + int((index + 0.5) * self.steps / taken)  # the middle of each of so many equal parts
                assert callable(one_step)
                one_step(revisions[step], revisions[step - 1])
        if taken < self.steps:
            spent.wall_s *= self.steps / taken
            spent.cpu_s *= self.steps / taken
            spent.note = f"extrapolated from {taken} steps"
        return spent

    def _migrate(self, count: int) -> Spent:
        spent = Spent(count)
        revisions = [FIRST, *plan_revisions(self.steps)]
        work: list[tuple[str, list[str]]] = []
        while count > 0:
            work.append((self._url(self._create()), revisions[:count]))
            count -= len(work[-1][1])
        words = [sys.executable, str(Path(__file__).with_name("bare_alembic.py")), json.dumps(work)]
        with measure(spent):
            self._wait(self._start(words, NEW, None))
        return spent

    def _drive(self, release: str, database: str, then: str | None = None) -> None:
        """Runs the journeys through one replica; where ``then`` is given, also warms it, migrates and runs them again."""
        with self._serving(release, database) as base_url:
            passes = PASSES
            if then is not None:
                self._run_journeys(base_url, WARM_RUNS)
                self._alembic(NEW, database, then)
            self._run_journeys(base_url, passes)

    def _run_journeys(self, base_url: str, times: int) -> None:
        for _ in range(times):
            for journey in self._journeys:
                with _client(base_url) as client:
                    running = journey.function(client=client)
                    for _ in range(MOVES):
                        next(running, None)

    @contextmanager
    def _serving(self, release: str, database: str) -> Iterator[str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        child = self._start(SERVE.format(port=port), release, database)
        try:
            base_url = f"http://127.0.0.1:{port}"
            self._await_ready(child, base_url)
            yield base_url
        finally:
            child.stop(GRACE_S)

    def _await_ready(self, child: Child, base_url: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        with _client(base_url) as client:
            while child.status is None and time.monotonic() < deadline:
                try:
                    if client.get(READY).is_success:
                        return
                except httpx.TransportError:
                    time.sleep(POLL_S)
        raise BenchmarkError("the application is not ready:\n" + "\n".join(child.tail()))

    def _alembic(self, release: str, database: str, revision: str) -> None:
        self._wait(self._start(f"alembic upgrade {revision}", release, database))

    def _start(self, command: str | list[str], release: str, database: str | None) -> Child:
        root = self.folder / release
        env = release_environment(root, None, {"DATABASE_URL": self._url(database)} if database else {})
        return self._processes.start(command, cwd=root, env=env, log=self.folder / "baselines.log")

    @staticmethod
    def _wait(child: Child, *, good: bool = True) -> None:
        status = child.popen.wait(DEADLINE_S * 10)
        child.stop(0.0)
        if good and status != 0:
            raise BenchmarkError(f"a command ended with status {status}:\n" + "\n".join(child.tail()))

    def _url(self, database: str) -> str:
        where = f"{self.server.host}:{self.server.port}"
        return f"postgresql+psycopg://{self._role}:{self._password}@{where}/{database}"

    def _create(self) -> str:
        name = f"{self._role}_{len(self._made)}"
        create_database(self.server, name, owner=f"{self._role}_owner")
        self._made.append(name)
        return name

    def _drop(self, name: str) -> None:
        drop_database(self.server, name)


def count_requests(logs: Path) -> Counter[str]:
    """Counts the requests in the access logs of all replicas, by kind and without probes."""
    from collections import Counter  # noqa: PLC0415

    counts: Counter[str] = Counter()
    for log in logs.glob("*.log"):
        for method, path in re.findall(r'"([A-Z]+) (\S+) HTTP/1', log.read_text(encoding="utf-8")):
            if path != READY:
                counts[f"{method} {re.sub(r'[0-9]+', '{id}', path)}"] += 1
    return counts


def _client(base_url: str) -> httpx.Client:
    """Each request gets a connection of its own, as in the walk."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=base_url, limits=limits, headers={"Connection": "close"}, trust_env=False, timeout=30)


def _load_journeys(path: Path) -> list[Journey]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BenchmarkError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [value for value in vars(module).values() if hasattr(value, "strategies")]
