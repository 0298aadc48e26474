"""What the author of a scenario writes: stories of one user, as generator functions."""

from __future__ import annotations

import inspect
import reprlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast, overload

from harness.runtime.waiting import now, sleep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

#: The parameter that gets the HTTP client.
CLIENT = "client"
#: A journey that never ends says the same over and over: it writes once and reads twice, unless its round is longer.
ENDLESS_RUN = 3
#: Where the code of a journey is paused: in its own function, and in those that it yields from.
Place: TypeAlias = tuple[tuple[Any, int], ...]
#: Between two tries of ``eventually``.
_RETRY_S = 0.05

T = TypeVar("T")


def find_place(generator: Any) -> Place:
    """Where a journey is paused."""
    frames = []
    while (frame := getattr(generator, "gi_frame", None) or getattr(generator, "ag_frame", None)) is not None:
        frames.append((frame.f_code, frame.f_lasti))
        generator = getattr(generator, "gi_yieldfrom", None)
    return tuple(frames)


def count_moves(places: Sequence[Place]) -> int:
    """How many segments of an endless journey have to be run until each of them was.

    Args:
        places: Where it was paused, one behind the other.
    """
    return max(ENDLESS_RUN, count_different(places))


def count_different(places: Sequence[Place]) -> int:
    """How many segments an endless journey has run when the first of them comes again.

    Args:
        places: Where it was paused, one behind the other.
    """
    last = max((index for index, place in enumerate(places) if place not in places[:index]), default=0)
    return min(last + 2, len(places))


@dataclass(frozen=True, eq=False)
class Journey:
    """A story of one user.

    Args:
        name: The function's name.
        function: The generator function.
        strategies: Hypothesis strategies by parameter.
        misuse: What is wrong with how ``@journey`` was used, in one sentence; or the empty string.
    """

    name: str
    function: Callable[..., Any]
    strategies: Mapping[str, SearchStrategy[Any]] = field(default_factory=dict)
    misuse: str = ""

    @property
    def is_async(self) -> bool:
        """Whether it is an asynchronous generator, and its client an ``httpx.AsyncClient``."""
        return inspect.isasyncgenfunction(self.function)

    @property
    def fixtures(self) -> tuple[str, ...]:
        """Names of its parameters that are pytest fixtures."""
        parameters = inspect.signature(self.function).parameters
        return tuple(name for name in parameters if name != CLIENT and name not in self.strategies)

    @property
    def takes_client(self) -> bool:
        """Whether it asks for the client at all."""
        return CLIENT in inspect.signature(self.function).parameters

    @property
    def file(self) -> str:
        """The file that it is written in."""
        return self.function.__code__.co_filename

    def problem(self) -> str | None:
        """One sentence about what is wrong with its form, or None."""
        if self.misuse:
            return self.misuse
        if inspect.isclass(self.function):
            return (
                f"@journey stands above the class {self.name}: a journey is a function of a module, so put it above "
                "the function, outside of any class"
            )
        if any(mark.name == "parametrize" for mark in getattr(self.function, "pytestmark", ())):
            return (
                f"the journey {self.name} cannot be parametrized by a mark: let the values be drawn, as in "
                "@journey(sku=st.sampled_from([...]))"
            )
        if not (self.is_async or inspect.isgeneratorfunction(self.function)):
            return (
                f"the journey {self.name} never yields: a journey is a generator function, and each yield is a place "
                "where a migration or a new release may come in between"
            )
        unknown = sorted(set(self.strategies) - set(inspect.signature(self.function).parameters))
        if unknown:
            return f"the journey {self.name} has no parameter {unknown[0]} for the strategy that is given for it"
        return self._no_strategy()

    def _no_strategy(self) -> str | None:
        """One sentence about the first value that Hypothesis could not draw from, or None."""
        given: Mapping[str, object] = self.strategies  # whatever the author wrote there
        if not given:
            return None
        from hypothesis.strategies import SearchStrategy  # noqa: PLC0415  slow to import

        for parameter, value in given.items():
            if not isinstance(value, SearchStrategy):
                cure = "call it" if callable(value) else "give one, as in st.just(...) for a value of your own"
                return (
                    f"the journey {self.name} gets {parameter} from {reprlib.repr(value)}, which is no strategy of "
                    f"Hypothesis: {cure}"
                )
        return None


@overload
def journey(function: Callable[..., Any], /) -> Journey: ...
@overload
def journey(**strategies: SearchStrategy[Any]) -> Callable[[Callable[..., Any]], Journey]: ...
def journey(
    function: Callable[..., Any] | None = None, /, **strategies: SearchStrategy[Any]
) -> Journey | Callable[[Callable[..., Any]], Journey]:
    """Makes a journey of a generator function.

    Its ``client`` is an ``httpx.Client`` (``httpx.AsyncClient`` for ``async def``); which replica answers is the
    plan's business. Other parameters are pytest fixtures by name, or drawn by Hypothesis, as in
    ``@journey(sku=st.text(min_size=1))``.

    Args:
        function: The generator function; its ``yield`` statements are where time passes.
        strategies: Hypothesis strategies by parameter.
    """
    if inspect.isclass(function):
        return _OfClass(function.__name__, function)
    if inspect.isroutine(function):
        return _make(function, {})
    if function is not None:
        return _with_argument(function)
    return lambda given: _make(given, strategies)


