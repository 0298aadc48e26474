"""Journeys as their authors write them."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

import harness
from harness.traffic import journeys
from harness.traffic.journeys import Journey, draw_data, eventually, journey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


class Journeys:
    """Out of the module's own namespace, in which the plugin would take them for its own."""

    @journey
    def kept(client: Any, shop: str, tmp_path: Any) -> Iterator[None]:  # noqa: N805  a function, not a method
        yield

    @journey(sku=st.sampled_from(["A", "B"]), quantity=st.integers(1, 3))
    def placed(client: Any, sku: str, shop: str, quantity: int) -> Iterator[None]:  # noqa: N805  as above
        yield

    @journey
    async def seen(client: Any) -> AsyncIterator[None]:  # noqa: N805  as above
        yield


def test_a_journey_has_the_name_and_the_file_of_its_function() -> None:
    assert isinstance(Journeys.kept, Journey)
    assert (Journeys.kept.name, Journeys.placed.name) == ("kept", "placed")
    assert Journeys.kept.file == Journeys.placed.file == __file__


def test_a_journey_takes_the_client_and_fixtures_by_name() -> None:
    assert Journeys.kept.takes_client
    assert Journeys.kept.fixtures == ("shop", "tmp_path")
    assert Journeys.kept.strategies == {}


def test_what_is_drawn_is_no_fixture() -> None:
    assert Journeys.placed.fixtures == ("shop",)
    assert list(Journeys.placed.strategies) == ["sku", "quantity"]


def test_a_journey_need_not_take_the_client() -> None:
    @journey
    def alone() -> Iterator[None]:
        yield

    assert not alone.takes_client
    assert alone.fixtures == ()


def test_an_asynchronous_generator_is_a_journey_too() -> None:
    assert Journeys.seen.is_async
    assert not Journeys.kept.is_async
    assert Journeys.seen.problem() is Journeys.kept.problem() is Journeys.placed.problem() is None


def returns(client: Any) -> None:
    """Not a generator."""


async def awaits(client: Any) -> None:
    """Not an asynchronous generator."""


@pytest.mark.parametrize("function", [returns, awaits])
def test_a_journey_that_never_yields_is_told_what_a_yield_is_for(function: Callable[..., Any]) -> None:
    assert journey(function).problem() == (
        f"the journey {function.__name__} never yields: a journey is a generator function, and each yield is a place "
        "where a migration or a new release may come in between"
    )


class Shop:
    """No journey."""


def test_a_journey_is_no_class_though_one_may_be_given_for_a_strategy() -> None:
    above: Any = journey(Shop)
    assert above.problem() == journey()(Shop).problem()
    assert above.problem() == (
        "@journey stands above the class Shop: a journey is a function of a module, so put it above the function, "
        "outside of any class"
    )
    assert above(returns).problem().startswith(f"the journey returns is made by @journey({Shop!r}): it takes")


def test_a_strategy_without_a_parameter_is_told() -> None:
    def placed(client: Any) -> Iterator[None]:
        yield

    problem = journey(sku=st.none())(placed).problem()
    assert problem == "the journey placed has no parameter sku for the strategy that is given for it"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (5, "from 5, which is no strategy of Hypothesis: give one, as in st.just(...) for a value of your own"),
        (st.text, ", which is no strategy of Hypothesis: call it"),
    ],
)
def test_what_is_no_strategy_is_told(given: Any, told: str) -> None:
    def placed(client: Any, sku: str) -> Iterator[None]:
        yield

    problem = journey(sku=given)(placed).problem()
    assert problem is not None
    assert problem.startswith("the journey placed gets sku from ")
    assert problem.endswith(told)


def test_two_journeys_are_never_the_same() -> None:
    function = Journeys.kept.function
    assert journey(function) != journey(function)
    assert len({journey(function), journey(function)}) == 2


TWICE = """\
@journey
def kept(client):
    yield

@journey{call}
def {name}(client):
    yield
"""


