"""Journeys in lockstep: one request for each move, through the replica that is named, and nobody under way between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from harness import eventually, invariant, journey
from harness.plan.schedule import Migrate, Start
from harness.plan.tale import Told
from harness.secrets import Redactor
from harness.traffic.lockstep import Lockstep
from traffic.network import answer_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from harness import Invariant
    from harness.traffic.lockstep import Moved

ADDRESSES = {"old-1": ("10.0.0.1", 1), "old-2": ("10.0.0.2", 2), "new-1": ("10.0.0.3", 3)}
UP = tuple(ADDRESSES)


class Servers:
    """What is sent, and answered, in the place of replicas."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answers: dict[str, Any] = {}

    def respond(self, request: httpx.Request) -> httpx.Response:
        host, path = request.url.host, request.url.path
        self.sent.append(f"{request.method} {host[-1]} {path}")
        answer = self.answers.get(f"{host[-1]} {path}", self.answers.get(path, 200))
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, json=answer)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    made = Servers()

    answer_with(monkeypatch, made.respond)
    return made


class Stage:
    """Journeys are made here: pytest would take those of this module for a rehearsal's."""

    def __init__(self, *functions: Callable[..., Any], invariants: tuple[Invariant, ...] = ()) -> None:
        named = {function.__name__: journey(function) for function in functions}
        self.lockstep = Lockstep(named, {}, Redactor([]), 5.0, invariants=invariants)

    def begin(self, name: str, copy: int = 1, **values: Any) -> None:
        self.lockstep.begin(Start(copy=copy, journey=name, replica="old-1", values=values or None))

    def move(self, replica: str, copy: int = 1, *, whole: bool = False) -> Moved:
        return self.lockstep.move(copy, replica, ADDRESSES[replica], whole=whole)

    def look_back(self) -> Any:
        return self.lockstep.look_back(UP, ADDRESSES.__getitem__, lambda *_: False)


def two_requests(client: httpx.Client) -> Iterator[None]:
    while True:
        client.post("/one", json={})
        client.get("/two")
        yield


async def the_same_with_await(client: httpx.AsyncClient) -> AsyncIterator[None]:
    while True:
        await client.post("/one", json={})
        await client.get("/two")
        yield


def only_waits(client: httpx.Client) -> Iterator[None]:
    client.get("/once")
    while True:
        yield


def ends(client: httpx.Client) -> Iterator[None]:
    client.get("/once")
    yield


def is_wrong(client: httpx.Client) -> Iterator[None]:
    client.get("/one")
    yield
    assert client.get("/two").json() == {"kept": True}


def polls(client: httpx.Client) -> Iterator[None]:
    eventually(lambda: client.get("/slow").json() == {"done": True})
    yield


@pytest.mark.parametrize("name", ["two_requests", "the_same_with_await"])
def test_each_move_is_one_request_through_the_replica_that_is_named(servers: Servers, name: str) -> None:
    stage = Stage(two_requests, the_same_with_await)
    stage.begin(name)
    assert servers.sent == []
    for replica, sent in (("old-1", "POST 1 /one"), ("new-1", "GET 3 /two"), ("old-2", "POST 2 /one")):
        moved = stage.move(replica)
        assert servers.sent[-1:] == [sent]
        assert [exchange.replica for exchange in moved.exchanges] == [replica]
    assert len(servers.sent) == 3
    stage.lockstep.close()
    assert len(servers.sent) == 3


def test_copies_take_turns_between_any_two_requests(servers: Servers) -> None:
    stage = Stage(two_requests)
    stage.begin("two_requests", 1)
    stage.begin("two_requests", 2)
    for copy in (1, 2, 2, 1):
        stage.move("old-1", copy)
    assert servers.sent == ["POST 1 /one", "POST 1 /one", "GET 1 /two", "GET 1 /two"]
    stage.lockstep.close()


def test_a_whole_segment_ends_at_its_yield(servers: Servers) -> None:
    stage = Stage(two_requests)
    stage.begin("two_requests")
    assert len(stage.move("old-1", whole=True).exchanges) == 2
    assert len(stage.move("new-1", whole=True).exchanges) == 2
    assert len(stage.move("new-1").exchanges) == 1
    stage.lockstep.close()


def test_a_journey_that_only_waits_or_is_over_moves_without_a_request(servers: Servers) -> None:
    stage = Stage(only_waits, ends)
    for copy, name in ((1, "only_waits"), (2, "ends")):
        stage.begin(name, copy)
        assert len(stage.move("old-1", copy).exchanges) == 1
        assert [stage.move("old-1", copy).exchanges for _ in range(3)] == [(), (), ()]
    stage.lockstep.close()


def test_polling_is_a_request_for_each_move(servers: Servers) -> None:
    stage = Stage(polls)
    servers.answers["/slow"] = {"done": False}
    stage.begin("polls")
    assert len(stage.move("old-1").exchanges) == 1
    servers.answers["/slow"] = {"done": True}
    assert len(stage.move("old-1").exchanges) == 1
    assert stage.move("old-1").exchanges == ()
    stage.lockstep.close()