class _OfClass(Journey):
    """What ``@journey`` above a class gives; in ``@journey(str)`` above a function it is called with that."""

    def __call__(self, given: Callable[..., Any]) -> Journey:
        return _with_argument(self.function)(given)


def _with_argument(argument: object) -> Callable[[Callable[..., Any]], Journey]:
    """What ``@journey(argument)`` makes of a function: one that tells of it."""
    return lambda given: Journey(
        given.__name__,
        given,
        misuse=f"the journey {given.__name__} is made by @journey({argument!r}): it takes strategies by the names "
        "of parameters, and nothing else",
    )


def _make(function: Callable[..., Any], strategies: Mapping[str, SearchStrategy[Any]]) -> Journey:
    return Journey(function.__name__, function, dict(strategies), misuse=shadows(function, Journey, "journeys"))


def shadows(function: Callable[..., Any], kind: type[Any], noun: str) -> str:
    """One sentence where it takes the name of another one that its module defined before, which nobody would run.

    One that was imported may be replaced on purpose. The same line again is the same module, imported anew.

    Args:
        function: What is made a journey, say.
        kind: The class of what is made.
        noun: How several of them are called.
    """
    name, code = function.__name__, getattr(function, "__code__", None)
    earlier = getattr(function, "__globals__", {}).get(name)
    if code is None or function.__qualname__ != name or not isinstance(earlier, kind):
        return ""
    first = earlier.function.__code__
    if first.co_filename != code.co_filename or first.co_firstlineno == code.co_firstlineno:
        return ""
    return (
        f"two {noun} of {code.co_filename} are called {name}, in lines {first.co_firstlineno} and "
        f"{code.co_firstlineno}: the first would never be run; rename one"
    )


@overload
def eventually(function: Callable[[], Coroutine[Any, Any, T]], *, within_s: float = 5.0) -> Coroutine[Any, Any, T]: ...
@overload
def eventually(function: Callable[[], T], *, within_s: float = 5.0) -> T: ...
def eventually(function: Callable[[], Any], *, within_s: float = 5.0) -> Any:
    """Calls a function until it neither fails nor answers with something false.

    For what an application does behind its response: a queue, a cache, an index. In an asynchronous journey it takes
    an ``async def`` and is awaited.

    Args:
        function: What is tried; an ``AssertionError`` or a false value means "not yet". A function that returns no
            value anywhere, as one that only asserts, has come true where it ends; the None of any other one is a false
            value like others.
        within_s: Seconds until it is given up.

    Returns:
        The function's last value.

    Raises:
        AssertionError: It did not come true in time; the function's own where it raised one.
    """
    if inspect.iscoroutinefunction(function):
        return _eventually(function, within_s)
    only_asserts = not returns_value(function)
    deadline = now() + within_s
    while True:
        late = now() >= deadline
        try:
            value = function()
        except AssertionError:
            if late:
                raise
        else:
            if value or (value is None and only_asserts):
                return value
            if late:
                raise AssertionError(f"not true within {within_s:g} s: {value!r}")
        sleep(_RETRY_S)


def returns_value(function: Callable[..., Any]) -> bool:
    """Whether a function may return anything but the None with which every function ends.

    Its code tells: ``return``, ``return None`` and the end of a function give a constant None to ``RETURN_VALUE``, or
    are one instruction with it from Python 3.12 on (Python, ``dis``). A value that comes there by a jump is one
    of its own.

    Args:
        function: Of which kind ever; what has no code in Python may return anything.
    """
    import dis  # noqa: PLC0415  as below

    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    if code is None or code.co_name == "<lambda>":
        return True
    before = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "RETURN_CONST":
            if instruction.argval is not None:
                return True
        elif instruction.opname == "RETURN_VALUE" and (
            before is None or instruction.is_jump_target or (before.opname, before.argval) != ("LOAD_CONST", None)
        ):
            return True
        before = instruction
    return False


async def _eventually(function: Callable[[], Awaitable[T]], within_s: float) -> T:
    import asyncio  # noqa: PLC0415  slow to import, and this module is at every start of pytest

    only_asserts = not returns_value(function)
    deadline = now() + within_s
    while True:
        late = now() >= deadline
        try:
            value = await function()
        except AssertionError:
            if late:
                raise
        else:
            if value or (value is None and only_asserts):
                return value
            if late:
                raise AssertionError(f"not true within {within_s:g} s: {value!r}")
        await asyncio.sleep(_RETRY_S)


def draw_data(strategies: Mapping[str, SearchStrategy[Any]], count: int) -> list[dict[str, Any]]:
    """Draws values for the copies of a journey: the same ones in every run.

    Args:
        strategies: Strategies by parameter; none gives empty dictionaries.
        count: How many are wanted; fewer come where there are not so many different ones.

    Returns:
        At least one dictionary of values.
    """
    if not strategies:
        return [{}]
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415  slow to import
    from hypothesis import strategies as st  # noqa: PLC0415  as above

    drawn: list[dict[str, Any]] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.fixed_dictionaries(dict(strategies)))
    def collect(values: dict[str, Any]) -> None:
        drawn.append({name: values[name] for name in strategies})

    cast("Callable[[], None]", collect)()
    return drawn
