"""Copies of journeys go from one ``yield`` to the next, each through the replica that the plan names."""

from __future__ import annotations

import asyncio
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import strategies as st

from harness import journey
from harness.model.cell import BASE, Actor, Cell
from harness.model.settings import Patience
from harness.plan.steps import FULL_RUN, Attempt
from harness.secrets import Redactor
from harness.traffic.driver import Driver
from harness.traffic.journeys import ENDLESS_RUN
from traffic.network import answer_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from harness import Journey
    from harness.model.events import Attempted

CELL = Cell(BASE, Actor.CONTROL)
ADDRESSES = {"old-1": ("10.0.0.1", 1), "new-1": ("10.0.0.2", 2)}
TOKEN = "correct-horse"


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent, in place of a network; the path says what is answered."""
    sent: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(f"{request.url.host} {request.url.path}")
        if request.url.path == "/gone":
            raise httpx.ConnectError("nobody there")
        status = request.url.path.strip("/")
        return httpx.Response(int(status) if status.isdigit() else 200, json={"token": TOKEN})

    answer_with(monkeypatch, respond)
    return sent


class Stage:
    """A driver and its journeys."""

    def __init__(self, *journeys: Journey, **fixtures: Any) -> None:
        known = {each.name: each for each in journeys}
        given = {each.name: {name: fixtures[name] for name in each.fixtures} for each in journeys}
        self.driver = Driver(known, given, Redactor([TOKEN]), Patience(request_s=1.0, segment_s=0.5))
        self.name = journeys[0].name

    def move(self, copy: int = 1, *replicas: str, origin: str = "fresh", moves: int = 1) -> Attempted | None:
        attempt = Attempt(copy=copy, journey=self.name, origin=origin, replicas=replicas or ("old-1",), moves=moves)
        return self.driver.move(attempt, ADDRESSES, number=7, cell=CELL, round_=2)

    def moved(self, copy: int = 1, *replicas: str, origin: str = "fresh", moves: int = 1) -> Attempted:
        done = self.move(copy, *replicas, origin=origin, moves=moves)
        assert done is not None
        return done


@pytest.fixture
def stage(requests: list[str]) -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(*journeys: Journey, **fixtures: Any) -> Stage:
        made.append(Stage(*journeys, **fixtures))
        return made[-1]

    yield make
    for each in made:
        each.driver.close()


# Inside of functions, or the plugin would make items of them.


@pytest.fixture
def endless() -> Journey:
    @journey
    def endless(client: httpx.Client) -> Iterator[None]:
        client.post("/written")
        while True:
            yield
            client.get("/read")

    return endless


@pytest.fixture
def three() -> Journey:
    @journey
    def three(client: httpx.Client) -> Iterator[None]:
        for path in ("/a", "/b"):
            client.get(path)
            yield
        client.get("/c")

    return three


@pytest.fixture
def polling() -> Journey:
    @journey
    def polling(client: httpx.Client) -> Iterator[None]:
        client.post("/job")
        while True:
            try:
                if client.get("/job").json().get("done"):
                    break
            except Exception:  # noqa: BLE001, S112  as people write it
                continue
        yield

    return polling


def test_a_segment_that_asks_for_ever_fails_once_its_time_is_over(
    stage: Callable[..., Stage], requests: list[str], polling: Journey
) -> None:
    done = stage(polling).moved()
    assert done.failure is not None
    assert done.failure.kind == "SegmentTooLongError"
    assert "had not come to its next yield after 0.5 s" in done.failure.text
    assert done.failure.source == 'if client.get("/job").json().get("done"):'
    assert [exchange.method for exchange in done.exchanges[:2]] == ["POST", "GET"]
    assert len(done.exchanges) <= 200 < len(requests)


def test_segments_go_through_the_replicas_in_turn(
    stage: Callable[..., Stage], requests: list[str], endless: Journey
) -> None:
    done = stage(endless).moved(1, "old-1", "new-1", moves=3)
    assert requests == ["10.0.0.1 /written", "10.0.0.2 /read", "10.0.0.1 /read"]
    assert done.replicas == ("old-1", "new-1", "old-1")
    assert [exchange.replica for exchange in done.exchanges] == ["old-1", "new-1", "old-1"]
    assert (done.number, done.cell, done.round, done.origin) == (7, CELL, 2, "fresh")
    assert (done.segment, done.ended, done.failure) == (2, False, None)


def test_a_paused_copy_goes_on_elsewhere(stage: Callable[..., Stage], requests: list[str], endless: Journey) -> None:
    played = stage(endless)
    assert played.moved(1, "old-1").segment == 0
    resumed = played.moved(1, "new-1", origin="base-control")
    assert (resumed.segment, resumed.replicas) == (1, ("new-1",))
    assert [exchange.path for exchange in resumed.exchanges] == ["/read"]
    assert requests == ["10.0.0.1 /written", "10.0.0.2 /read"]


def test_copies_are_apart(stage: Callable[..., Stage], endless: Journey) -> None:
    played = stage(endless)
    assert [played.moved(copy).segment for copy in (1, 2, 1, 3, 2)] == [0, 0, 1, 0, 1]


def test_a_copy_that_was_never_started_cannot_be_resumed(
    stage: Callable[..., Stage], requests: list[str], endless: Journey
) -> None:
    assert stage(endless).move(9, origin="base-control") is None
    assert requests == []


def test_a_copy_that_came_to_its_end_is_spent(stage: Callable[..., Stage], requests: list[str], three: Journey) -> None:
    played = stage(three)
    done = played.moved(1, moves=5)
    assert (done.ended, done.segment, done.failure) == (True, 2, None)
    assert done.replicas == ("old-1",) * 3
    assert played.move(1, origin="base-control") is None
    assert played.move(1) is None
    assert [path.split()[1] for path in requests] == ["/a", "/b", "/c"]


def test_an_exception_is_a_failure_and_says_where(stage: Callable[..., Stage]) -> None:
    @journey
    def wrong(client: httpx.Client) -> Iterator[None]:
        client.get("/a")
        yield
        check(client.get("/b").json())

    def check(answer: dict[str, str]) -> None:
        assert answer["token"] == "something else", f"it was {answer['token']}"

    played = stage(wrong)
    done = played.moved(1, moves=3)
    assert done.failure is not None
    assert done.failure.kind == "AssertionError"
    assert done.failure.source == 'assert answer["token"] == "something else", f"it was {answer[\'token\']}"'
    assert re.search(r"test_driver\.py:\d+$", done.failure.where)
    assert "it was ***" in done.failure.text
    assert TOKEN not in repr(done)
    assert (done.segment, len(done.exchanges), done.ended) == (1, 2, False)
    assert played.move(1) is None


@pytest.mark.parametrize("status", ["500", "503"])
def test_a_5xx_is_a_failure_though_nobody_looked(stage: Callable[..., Stage], status: str) -> None:
    @journey
    def blind(client: httpx.Client) -> Iterator[None]:
        while True:
            client.get(f"/{status}")
            client.get("/fine")
            yield

    played = stage(blind)
    done = played.moved(1, moves=3)
    assert done.failure is not None
    assert (done.failure.kind, done.failure.text) == ("http", f"GET /{status} answered {status}")
    assert done.segment == 0
    assert played.move(1) is None


@pytest.mark.parametrize("status", ["404", "422", "301"])
def test_other_statuses_are_the_journeys_business(stage: Callable[..., Stage], status: str) -> None:
    @journey
    def looks(client: httpx.Client) -> Iterator[None]:
        assert client.get(f"/{status}").status_code == int(status)
        yield

    assert stage(looks).moved(1).failure is None


def test_a_5xx_that_the_journey_turned_into_an_exception_keeps_the_exception(stage: Callable[..., Stage]) -> None:
    @journey
    def strict(client: httpx.Client) -> Iterator[None]:
        client.get("/500").raise_for_status()
        yield

    done = stage(strict).moved(1)
    assert done.failure is not None
    assert done.failure.kind == "HTTPStatusError"
    assert done.exchanges[0].status == 500


def test_a_lost_connection_is_a_failure(stage: Callable[..., Stage]) -> None:
    @journey
    def lost(client: httpx.Client) -> Iterator[None]:
        client.get("/gone")
        yield

    done = stage(lost).moved(1)
    assert done.failure is not None
    assert done.failure.kind == "ConnectError"
    assert [exchange.status for exchange in done.exchanges] == [None]


@pytest.mark.parametrize("ending", ["forget", "close"])
def test_what_a_journey_holds_is_given_back(stage: Callable[..., Stage], ending: str) -> None:
    closed: list[int] = []

    @journey
    def careful(client: httpx.Client, kept: list[int]) -> Iterator[None]:
        try:
            while True:
                yield
        finally:
            kept.append(1)

    played = stage(careful, kept=closed)
    played.moved(1)
    played.moved(2)
    assert closed == []
    getattr(played.driver, ending)()
    assert closed == [1, 1]
    if ending == "forget":
        assert played.moved(1).segment == 0


def test_a_journey_that_cannot_be_ended_hinders_nobody(stage: Callable[..., Stage]) -> None:
    closed: list[int] = []

    @journey
    def stubborn(client: httpx.Client, kept: list[int]) -> Iterator[None]:
        try:
            yield
        finally:
            kept.append(1)
            raise OSError("I stay")

    played = stage(stubborn, kept=closed)
    played.moved(1)
    played.moved(2)
    played.driver.forget()
    assert closed == [1, 1]


def test_fixtures_are_given_by_name(stage: Callable[..., Stage], requests: list[str]) -> None:
    @journey
    def given(client: httpx.Client, path: str) -> Iterator[None]:
        client.get(path)
        yield

    stage(given, path="/from-a-fixture").moved(1)
    assert requests == ["10.0.0.1 /from-a-fixture"]


def test_copies_draw_different_data_and_every_run_the_same(stage: Callable[..., Stage]) -> None:
    @journey(sku=st.text("abc", min_size=2, max_size=6), token=st.just(TOKEN))
    def drawn(client: httpx.Client, sku: str, token: str) -> Iterator[None]:
        client.get(f"/{sku}")
        yield

    first, second = ([s.moved(copy).data for copy in range(1, 20)] for s in (stage(drawn), stage(drawn)))
    assert first == second
    assert len(set(first)) > 5
    assert all(re.search(r"sku='[abc]{2,6}'", data) for data in first)
    assert TOKEN not in "".join(first)


def test_asynchronous_journeys(stage: Callable[..., Stage], requests: list[str]) -> None:
    closed: list[str] = []

    @journey
    async def waits(client: httpx.AsyncClient, kept: list[str]) -> AsyncIterator[None]:
        try:
            while True:
                await asyncio.sleep(0)
                await client.get("/a")
                yield
        finally:
            await asyncio.sleep(0)
            kept.append("closed")

    played = stage(waits, kept=closed)
    done = played.moved(1, "old-1", "new-1", moves=2)
    assert (done.segment, done.failure, len(done.exchanges)) == (1, None, 2)
    assert played.moved(1, "old-1", origin="base-control").segment == 2
    assert [request.split()[0] for request in requests] == ["10.0.0.1", "10.0.0.2", "10.0.0.1"]
    played.driver.forget()
    assert closed == ["closed"]


def test_an_asynchronous_journey_that_ends_or_fails(stage: Callable[..., Stage]) -> None:
    @journey
    async def ends(client: httpx.AsyncClient) -> AsyncIterator[None]:
        await client.get("/a")
        yield
        await client.get("/503")

    done = stage(ends).moved(1, moves=2)
    assert done.ended
    assert done.failure is not None
    assert done.failure.text == "GET /503 answered 503"


def test_the_code_of_journeys_never_runs_at_once(stage: Callable[..., Stage]) -> None:
    """Two tracks ask from two threads; a journey is the user's code, and need not be ready for that."""
    inside: list[int] = []
    most: list[int] = []

    @journey
    def counts(client: httpx.Client) -> Iterator[None]:
        while True:
            inside.append(1)
            time.sleep(0.0001)
            most.append(len(inside))
            inside.pop()
            client.get("/a")
            yield

    played = stage(counts)
    threads = [
        threading.Thread(target=lambda first=first: [played.moved(first + i) for i in range(100)])
        for first in (1, 1000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 200
    assert max(most) == 1


def test_while_one_awaits_an_answer_another_is_served(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2)

    def respond(_: httpx.Request) -> httpx.Response:
        meeting.wait(10)
        return httpx.Response(200)

    answer_with(monkeypatch, respond)

    @journey
    def meets(client: httpx.Client) -> Iterator[None]:
        client.get("/a")
        yield

    played = stage(meets)
    other = threading.Thread(target=lambda: played.moved(1))
    other.start()
    assert played.moved(2).failure is None
    other.join()


def test_a_body_that_is_made_while_it_is_sent_is_made_in_turn(stage: Callable[..., Stage]) -> None:
    inside: list[int] = []
    most: list[int] = []

    def lines() -> Iterator[bytes]:
        for _ in range(5):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.002)
            inside.pop()
            yield b"line"

    @journey
    def uploads(client: httpx.Client) -> Iterator[None]:
        client.put("/a", content=lines())
        yield

    played = stage(uploads)
    with ThreadPoolExecutor(4) as pool:
        assert [done.failure for done in pool.map(played.moved, range(1, 5))] == [None] * 4
    assert max(most) == 1


def test_a_thread_of_a_journeys_own_sends_requests_too(stage: Callable[..., Stage]) -> None:
    @journey
    def threaded(client: httpx.Client) -> Iterator[None]:
        with ThreadPoolExecutor(4) as pool:
            assert [answer.status_code for answer in pool.map(client.get, ["/a"] * 20)] == [200] * 20
        yield

    played = stage(threaded)
    assert played.moved(1).failure is None
    assert len(played.moved(2).exchanges) == 20


def test_ctrl_c_is_not_a_finding(stage: Callable[..., Stage]) -> None:
    @journey
    def interrupted(client: httpx.Client) -> Iterator[None]:
        while client.get("/a").status_code != 200:
            yield
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage(interrupted).move(1)


@pytest.mark.parametrize("way", [pytest.fail, pytest.raises])
def test_pytests_own_failures_are_findings(stage: Callable[..., Stage], way: Any) -> None:
    """``pytest.fail``, and ``pytest.raises`` in vain, raise what ``except Exception`` lets through."""

    @journey
    def fails(client: httpx.Client) -> Iterator[None]:
        if way is pytest.fail:
            pytest.fail("not today")
        with pytest.raises(LookupError):
            client.get("/a")
        yield

    try:
        done = stage(fails).moved(1)
    except pytest.fail.Exception as error:
        raise AssertionError("it went through the driver") from error
    assert done.failure is not None
    assert done.failure.text in {"not today", "DID NOT RAISE LookupError"}


def test_a_story_is_told_to_its_end_and_an_endless_one_is_not(stage: Callable[..., Stage]) -> None:
    @journey
    def five_chapters(client: httpx.Client) -> Iterator[None]:
        for _ in range(4):
            client.get("/a")
            yield
        client.get("/the-end")

    told = stage(five_chapters)
    for copy in (1, 2):
        done = told.moved(copy, "old-1", "new-1", moves=FULL_RUN)
        assert done.ended
        assert [exchange.path for exchange in done.exchanges] == ["/a"] * 4 + ["/the-end"]

    @journey
    def endless(client: httpx.Client) -> Iterator[None]:
        while True:
            client.get("/a")
            yield

    told = stage(endless)
    assert [len(told.moved(copy, moves=FULL_RUN).exchanges) for copy in (1, 2)] == [FULL_RUN, ENDLESS_RUN]


def test_an_endless_one_is_run_until_each_of_its_segments_was(stage: Callable[..., Stage]) -> None:
    def read_twice(client: httpx.Client) -> Iterator[None]:
        for _ in range(2):
            client.get("/read")
            yield

    @journey
    def long_round(client: httpx.Client) -> Iterator[None]:
        while True:
            client.post("/made")
            yield
            yield from read_twice(client)
            client.delete("/removed")
            yield
            client.get("/missed")

    @journey
    async def by_await(client: httpx.AsyncClient) -> AsyncIterator[None]:
        while True:
            for path in ("/a", "/b"):
                await client.get(path)
                yield
            await client.get("/c")
            yield
            await client.get("/d")
            yield

    told = stage(long_round)
    runs = [[exchange.path for exchange in told.moved(copy, moves=FULL_RUN).exchanges] for copy in (1, 2)]
    assert runs[1] == ["/made", "/read", "/read", "/removed", "/missed", "/made"]
    assert runs[0][:6] == runs[1]
    told = stage(by_await)
    assert [len(told.moved(copy, moves=FULL_RUN).exchanges) for copy in (1, 2)] == [FULL_RUN, 5]


def test_one_that_is_resumed_runs_on_to_what_it_has_not_done(stage: Callable[..., Stage]) -> None:
    @journey
    def looked_at(client: httpx.Client) -> Iterator[None]:
        client.post("/made")
        while True:
            yield
            client.get("/read")

    @journey
    def changed_and_looked_at(client: httpx.Client) -> Iterator[None]:
        client.post("/made")
        while True:
            yield
            client.put("/changed")
            yield
            client.get("/read")

    @journey
    def to_its_end(client: httpx.Client) -> Iterator[None]:
        for path in ("/made", "/changed", "/again"):
            client.put(path)
            yield
        client.get("/read")

    for each, first, second in (
        (looked_at, ["/read"], ["/read"]),
        (changed_and_looked_at, ["/changed", "/read"], ["/read"]),
        (to_its_end, ["/changed", "/again", "/read"], ["/again", "/read"]),
    ):
        told = stage(each)
        told.moved(1, moves=FULL_RUN)
        for copy, depth, expected in ((2, 1, first), (3, 2, second)):
            told.moved(copy, moves=depth)
            resumed = told.moved(copy, origin="base-control", moves=FULL_RUN)
            assert [exchange.path for exchange in resumed.exchanges] == expected
        told.moved(4)
        assert len(told.moved(4, origin="traveller").exchanges) == 1


class RefusedError(Exception):
    """As a driver for PostgreSQL raises it."""

    sqlstate = "42703"


class Within:
    """What stands for a replica's database and its environment."""

    def sql(self, name: str, statement: str, parameters: Any) -> list[dict[str, Any]]:
        """Answers with what it was asked."""
        if "gone" in statement:
            raise RefusedError(f"no column, {TOKEN}")
        return [{"name": name, "parameters": parameters, "token": TOKEN}]

    def run(self, name: str, command: str | list[str]) -> subprocess.CompletedProcess[str]:
        """The last word is its status."""
        return subprocess.CompletedProcess(command, int(command[-1]), f"{name}\n", TOKEN)


def reach(stage: Stage) -> Stage:
    stage.driver.let_inside(Within())
    return stage


def test_statements_and_commands_go_through_the_replica_that_the_plan_chose(stage: Callable[..., Stage]) -> None:
    @journey
    def works(client: Any) -> Iterator[None]:
        assert client.sql("SELECT %s\n  AS a", [1])[0]["name"] == "old-1"
        yield
        assert client.run(["python", "-m", "a b", "0"]).stdout == "new-1\n"

    done = reach(stage(works)).moved(1, "old-1", "new-1", moves=2)
    assert done.failure is None
    sql, run = done.exchanges
    assert (sql.replica, sql.method, sql.path, sql.request, sql.status) == ("old-1", "SQL", "SELECT %s AS a", "[1]", 0)
    assert (run.replica, run.method, run.path, run.status) == ("new-1", "RUN", "python -m 'a b' 0", 0)
    assert (sql.is_bad, run.is_bad, sql.acknowledges, run.acknowledges) == (False, False, False, True)
    assert run.response == "new-1\n***"
    assert TOKEN not in repr(done)


def test_a_statement_that_is_refused_is_evidence(stage: Callable[..., Stage]) -> None:
    @journey
    def works(client: Any) -> Iterator[None]:
        client.sql("SELECT gone FROM jobs")
        yield

    done = reach(stage(works)).moved(1)
    assert done.failure is not None
    assert (done.failure.kind, done.failure.text) == ("RefusedError", "no column, ***")
    [exchange] = done.exchanges
    assert (exchange.status, exchange.is_bad, exchange.response) == (1, True, "RefusedError: no column, ***")
    said = "PostgreSQL refused the journey's own statement, in the database of old-1: SELECT gone FROM jobs"
    assert exchange.answer == said


def test_a_command_that_fails_is_a_failure_though_nobody_looked(stage: Callable[..., Stage]) -> None:
    @journey
    def blind(client: Any) -> Iterator[None]:
        client.run(["count", "3"])
        yield

    done = reach(stage(blind)).moved(1)
    assert done.failure is not None
    assert (done.failure.kind, done.failure.text) == ("run", "'count 3' ended with status 3")
    assert done.exchanges[0].answer == "old-1: 'count 3' ended with status 3"


def test_asynchronous_journeys_reach_as_far(stage: Callable[..., Stage]) -> None:
    @journey
    async def works(client: Any) -> AsyncIterator[None]:
        assert (await client.sql("SELECT 1"))[0]["name"] == "old-1"
        assert (await client.run(["count", "0"])).returncode == 0
        yield

    done = reach(stage(works)).moved(1)
    assert done.failure is None
    assert [exchange.method for exchange in done.exchanges] == ["SQL", "RUN"]
