"""What a rollout reads is compared with what each release alone reads."""

from __future__ import annotations

import pytest

from harness.model.exchange import Exchange
from harness.plan.drift import find_drift, flatten
from harness.plan.schedule import Crash, KillMigrator, Migrate, Resume, Start
from harness.plan.tale import Tale, Told, Trouble, render_tale


def tale(*answers: str, replica: str = "old-1", event: bool = False) -> Tale:
    told = []
    for number, answer in enumerate(answers, start=1):
        exchange = Exchange(replica=replica, method="GET", path="/notes/1", status=200, response=answer)
        action = Start(copy=1, journey="kept", replica=replica) if number == 1 else Resume(copy=1, replica=replica)
        told.append(Told(number=number + event, action=action, exchanges=(exchange,)))
    return Tale(told=(*([Told(number=1, action=Migrate(step="0002"))] if event else []), *told))


def test_a_value_on_which_both_agree_and_the_rollout_does_not_is_drift() -> None:
    agreed = tale('{"n": 1}', '{"n": 2}')
    found = find_drift(tale('{"n": 1}', '{"n": 1}', event=True), agreed, agreed)
    assert found is not None
    trouble, number = found
    assert (trouble.kind, trouble.who, trouble.where, number) == ("drift", "kept", "body.n", 3)
    assert "is 1, and the old release alone and the new one alone both say 2" in trouble.text
    assert trouble.sentence.endswith("both say 2")


@pytest.mark.parametrize(
    ("rolled", "old", "new"),
    [
        ('{"n": 1}', '{"n": 1}', '{"n": 1}'),
        ('{"n": null}', '{"a": 1}', '{"a": 1, "n": 2}'),  # the old release does not know it
        ('{"n": 3}', '{"n": 1}', '{"n": 2}'),  # they do not agree
        ('{"id": 7, "order_id": 7}', '{"id": 1, "order_id": 1}', '{"id": 1, "order_id": 1}'),
        ('{"at": "2026-01-02T03:04:05Z"}', '{"at": "2027-01-02"}', '{"at": "2028-01-02T03:04:05.123+01:00"}'),
        ("no json", "other", "other"),
    ],
)
def test_what_is_no_drift(rolled: str, old: str, new: str) -> None:
    assert find_drift(tale(rolled), tale(old), tale(new)) is None


def test_the_author_names_keys_that_are_different_each_time() -> None:
    agreed = tale('{"items": [{"ticket": 1}]}')
    other = tale('{"items": [{"ticket": 9}]}')
    assert find_drift(other, agreed, agreed) is not None
    assert find_drift(other, agreed, agreed, frozenset({"ticket"})) is None


def test_a_list_has_a_length() -> None:
    assert ("body.length", "2") in list(flatten("[1, 2]"))


def test_a_story_is_read_aloud() -> None:
    created = Exchange(
        replica="old-1", method="POST", path="/notes", request='{"a":1}', status=201, response='{"id":1}'
    )
    refused = Exchange(replica="new-1", method="GET", path="/notes/1", status=500, response="Internal")
    trouble = Trouble(kind="http", who="kept", text="GET /notes/1 answered 500")
    told = (
        Told(number=1, action=Start(copy=1, journey="kept", replica="old-1"), exchanges=(created,)),
        Told(number=2, action=KillMigrator(step="0002")),
        Told(number=3, action=KillMigrator(step="0002", point=3), missed=True),
        Told(number=4, action=Crash(replica="old-2")),
        Told(
            number=5,
            action=Resume(copy=1, replica="new-1"),
            exchanges=(refused,),
            sqlstates=("42703",),
            trouble=trouble,
        ),
    )
    assert render_tale(Tale(told=told)) == [
        '1 old-1: POST /notes {"a":1} -> 201 {"id":1}',
        "2 migrate 0002, killed at its commit 1",
        "3 migrate 0002, killed at its commit 3 -> it came to its end before",
        "4 old-2 crashes",
        "5 new-1: GET /notes/1 -> 500 42703",
        "so kept: GET /notes/1 answered 500",
    ]
    failed = Told(
        number=1,
        action=Migrate(step="0002"),
        sqlstates=("23502",),
        trouble=Trouble(kind="migration", who="0002", text="no"),
    )
    assert render_tale(Tale(told=(failed,))) == ["1 migrate 0002 -> failed 23502", "so 0002: no"]
