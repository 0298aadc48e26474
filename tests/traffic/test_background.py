"""Clients in the background: how many, how fast, through whom, and that they end."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from harness import eventually, journey
from harness.model.settings import Load, Patience
from harness.secrets import Redactor
from harness.traffic import lasting
from harness.traffic.driver import Driver
from traffic.network import answer_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from harness import Journey
    from harness.traffic.background import Background

TOKEN = "correct-horse"
ADDRESSES = {"old-1": ("10.0.0.1", 1), "old-2": ("10.0.0.2", 2)}
FAST = Load(clients=3, rate_per_s=300.0)
SOON_S = 5.0


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], threading.Event]:
    """In place of a network: the path ``/gone`` has nobody, ``/slow`` answers when told to, ``/broken`` with 500."""
    let = threading.Event()

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/gone":
            raise httpx.ConnectError("nobody there")
        if request.url.path == "/slow":
            let.wait(SOON_S)
        return httpx.Response(500 if request.url.path == "/broken" else 200, json={})

    answer_with(monkeypatch, respond)
    return lambda _: let


def start(load: Load, *journeys: Journey, addresses: dict[str, tuple[str, int]] = ADDRESSES) -> Background:
    driver = Driver({each.name: each for each in journeys}, {}, Redactor([TOKEN]), Patience(request_s=1.0))
    return driver.background(load, lambda: addresses)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("rolldeploy-client")]


def make_story() -> Journey:
    @journey
    def story(client: httpx.Client) -> Iterator[None]:
        client.post(f"/written?token={TOKEN}")
        while True:
            yield
            client.get("/read")

    return story


def test_every_client_has_come_to_the_end_of_a_journey_when_they_are_warm(network: object) -> None:
    background = start(FAST, make_story())
    assert background.await_warm(SOON_S)
    requests = background.stop()
    lines = [request.line for request in requests]
    assert lines.count("POST /written?token=***") >= 3
    assert lines.count("GET /read") >= 6
    assert {request.status for request in requests} == {200}
    assert all(request.began <= request.ended for request in requests)
    assert {request.replica for request in requests} == set(ADDRESSES)
    assert threads() == []


def test_times_are_those_of_the_wall_clock(network: object) -> None:
    began = time.time()
    background = start(FAST, make_story())
    background.await_warm(SOON_S)
    requests = background.stop()
    assert all(began - 0.01 <= request.began <= request.ended <= time.time() + 0.01 for request in requests)


def test_the_pace_is_that_of_all_clients_together(network: object) -> None:
    background = start(Load(clients=2, rate_per_s=40.0), make_story())
    background.await_warm(SOON_S)
    time.sleep(0.5)
    paced = len(background.stop()) - 6  # one journey of three segments each comes first, at once
    assert 5 <= paced <= 40


def test_what_gets_no_response_is_kept_as_such_and_goes_on(network: object) -> None:
    @journey
    def gone(client: httpx.Client) -> Iterator[None]:
        client.get("/gone")
        yield

    background = start(FAST, gone)
    assert background.await_warm(SOON_S)
    time.sleep(0.1)
    requests = background.stop()
    assert len(requests) > 3
    assert {request.status for request in requests} == {None}


def test_a_client_that_waits_gets_its_answer_before_it_ends(network: Callable[[str], threading.Event]) -> None:
    @journey
    def slow(client: httpx.Client) -> Iterator[None]:
        client.get("/slow")
        yield

    background = start(Load(clients=2, rate_per_s=100.0), slow)
    assert not background.await_warm(0.05)
    threading.Timer(0.2, network("").set).start()
    requests = background.stop()
    assert [request.line for request in requests] == ["GET /slow"] * 2
    assert all(request.ended - request.began >= 0.1 for request in requests)
    assert threads() == []


def test_a_journey_that_asks_for_ever_is_let_ask_no_more(network: object) -> None:
    @journey
    def impatient(client: httpx.Client) -> Iterator[None]:
        eventually(lambda: client.get("/read").json().get("ready"), within_s=60)
        yield

    background = start(Load(clients=1, rate_per_s=100.0), impatient)
    background.stop()
    assert threads() == []
    assert background.stop()


def test_asynchronous_journeys_and_those_without_end_go_side_by_side(network: object) -> None:
    @journey
    async def later(client: httpx.AsyncClient) -> AsyncIterator[None]:
        await client.get("/asynchronous")
        yield

    background = start(FAST, make_story(), later)
    time.sleep(0.3)
    lines = {request.line for request in background.stop()}
    assert {"GET /asynchronous", "GET /read"} <= lines


def test_where_nobody_serves_nothing_is_sent(network: object) -> None:
    background = start(FAST, make_story(), addresses={})
    assert background.await_warm(SOON_S)
    assert background.stop() == ()


def test_journeys_that_fail_are_kept_with_the_request_that_went_wrong(network: object) -> None:
    @journey
    def broken(client: httpx.Client) -> Iterator[None]:
        client.post("/written")
        yield
        client.get(f"/broken?token={TOKEN}")

    @journey
    def mistaken(client: httpx.Client) -> Iterator[None]:
        count = client.get("/read").json().get("count")
        yield
        assert count == 1, "lost"

    background = start(FAST, broken, mistaken)
    assert background.await_warm(SOON_S)
    time.sleep(0.1)
    assert background.finish(SOON_S)
    background.stop()
    failures = {failure.journey: failure for failure in background.take_failures()}
    assert background.take_failures() == ()
    bad, silent = failures["broken"], failures["mistaken"]
    assert (bad.line, bad.status, bad.silent) == ("GET /broken?token=***", 500, False)
    assert bad.duration_s >= 0.0
    assert time.time() - 60 < bad.at <= time.time()
    assert (silent.silent, silent.source) == (True, 'assert count == 1, "lost"')
    assert silent.text.startswith("lost")


def test_a_journey_that_is_cut_off_in_the_end_has_not_failed(network: object) -> None:
    @journey
    def impatient(client: httpx.Client) -> Iterator[None]:
        eventually(lambda: client.get("/read").json().get("ready"), within_s=60)
        yield

    background = start(Load(clients=1, rate_per_s=100.0), impatient)
    background.stop()
    assert background.take_failures() == ()


def test_clients_finish_what_they_are_at_without_a_pause_and_begin_nothing_else(network: object) -> None:
    background = start(Load(clients=2, rate_per_s=0.2), make_story())  # ten seconds from one segment to the next
    background.await_warm(SOON_S)
    time.sleep(0.2)
    assert background.finish(SOON_S)
    lines = [request.line for request in background.stop()]
    assert (lines.count("POST /written?token=***"), lines.count("GET /read")) == (4, 8)
    assert threads() == []


def test_copies_that_last_go_on_while_something_runs_and_come_to_their_end_behind_it(network: object) -> None:
    steps: list[str] = []

    @journey
    def story(client: httpx.Client) -> Iterator[None]:
        for step in ("before", "beside", "behind"):
            steps.append(step)
            client.get("/read")
            yield

    background = start(Load(clients=0, rate_per_s=1.0), story)
    background.begin_lasting()
    begun = steps.count("before")
    assert begun > 1
    time.sleep(0.4)
    beside = steps.count("beside")
    assert 1 <= beside < begun
    assert "behind" not in steps
    background.end_lasting()
    beside = steps.count("beside")
    assert steps.count("behind") == beside < begun  # what went on before it alone saw nothing of it
    assert len(background.stop()) == begun + 2 * beside
    assert threads() == []


@pytest.mark.parametrize(("lasts_s", "least", "most"), [(0.0, 1, 1), (0.1, 2, 5), (60.0, 12, 12)])
def test_only_so_many_copies_last_as_can_go_on_in_time(network: object, lasts_s: float, least: int, most: int) -> None:
    background = start(Load(clients=0, rate_per_s=1.0), make_story())
    background.begin_lasting(lasts_s)
    background.end_lasting()
    lines = [request.line for request in background.stop()]
    assert least <= len(lines) <= most
    assert "GET /read" not in lines


def test_one_that_waits_for_ever_is_cut_off_and_has_not_failed(
    network: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lasting, "_FAREWELL_S", 0.1)

    @journey
    def impatient(client: httpx.Client) -> Iterator[None]:
        yield
        eventually(lambda: client.get("/read").json().get("ready"), within_s=60)

    background = start(Load(clients=0, rate_per_s=1.0), impatient)
    background.begin_lasting()
    background.end_lasting()
    background.stop()
    assert background.take_failures() == ()
    assert threads() == []
