"""What the walk is compared with: the floor below which nobody gets, and the loops that a team would script."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
from application import BOOT, FIRST, JOURNEYS_FILE, NEW, OLD, READY, SERVE, plan_revisions, send
from measuring import BenchmarkError, Spent, measure

from harness import Journey
from harness.runtime.postgres import create_database, create_login_role, create_owner_role, drop_database
from harness.runtime.process import Processes, release_environment

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from harness.runtime.postgres import Server
    from harness.runtime.process import Child
    from harness.runtime.reaper import Session

POLL_S = 0.01
START_DEADLINE_S = 60.0
COMMAND_DEADLINE_S = 600.0
GRACE_S = 30.0
#: As in the walk: a journey that never ends is moved so often, each cell has two passes, and a warm replica has run
#: each journey six times.
MOVES, PASSES, WARM_RUNS = 3, 2, 6


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the walk did, and the floor has to do too.

    Args:
        migrations: Revisions that were applied, on any database.
        starts: Replicas that became ready.
        boots: Runs of the boot command, whatever their end.
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

    def __enter__(self) -> Self:
        self._role = f"bench_{self.steps}"
        self._owner = f"{self._role}_owner"
        create_owner_role(self.server, self._owner)
        self._password = create_login_role(self.server, self._role, self._owner)
        self._processes = Processes(self.session)
        self._journeys = _load_journeys(self.folder / JOURNEYS_FILE)
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.close()
        for name in self._made:
            drop_database(self.server, name)

    def floor(self, work: Work) -> dict[str, Spent]:
        """The same work with nothing around it, one thing after the other."""
        database = self._create()
        self._alembic(NEW, database, "head")
        starts, boots, requests = Spent(work.starts), Spent(work.boots), Spent(work.requests.total())
        with measure(starts):
            for _ in range(work.starts):
                with self._serving(NEW, database):
                    pass
        with measure(boots):
            for _ in range(work.boots):
                self._run(BOOT, NEW, database)
        with measure(requests), self._serving(NEW, database) as base_url, _client(base_url) as client:
            began, known = time.monotonic(), dict[str, int]()
            for request, count in sorted(work.requests.items(), key=lambda item: not item[0].startswith("POST")):
                for _ in range(count):
                    send(client, request, known)
            sent_s = time.monotonic() - began
        requests.wall_s, requests.note = sent_s, "cpu includes one start"
        return {
            "migrations (bare Alembic)": self._migrate(work.migrations),
            "application starts": starts,
            "boot commands": boots,
            "requests": requests,
        }

    def naive(self, sample: int) -> Spent:
        """For every step: a new database, Alembic up to the step, the old release, its journeys twice."""

        def look_at(revision: str, _: str) -> None:
            database = self._create()
            self._alembic(NEW, database, revision)
            self._drive(OLD, database)
            self._drop(database)

        return self._for_steps(look_at, sample)

    def naive_all_actors(self, sample: int) -> Spent:
        """The same loop, grown until it looks at all actors that the walk looks at, in as few starts as that takes."""

        def look_at(revision: str, before: str) -> None:
            database = self._create()
            self._alembic(NEW, database, before)
            self._drive(OLD, database, then=revision)  # old warm
            self._drive(OLD, database)  # old cold
            self._run(BOOT, OLD, database, good=False)  # old boot
            self._drop(database)
            database = self._create()
            self._alembic(NEW, database, before)
            self._drive(NEW, database, then=revision)  # new ahead of the step, and warm across it
            self._drop(database)

        return self._for_steps(look_at, sample)

    def _for_steps(self, look_at: Callable[[str, str], None], sample: int) -> Spent:
        revisions = [FIRST, *plan_revisions(self.steps)]
        taken = min(sample, self.steps)
        spent = Spent(self.steps)
        with measure(spent):
            for index in range(taken):
                step = 1 + int((index + 0.5) * self.steps / taken)  # the middle of each of so many equal parts
                look_at(revisions[step], revisions[step - 1])
        if taken < self.steps:
            factor = self.steps / taken
            return Spent(
                self.steps, spent.wall_s * factor, (spent.cpu_s or 0.0) * factor, f"EXTRAPOLATED from {taken} steps"
            )
        return spent

    def _migrate(self, count: int) -> Spent:
        """From an empty database to head, revision by revision, on as many databases as the number takes."""
        spent, revisions = Spent(count), [FIRST, *plan_revisions(self.steps)]
        work: list[tuple[str, list[str]]] = []
        while count > 0:
            work.append((self._url(self._create()), revisions[:count]))
            count -= len(work[-1][1])
        words = [sys.executable, str(Path(__file__).with_name("bare_alembic.py")), json.dumps(work)]
        with measure(spent):
            self._run(words, NEW, None)
        return spent

    def _drive(self, release: str, database: str, then: str | None = None) -> None:
        """Runs the journeys on one replica; with ``then``, it is warmed and meets a migration in between."""
        with self._serving(release, database) as base_url:
            if then is not None:
                self._run_journeys(base_url, WARM_RUNS)
                self._alembic(NEW, database, then)
            self._run_journeys(base_url, PASSES)

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
            _await_ready(child, base_url)
            yield base_url
        finally:
            child.stop(GRACE_S)

    def _alembic(self, release: str, database: str, revision: str) -> None:
        self._run(f"alembic upgrade {revision}", release, database)

    def _run(self, command: str | list[str], release: str, database: str | None, *, good: bool = True) -> None:
        child = self._start(command, release, database)
        status = child.popen.wait(COMMAND_DEADLINE_S)
        child.stop(0.0)
        if good and status != 0:
            raise BenchmarkError(f"{command} ended with status {status}:\n" + "\n".join(child.tail()))

    def _start(self, command: str | list[str], release: str, database: str | None) -> Child:
        root = self.folder / release
        env = release_environment(root, None, {"DATABASE_URL": self._url(database)} if database else {})
        return self._processes.start(command, cwd=root, env=env, log=self.folder / "baselines.log")

    def _url(self, database: str) -> str:
        where = f"{self.server.host}:{self.server.port}"
        return f"postgresql+psycopg://{self._role}:{self._password}@{where}/{database}"

    def _create(self) -> str:
        name = f"{self._role}_{len(self._made)}"
        create_database(self.server, name, owner=self._owner)
        self._made.append(name)
        return name

    def _drop(self, name: str) -> None:
        drop_database(self.server, name)


def _await_ready(child: Child, base_url: str) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    with _client(base_url) as client:
        while child.status is None and time.monotonic() < deadline:
            try:
                if client.get(READY).is_success:
                    return
            except httpx.TransportError:
                time.sleep(POLL_S)
    raise BenchmarkError("the application does not become ready:\n" + "\n".join(child.tail()))


def _client(base_url: str) -> httpx.Client:
    """Each request has a connection of its own, as in the walk."""
    return httpx.Client(
        base_url=base_url,
        headers={"Connection": "close"},
        limits=httpx.Limits(max_keepalive_connections=0),
        timeout=GRACE_S,
        trust_env=False,
        verify=False,  # noqa: S501  plain HTTP on the loopback interface; it saves loading certificates
    )


def _load_journeys(path: Path) -> list[Journey]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BenchmarkError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [value for value in vars(module).values() if isinstance(value, Journey)]
