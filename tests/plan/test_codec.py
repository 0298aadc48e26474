"""Plans as files: equal ones are equal bytes, and what cannot be read is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ScenarioError
from harness.model.rollout import Strategy
from harness.plan.codec import PLAN_FORMAT, decode_plan, digest, encode_plan, from_builtins, kind_of, to_builtins
from harness.plan.planner import plan_walk
from harness.plan.render import render_plan
from harness.plan.rollout import plan_rollout_at
from harness.plan.steps import DropDatabase, LoadSql, Plan, PrepareDatabase, Step
from plan.subjects import REHEARSALS, make_subject, plan_rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable

SUBJECT = make_subject(3, old_boot=True, new_boot=True, seed="seed.sql", strategy=Strategy(replicas=3))
PLAN = plan_walk(make_subject(1))


def test_fifty_plans_for_one_subject_are_one_plan() -> None:
    first = plan_rehearsal(SUBJECT, 1)
    texts = [encode_plan(plan) for plan in first]
    for _ in range(50):
        again = plan_rehearsal(SUBJECT, 1)
        assert again == first
        assert [encode_plan(plan) for plan in again] == texts
    assert [digest(plan) for plan in plan_rehearsal(SUBJECT, 1)] == [digest(plan) for plan in first]


def test_plans_that_differ_have_different_names() -> None:
    plans = [plan_rollout_at(SUBJECT, split) for split in range(4)] + [plan_walk(SUBJECT), PLAN]
    plans.append(replace(PLAN, name="other"))
    plans.append(replace(PLAN, cells=PLAN.cells[::-1]))
    assert len({digest(plan) for plan in plans}) == len(plans)
    assert all(len(digest(plan)) == 8 for plan in plans)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(REHEARSALS)
def test_a_plan_comes_back_from_its_file(rehearsal: tuple[Plan, Plan]) -> None:
    for plan in rehearsal:
        again = decode_plan(encode_plan(plan))
        assert again == plan
        assert render_plan(again) == render_plan(plan)


def test_a_plan_file_tells_its_format_first_and_ends_with_a_newline() -> None:
    text = encode_plan(PLAN)
    assert text.startswith(b'{\n "format": %d,' % PLAN_FORMAT)
    assert text.endswith(b"}\n")


def edited(edit: Callable[[dict[str, Any]], object]) -> bytes:
    data = json.loads(encode_plan(PLAN))
    edit(data)
    return json.dumps(data).encode()


def first_step(data: dict[str, Any]) -> dict[str, Any]:
    step: dict[str, Any] = data["stages"][0]["tracks"][0]["steps"][0]
    return step


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "this is not a plan: "),
        (b"not json", "this is not a plan: "),
        (b"[1]", "this is not a plan: "),
        (b"{}", "this plan has format None, and this release of the harness reads 4"),
        (edited(lambda data: data.update(format=1)), "this plan has format 1, and this release of the harness reads 4"),
        (edited(lambda data: data.pop("name")), "this plan cannot be read: .*name"),
        (edited(lambda data: data.update(journeys=3)), "this plan cannot be read: .*journeys"),
        (edited(lambda data: data.update(extra=3)), "this plan cannot be read: .*extra"),
        (edited(lambda data: data.pop("stages")), "stages"),
        (edited(lambda data: data["stages"][0].pop("tracks")), "tracks"),
        (edited(lambda data: first_step(data).pop("number")), "number"),
        (edited(lambda data: first_step(data).update(number="three")), "'three' where its number"),
        (edited(lambda data: first_step(data).update(number=True)), "number"),
        (edited(lambda data: data.update(stages={})), "this plan cannot be read: .*stages"),
        (edited(lambda data: data["stages"].append(3)), "this plan cannot be read: .*stages"),
        (
            edited(lambda data: first_step(data).update(kind="paint-bikeshed")),
            "unknown record of kind 'paint-bikeshed'",
        ),
        (edited(lambda data: first_step(data).pop("kind")), "unknown record of kind 'None'"),
        (edited(lambda data: first_step(data).pop("database")), "kind 'prepare-database' cannot be read: .*database"),
        (edited(lambda data: first_step(data).update(release=["new"])), "kind 'prepare-database' cannot be read"),
    ],
)
def test_what_is_no_plan_of_this_format_is_refused(text: bytes, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        decode_plan(text)


def test_kinds_are_class_names_in_kebab_case_and_tell_all_steps_apart() -> None:
    kinds = [kind_of(cls) for cls in Step.__args__]
    assert kind_of(PrepareDatabase) == "prepare-database"
    assert kind_of(LoadSql) == "load-sql"
    assert len(set(kinds)) == len(kinds) == 30


@given(st.text(alphabet='aé\n"\\{}\0☃', max_size=8))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_a_record_carries_its_kind_first_and_comes_back(name: str) -> None:
    data = to_builtins(DropDatabase(database=name))
    assert list(data) == ["kind", "database"]
    assert from_builtins(data, Step.__args__) == DropDatabase(database=name)


def test_only_the_classes_that_are_asked_for_are_read() -> None:
    @dataclass(frozen=True)
    class Other:
        database: str

    with pytest.raises(ScenarioError, match="unknown record of kind 'drop-database'"):
        from_builtins({"kind": "drop-database", "database": "x"}, [Other])
