"""The journal: whatever happened comes back from its file, and what cannot be read is refused."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.builders import ORDER, at, failed_twice, make_plan, recovered, rehearsed
from harness.errors import ScenarioError
from harness.evidence.journal import JOURNAL_FORMAT, JOURNAL_NAME, read_journal, write_journal
from harness.evidence.outcomes import judge_outcomes
from harness.model.cell import Actor, Cell, Status
from harness.model.events import Attempted, Ended, Event
from harness.model.observed import SqlError
from harness.plan.codec import from_builtins, to_builtins

if TYPE_CHECKING:
    from pathlib import Path

EVENT_CLASSES: tuple[type[Any], ...] = typing.get_args(Event)

# Everything that a line of JSON must not trip over; the whole of Unicode would cost a second to list.
TEXT = st.text(alphabet="aé☃\U0001f600 \"\\{}'\n\r\t\0\x1f\x7f\x85\u2028", max_size=6)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    type(None): st.none(),
}


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type; of a dataclass with every field given, so that no default hides one."""
    arguments = typing.get_args(type_)
    if type_ in PLAIN:
        return PLAIN[type_]
    if typing.get_origin(type_) in {types.UnionType, typing.Union}:
        return st.one_of(*map(values_of, arguments))
    if typing.get_origin(type_) is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
        return st.tuples(*map(values_of, arguments))
    if isinstance(type_, type) and dataclasses.is_dataclass(type_):
        hints = typing.get_type_hints(type_)
        return st.builds(type_, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(type_)})
    return st.sampled_from(list(type_))


@pytest.mark.parametrize("cls", EVENT_CLASSES, ids=lambda cls: cls.__name__)
def test_every_event_comes_back_from_its_line(cls: type[Any]) -> None:
    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(values_of(cls))
    def check(event: Event) -> None:
        line = json.dumps(to_builtins(event))
        assert from_builtins(json.loads(line), EVENT_CLASSES) == event

    check()


def test_there_is_no_other_event() -> None:
    assert len(EVENT_CLASSES) == 27


def test_a_run_comes_back_from_its_file_and_is_judged_alike(tmp_path: Path) -> None:
    plan = make_plan(2)
    warm = at(plan, 1, Actor.OLD_WARM)
    events = rehearsed(plan, *failed_twice(warm), *recovered(at(plan, 2, Actor.OLD_WARM)), Ended(duration_s=1.5))
    write_journal(tmp_path / JOURNAL_NAME, events)
    again = read_journal(tmp_path / JOURNAL_NAME)
    assert again == events
    assert judge_outcomes(plan, again) == judge_outcomes(plan, events)
    assert judge_outcomes(plan, again)[warm, ORDER].status is Status.FAIL


def test_a_journal_has_one_line_an_event_whatever_is_in_it(tmp_path: Path) -> None:
    error = SqlError(replica="old-1", sqlstate="42703", message="first\nsecond\r\n\u2028third")
    event = Attempted(
        number=1,
        cell=Cell("0001", Actor.OLD_WARM),
        journey=ORDER,
        round=1,
        copy=1,
        origin="fresh",
        replicas=("old-1",),
        segment=0,
        sql=(error,),
    )
    path = tmp_path / JOURNAL_NAME
    write_journal(path, [event, Ended(duration_s=0.0)])
    lines = path.read_bytes().split(b"\n")
    assert json.loads(lines[0]) == {"format": JOURNAL_FORMAT}
    assert [json.loads(line)["kind"] for line in lines[1:-1]] == ["attempted", "ended"]
    assert lines[-1] == b""
    assert read_journal(path) == (event, Ended(duration_s=0.0))


def test_an_empty_run_is_a_journal_too(tmp_path: Path) -> None:
    write_journal(tmp_path / JOURNAL_NAME, [])
    assert read_journal(tmp_path / JOURNAL_NAME) == ()


HEAD = b'{"format":3}\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "has format None, and this release of the harness reads 3"),
        (b'{"format":1}\n', "has format 1, and this release of the harness reads 3"),
        (b'{"kind":"ended","duration_s":1,"error":""}\n', "has format None"),
        (b"[1]\n", "is no journal: "),
        (b"plain text\n", "is no journal: "),
        (HEAD + b'{"kind":"ended","dur', "is no journal: "),
        (HEAD + b'{"kind":"exploded"}\n', "unknown record of kind 'exploded'"),
        (HEAD + b"{}\n", "unknown record of kind 'None'"),
        (HEAD + b'{"kind":"ended"}\n', "a record of kind 'ended' cannot be read: .*duration_s"),
        (HEAD + b'{"kind":"ended","duration_s":"long"}\n', "a record of kind 'ended' cannot be read: "),
    ],
)
def test_what_is_no_journal_of_this_format_is_refused(tmp_path: Path, text: bytes, sentence: str) -> None:
    path = tmp_path / JOURNAL_NAME
    path.write_bytes(text)
    with pytest.raises(ScenarioError, match=sentence):
        read_journal(path)


def test_a_journal_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL_NAME
    with pytest.raises(ScenarioError) as caught:
        read_journal(path)
    assert str(caught.value) == f"cannot read the journal {path}: No such file or directory"