def define(module: dict[str, Any], name: str, call: str) -> None:
    exec(compile(TWICE.format(name=name, call=call), "test_shop.py", "exec"), module)  # noqa: S102  as an import does


@pytest.mark.parametrize("call", ["", "()"])
def test_two_journeys_of_one_name_in_one_module_are_told_with_both_lines(call: str) -> None:
    module: dict[str, Any] = {"journey": journey}
    define(module, "kept", call)
    assert module["kept"].problem() == (
        "two journeys of test_shop.py are called kept, in lines 1 and 5: the first would never be run; rename one"
    )


def test_journeys_of_other_names_and_a_module_that_is_run_again_are_well() -> None:
    module: dict[str, Any] = {"journey": journey}
    for _ in range(2):
        define(module, "sold", "")
    assert module["kept"].problem() is None
    assert module["sold"].problem() is None


def test_an_imported_journey_may_be_replaced() -> None:
    module: dict[str, Any] = {"journey": journey, "kept": Journeys.kept}
    define(module, "sold", "")
    assert module["kept"].problem() is None


class Clock:
    """Moves on when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(journeys, "now", made.now)
    monkeypatch.setattr(journeys, "sleep", made.sleep)

    async def sleep(seconds: float) -> None:
        made.sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


class Slow:
    """Answers with the first of its values, and with the last one for ever."""

    def __init__(self, *values: Any) -> None:
        self.values = list(values)
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        value = self.values.pop(0) if len(self.values) > 1 else self.values[0]
        if isinstance(value, Exception):
            raise value
        return value


def wait_for(function: Callable[[], Any], *, asynchronous: bool, **options: Any) -> Any:
    """Calls ``eventually`` as a journey of either kind does."""
    if not asynchronous:
        return eventually(function, **options)

    async def call() -> Any:
        return function()

    waiting = eventually(call, **options)
    with pytest.raises(StopIteration) as ended:  # without a pause, a coroutine runs to its end at once
        waiting.send(None)
    return ended.value.value


BOTH_KINDS = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@BOTH_KINDS
@pytest.mark.parametrize("value", [True, "text", 7])
def test_what_is_true_at_once_is_asked_once(clock: Clock, asynchronous: bool, value: Any) -> None:
    function = Slow(value)
    assert wait_for(function, asynchronous=asynchronous) == value
    assert (function.calls, clock.time) == (1, 100.0)


def only_asserts(answers: Iterator[bool]) -> None:
    """Asserts and ends."""
    assert next(answers), "not yet"


def leaves_early(answers: Iterator[bool]) -> None:
    """Has a ``return``, and no value."""
    with nullcontext():
        if next(answers):
            return
    try:
        raise AssertionError("not yet")
    finally:
        str(answers)


def says_none(answers: Iterator[bool]) -> None:
    """Returns the None with which it would end anyway."""
    assert next(answers), "not yet"
    return None  # noqa: PLR1711, RET501  it is what is tested


@pytest.mark.parametrize("function", [only_asserts, leaves_early, says_none])
def test_a_function_that_returns_nothing_has_come_true_where_it_ends(
    clock: Clock, function: Callable[[Iterator[bool]], None]
) -> None:
    answers = iter([False, False, True])
    assert eventually(partial(function, answers)) is None
    assert list(answers) == []
    assert clock.time == pytest.approx(100.1)


def returns_where_it_is_there(jobs: Iterator[str]) -> str | None:
    """Falls off its end where nothing is there."""
    if (job := next(jobs)) == "done":
        return job
    return None


def chooses(jobs: Iterator[str]) -> str | None:
    """One expression."""
    return job if (job := next(jobs)) == "done" else None


def takes_the_first(jobs: Iterator[str]) -> str | None:
    """What is true jumps over the None."""
    return next(jobs).removeprefix("running") or None


def says_so(jobs: Iterator[str]) -> bool | None:
    """A constant."""
    if next(jobs) == "done":
        return True
    return None


@BOTH_KINDS
@pytest.mark.parametrize("function", [returns_where_it_is_there, chooses, takes_the_first, says_so])
def test_the_none_of_a_function_that_returns_values_is_not_true_yet(
    clock: Clock, asynchronous: bool, function: Callable[[Iterator[str]], Any]
) -> None:
    jobs = iter(["running", "running", "done", "done"])
    assert wait_for(partial(function, jobs), asynchronous=asynchronous) in {"done", True}
    assert clock.time == pytest.approx(100.1)


class Waiting:
    """Whatever can be called."""

    def __init__(self) -> None:
        self.answers = iter([False, True])

    def __call__(self) -> None:
        self.check()

    def check(self) -> None:
        """A method."""
        assert next(self.answers)


@pytest.mark.parametrize("function", [Waiting(), Waiting().check, wraps(only_asserts)(lambda: None)])
def test_methods_and_objects_that_only_assert_come_true(clock: Clock, function: Callable[[], None]) -> None:
    assert eventually(function) is None


def test_what_has_no_code_in_python_may_return_anything(clock: Clock) -> None:
    found: dict[str, str] = {}
    with pytest.raises(AssertionError, match="not true within"):
        eventually(partial(found.get, "job"), within_s=0.2)


def test_the_none_of_a_lambda_is_not_true_yet(clock: Clock) -> None:
    answers = iter([None, {"ready": None}, {"ready": 1}])
    assert eventually(lambda: (next(answers) or {}).get("ready"), within_s=1.0) == 1
    assert clock.time > 100.0


@BOTH_KINDS
def test_what_is_false_or_fails_is_asked_again(clock: Clock, asynchronous: bool) -> None:
    function = Slow(False, AssertionError("not yet"), [], 0, "there")
    assert wait_for(function, asynchronous=asynchronous, within_s=1.0) == "there"
    assert function.calls == 5
    assert clock.time == pytest.approx(100.2)


@BOTH_KINDS
def test_what_stays_false_fails_in_time_with_its_last_value(clock: Clock, asynchronous: bool) -> None:
    with pytest.raises(AssertionError, match=r"^not true within 0\.5 s: \[\]$"):
        wait_for(Slow([]), asynchronous=asynchronous, within_s=0.5)
    assert 100.5 <= clock.time < 100.6


@BOTH_KINDS
def test_what_keeps_failing_fails_with_its_own_words(clock: Clock, asynchronous: bool) -> None:
    with pytest.raises(AssertionError, match=r"^it is lost$"):
        wait_for(Slow(AssertionError("it is lost")), asynchronous=asynchronous, within_s=0.5)
    assert 100.5 <= clock.time < 100.6


@BOTH_KINDS
def test_it_is_asked_once_more_after_the_time_is_up(clock: Clock, asynchronous: bool) -> None:
    """What became true during the last pause is not missed."""
    function = Slow(False, True)
    assert wait_for(function, asynchronous=asynchronous, within_s=0.001) is True


@BOTH_KINDS
def test_any_other_error_is_none_of_its_business(clock: Clock, asynchronous: bool) -> None:
    function = Slow(KeyError("sku"), True)
    with pytest.raises(KeyError):
        wait_for(function, asynchronous=asynchronous)
    assert function.calls == 1


def test_without_strategies_one_copy_is_like_another() -> None:
    assert draw_data({}, 50) == [{}]


def test_the_same_values_are_drawn_in_every_run() -> None:
    strategies = {"sku": st.text(alphabet="abc", min_size=1), "quantity": st.integers()}
    drawn = draw_data(strategies, 8)
    assert 1 < len(drawn) <= 8
    assert draw_data(strategies, 8) == drawn
    assert all(set(values) == {"sku", "quantity"} and values["sku"] for values in drawn)
    assert len({values["quantity"] for values in drawn}) > 1


def test_where_there_are_fewer_values_there_are_fewer_copies() -> None:
    drawn = draw_data({"yes": st.booleans()}, 50)
    assert sorted(values["yes"] for values in drawn) == [False, True]


def test_an_author_needs_three_names() -> None:
    assert (harness.journey, harness.eventually, harness.Journey) == (journey, eventually, Journey)