def test_what_is_asserted_behind_a_request_belongs_to_it(servers: Servers) -> None:
    stage = Stage(is_wrong)
    servers.answers["/two"] = {"kept": False}
    stage.begin("is_wrong")
    assert stage.move("old-1").failure is None
    failure = stage.move("new-1").failure
    assert failure is not None
    assert failure.kind == "AssertionError"
    assert re.search(r"test_lockstep\.py:\d+$", failure.where)
    stage.lockstep.close()


def test_a_5xx_is_a_failure_where_nobody_looks(servers: Servers) -> None:
    stage = Stage(two_requests)
    servers.answers["3 /one"] = 503
    stage.begin("two_requests")
    failure = stage.move("new-1").failure
    assert failure is not None
    assert (failure.kind, failure.text) == ("http", "POST /one answered 503")
    stage.lockstep.close()


@pytest.mark.parametrize(("answer", "said"), [(404, "404 through old-2"), (500, "500 through old-2")])
def test_what_was_read_has_to_be_there_in_the_end(servers: Servers, answer: int, said: str) -> None:
    stage = Stage(two_requests)
    stage.begin("two_requests")
    for replica in ("old-1", "new-1"):
        stage.move(replica)
    assert stage.look_back() is None
    servers.answers["2 /two"] = answer
    trouble = stage.look_back()
    assert trouble.kind == "lost"
    assert said in trouble.text
    stage.lockstep.close()


def test_replicas_of_a_release_read_alike(servers: Servers) -> None:
    stage = Stage(ends)
    servers.answers |= {"1 /once": {"price": 1}, "2 /once": {"price": 2}, "3 /once": {"cost": 1}}
    stage.begin("ends")
    stage.move("new-1")
    trouble = stage.look_back()
    assert trouble.kind == "backwards"
    assert '{"price":1} through old-1' in trouble.text
    servers.answers["2 /once"] = {"price": 1}
    assert stage.look_back() is None
    stage.lockstep.close()


def test_nothing_goes_back_to_what_it_was_while_nobody_writes(servers: Servers) -> None:
    def reads(client: httpx.Client) -> Iterator[None]:
        while True:
            client.get("/price")

    def troubles(answers: list[Mapping[str, Any]], stage: Stage) -> list[Any]:
        found = []
        for answer in answers:
            servers.answers["/price"] = answer
            found.append(stage.move("old-1").trouble)
        return found

    stage = Stage(reads)
    stage.begin("reads")
    *fine, wrong = troubles([{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, {"a": 1}], stage)
    assert fine == [None] * 4
    assert wrong.kind == "backwards"
    stage.lockstep.forget()
    stage.begin("reads")
    assert troubles([{"a": 1}, {"a": 2}], stage) == [None, None]
    stage.lockstep.watch(Told(number=3, action=Migrate(step="0002")), UP, ADDRESSES.__getitem__)
    assert troubles([{"a": 1}], stage) == [None]  # a migration may change what is read
    stage.lockstep.close()


def test_an_invariant_is_asked_of_each_release_behind_each_write(servers: Servers) -> None:
    @invariant
    def stock_is_there(client: httpx.Client) -> None:
        assert client.get("/stock").json()["count"] >= 0

    stage = Stage(two_requests, invariants=(stock_is_there,))
    servers.answers |= {"1 /stock": {"count": 1}, "3 /stock": {"count": -1}}
    stage.begin("two_requests")
    told = Told(number=1, action=Start(copy=1, journey="two_requests", replica="old-1"))
    written = Told(number=1, action=told.action, exchanges=stage.move("old-1").exchanges)
    assert stage.lockstep.watch(told, UP, ADDRESSES.__getitem__) is None  # nothing was written
    trouble = stage.lockstep.watch(written, UP, ADDRESSES.__getitem__)
    assert trouble is not None
    assert (trouble.kind, trouble.who) == ("invariant", "stock_is_there")
    assert "(through new-1)" in trouble.text
    assert stage.lockstep.watch(written, UP[:2], ADDRESSES.__getitem__) is None
    stage.lockstep.close()


def test_an_invariant_of_the_wrong_form_is_refused() -> None:
    def generator(client: object) -> Iterator[None]:
        yield

    def nobody() -> None: ...

    assert "plain function" in (invariant(generator).problem() or "")
    assert "takes one parameter, client" in (invariant(nobody).problem() or "")  # type: ignore[arg-type]


def test_two_invariants_of_one_name_in_one_module_are_told_with_both_lines() -> None:
    module: dict[str, Any] = {"invariant": invariant}
    text = "@invariant\ndef stocked(client):\n    pass\n"
    exec(compile(f"{text}\n{text}", "test_shop.py", "exec"), module)  # noqa: S102  as an import does
    assert module["stocked"].problem() == (
        "two invariants of test_shop.py are called stocked, in lines 1 and 5: the first would never be run; rename one"
    )
