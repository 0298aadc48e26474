"""Which waiver is meant for which finding, and what is said of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.evidence.acceptance import Problem, is_accepted_by, rule
from harness.model.cell import Status
from harness.model.waiver import ADOPTED, Baseline, Known, Ruling, Waiver, Waivers

FAILED = Problem(
    id="0123456789ab",
    step=frozenset({"0003", "0003_third"}),
    status=Status.FAIL,
    sqlstates=("42703", "25P02"),
    actor="old-warm",
    journey="order",
)
SLOW = Problem(id="ba9876543210", step=frozenset({"rollout"}), status=Status.FAIL, check="lock-wait")


def make_waiver(number: int = 1, **keys: Any) -> Waiver:
    return Waiver(**{"number": number, "reason": "goes in March", "owner": "web", **keys})


def file_of(*entries: Waiver) -> Waivers:
    return Waivers(file="w.toml", rehearsals=("orders",), entries=entries)


@pytest.mark.parametrize(
    ("problem", "keys"),
    [
        (FAILED, {"step": "0003"}),
        (FAILED, {"step": "0003_third"}),
        (FAILED, {"actor": "old-warm", "journey": "order"}),
        (FAILED, {"sqlstate": "25P02"}),
        (FAILED, {"finding": "0123456789ab"}),
        (FAILED, {"actor": "old-warm", "status": "fail"}),
        (SLOW, {"check": "lock-wait"}),
        (SLOW, {"step": "rollout"}),
    ],
)
def test_a_waiver_accepts_what_all_of_its_keys_say(problem: Problem, keys: dict[str, Any]) -> None:
    assert is_accepted_by(problem, make_waiver(**keys))


@pytest.mark.parametrize(
    ("problem", "keys"),
    [
        (FAILED, {"step": "0004"}),
        (FAILED, {"step": "0003", "actor": "old-cold"}),
        (FAILED, {"step": "0003", "journey": "stock"}),
        (FAILED, {"step": "0003", "sqlstate": "42P01"}),
        (FAILED, {"finding": "ba9876543210"}),
        (FAILED, {"actor": "old-warm", "status": "transient"}),
        (FAILED, {"check": "lock-wait"}),
        (SLOW, {"step": "rollout", "actor": "old-warm"}),
        (SLOW, {"sqlstate": "42703"}),
    ],
)
def test_a_waiver_accepts_nothing_else(problem: Problem, keys: dict[str, Any]) -> None:
    assert not is_accepted_by(problem, make_waiver(**keys))


def test_it_is_said_who_accepts_it_until_when_why_and_where() -> None:
    said = rule(FAILED, file_of(make_waiver(2, step="0003", until="2026-12-31")), None)
    assert said is not None
    assert (said.ruling, said.entry, said.holds) == (Ruling.WAIVED, 2, True)
    assert said.text == "waived by web until 2026-12-31: goes in March (w.toml, [[waiver]] 2)"


def test_what_was_adopted_is_told_from_what_somebody_decided() -> None:
    said = rule(FAILED, file_of(make_waiver(step="0003", reason=ADOPTED)), None)
    assert said is not None
    assert "adopted as it was found, and nobody has said why it is accepted" in said.text


def test_one_that_has_expired_says_whose_it_was_and_since_when() -> None:
    said = rule(FAILED, file_of(make_waiver(step="0003", until="2026-12-31", expired="on 2026-12-31")), None)
    assert said is not None
    assert (said.ruling, said.holds) == (Ruling.EXPIRED, False)
    assert said.text == "the waiver of web expired on 2026-12-31: goes in March (w.toml, [[waiver]] 1)"


def test_one_that_holds_wins_over_one_that_has_expired_and_that_over_the_baseline() -> None:
    old, new = make_waiver(step="0003", expired="on 2026-12-31"), make_waiver(2, sqlstate="42703")
    baseline = Baseline(file="old.json", known=(Known(FAILED.id, Status.FAIL),))
    rulings = [
        said.ruling if (said := rule(FAILED, given, baseline)) is not None else None
        for given in (file_of(old, new), file_of(old), file_of(make_waiver(step="0009")), None)
    ]
    assert rulings == [Ruling.WAIVED, Ruling.EXPIRED, Ruling.KNOWN, Ruling.KNOWN]
    assert rule(FAILED, None, None) is None


TWO = replace(FAILED, sqlstates=("23502", "42703", "25P02"), parts=("a", "b"))


@pytest.mark.parametrize(
    ("codes", "accepted"),
    [
        (("23502",), False),
        (("42703",), False),
        (("25P02",), False),
        (("23502", "42703"), True),
        (("42703", "42703"), False),
        (("", "42P01"), True),
    ],
)
def test_another_error_beside_a_known_one_needs_a_waiver_too(codes: tuple[str, ...], accepted: bool) -> None:
    entries = [make_waiver(number, step="0003", sqlstate=code) for number, code in enumerate(codes, 1)]
    said = rule(TWO, file_of(*entries), None)
    assert (said is not None) is accepted


@pytest.mark.parametrize(
    ("keys", "accepted"), [({"sqlstate": "42703"}, False), ({"finding": FAILED.id}, True), ({"journey": "order"}, True)]
)
def test_a_failure_without_an_sqlstate_beside_a_known_one_is_accepted_by_none(
    keys: dict[str, Any], accepted: bool
) -> None:
    both = replace(FAILED, silent=True)
    assert (rule(both, file_of(make_waiver(**keys)), None) is not None) is accepted
    assert rule(FAILED, file_of(make_waiver(**keys)), None) is not None


def test_all_waivers_that_accept_a_finding_together_are_told() -> None:
    first, second = make_waiver(1, sqlstate="23502"), make_waiver(2, sqlstate="42703", owner="pay", until="2026-12-31")
    said = rule(TWO, file_of(first, second), None)
    assert said is not None
    assert said.text == (
        "waived by web without end: goes in March (w.toml, [[waiver]] 1); "
        "waived by pay until 2026-12-31: goes in March (w.toml, [[waiver]] 2)"
    )
    over = rule(TWO, file_of(first, replace(second, expired="on 2026-12-31")), None)
    assert over is not None
    assert (over.ruling, over.entry) == (Ruling.EXPIRED, 2)


def test_the_baseline_has_to_have_all_of_a_finding_and_something_no_better() -> None:
    def covers(*known: tuple[str, Status]) -> bool:
        baseline = Baseline(file="old.json", known=tuple(Known(*one) for one in known))
        return rule(TWO, None, baseline) is not None

    assert covers(("a", Status.FAIL), ("b", Status.TRANSIENT), ("c", Status.FAIL))
    assert not covers(("a", Status.FAIL), ("c", Status.FAIL))
    assert not covers(("a", Status.TRANSIENT), ("b", Status.TRANSIENT))


@pytest.mark.parametrize(
    ("before", "now", "covered"),
    [
        (Status.FAIL, Status.FAIL, True),
        (Status.FAIL, Status.TRANSIENT, True),
        (Status.TRANSIENT, Status.TRANSIENT, True),
        (Status.TRANSIENT, Status.FAIL, False),
    ],
)
def test_what_got_worse_is_new(before: Status, now: Status, covered: bool) -> None:
    baseline = Baseline(file="old.json", known=(Known(FAILED.id, before),))
    assert (rule(replace(FAILED, status=now), None, baseline) is not None) is covered
    assert rule(replace(FAILED, id="other"), None, baseline) is None
