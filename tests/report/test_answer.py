"""The answer for whoever decides, where nothing is known of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness.evidence.outcome import OLD_HALF
from harness.evidence.verdicts import Half
from harness.model.cell import Status, Verdict
from harness.model.rollout import When
from harness.report.answer import conclude, say_verdict
from harness.report.records import StateRecord
from harness.report.said import Mood, Said
from report.runs import play_run

if TYPE_CHECKING:
    from harness.report.document import Document

DOCUMENT, _ = play_run()
assert DOCUMENT.answer is not None
SAFE = replace(DOCUMENT, answer=replace(DOCUMENT.answer, splits=(3,)), outcomes=(), checks=())
FIRST, *OTHERS = DOCUMENT.steps
DOUBTFUL = replace(SAFE, steps=(replace(FIRST, verdict=Verdict.UNTESTED), *OTHERS))
COMPARED = replace(SAFE, steps=(), compared="HEAD with itself")
SENTENCE = f"s far as it was tested: nothing is known of {FIRST.label}"


def test_an_untested_step_makes_no_plain_yes() -> None:
    said = say_verdict(DOUBTFUL)
    assert (said.text, said.mood) == (f"Yes, a{SENTENCE}", Mood.DOUBT)
    assert say_verdict(SAFE).text == "Yes: this can be deployed"


def test_a_part_makes_no_plain_yes() -> None:
    one, two = (replace(SAFE, journeys_left_out=("a", "b")[:count]) for count in (1, 2))
    assert say_verdict(one).text == "Yes, as far as it was tested: one journey was left out"
    assert say_verdict(two).text == "Yes, as far as it was tested: 2 journeys were left out"
    alone = replace(SAFE, walk_alone=True)
    assert say_verdict(alone).text.endswith("(the rollout, and requests beside each migration) was left out")
    assert say_verdict(alone).mood is Mood.DOUBT
    assert "left out" in {said.label for said in conclude(alone)}
    assert not any(part.is_whole for part in (one, two, alone))
    assert SAFE.is_whole


def test_a_release_that_runs_already_makes_no_plain_yes() -> None:
    running = replace(SAFE, walk_alone=True, runs_already=True)
    never = "the old release runs already, and is never started anew"
    rest = "what comes behind the walk (the rollout, and requests beside each migration)"
    assert say_verdict(running).text == f"Yes, as far as it was tested: {never}, so that {rest} was left out"
    assert Said("left out", f"{rest}, for {never}", Mood.DOUBT) in list(conclude(running))


def test_the_order_is_told_with_that_doubt() -> None:
    assert f"a{SENTENCE}" in [said.text for said in conclude(DOUBTFUL)]
    assert not [said for said in conclude(SAFE) if SENTENCE in said.text]


def ordered(document: Document, *splits: int, when: When, after: int = 0) -> Document:
    """A release that can be deployed in these orders, and is deployed so, its last steps after the code."""
    assert document.answer is not None
    count = len(document.steps)
    steps = tuple(
        replace(step, when=When.AFTER if number > count - after else when)
        for number, step in enumerate(document.steps, start=1)
    )
    return replace(document, steps=steps, when=when, answer=replace(document.answer, splits=splits))


@pytest.mark.parametrize(
    ("splits", "when", "after", "order"),
    [
        ((0, 2), When.BEFORE, 0, "when = before"),
        ((3,), When.BEFORE, 1, f"when = before, but {DOCUMENT.steps[-1].label} after"),
        ((1, 3), When.AFTER, 3, "when = after"),
        ((0,), When.AT_BOOT, 0, "when = at-boot"),
    ],
)
def test_where_the_deployments_own_order_is_none_of_those_proven_that_is_told(
    splits: tuple[int, ...], when: When, after: int, order: str
) -> None:
    document = ordered(SAFE, *splits, when=when, after=after)
    sentence = f"the deployment is set to another order ({order}): that order was not proven"
    served = StateRecord(state="old-1 serves", requests=7, lost=0, unserved=0, errors=0, slowest_ms=1.0, duration_s=1.0)
    document = replace(document, availability=(served,))
    assert "in the order of the settings 7 of 7 requests answered" in " ".join(said.text for said in conclude(document))
    lines = list(conclude(document))
    assert lines[lines.index(Said("", sentence, Mood.DOUBT)) - 1].label == "deploy"
    assert say_verdict(document) == Said("", f"Yes, as far as it was tested: {sentence}", Mood.DOUBT)


@pytest.mark.parametrize(
    ("splits", "when", "after"),
    [
        ((3,), When.BEFORE, 0),
        ((0, 3), When.BEFORE, 0),
        ((2,), When.BEFORE, 1),
        ((0,), When.AFTER, 3),
        ((), When.BEFORE, 0),
    ],
)
def test_where_it_is_one_of_them_or_there_is_none_nothing_is_added(
    splits: tuple[int, ...], when: When, after: int
) -> None:
    document = ordered(SAFE, *splits, when=when, after=after)
    assert not [said for said in (say_verdict(document), *conclude(document)) if "another order" in said.text]


LABELS = [step.label for step in DOCUMENT.steps]
WORDS = {"pass": Status.PASS, "fail": Status.FAIL, "none": Status.UNTESTED}


def told_of_rolling_back(horizon: str | None, *seen: str, check_breaks: bool = False) -> list[tuple[str, Mood]]:
    """What is said of a release whose journeys end so behind each step."""
    assert DOCUMENT.answer is not None
    how = dict(zip(LABELS, seen, strict=True))
    outcomes = tuple(
        replace(one, status=WORDS[how[one.step]])
        for one in DOCUMENT.outcomes
        if one.step in how and one.actor in OLD_HALF
    )
    steps = tuple(
        replace(step, old=Half.BREAKS if check_breaks and step.label == LABELS[-1] else Half.UNSEEN)
        for step in DOCUMENT.steps
    )
    answer = replace(DOCUMENT.answer, horizon=horizon)
    document = replace(DOCUMENT, steps=steps, outcomes=outcomes, answer=answer)
    return [(said.text, said.mood) for said in conclude(document) if said.label == "roll back"]


@pytest.mark.parametrize(
    ("horizon", "seen", "text"),
    [
        (LABELS[0], ("pass", "fail", "fail"), f"up to {LABELS[0]}, not behind it"),
        ("base", ("fail", "none", "fail"), "on its own schema alone, not behind the first step"),
        (LABELS[0], ("pass", "none", "none"), f"up to {LABELS[0]}; nothing is known behind it"),
        (
            LABELS[0],
            ("pass", "none", "fail"),
            f"up to {LABELS[0]}, and not from {LABELS[2]} on; nothing is known of {LABELS[1]}",
        ),
        (LABELS[1], ("none", "pass", "fail"), f"up to {LABELS[1]}, not behind it; nothing is known of {LABELS[0]}"),
        (
            LABELS[1],
            ("none", "pass", "none"),
            f"up to {LABELS[1]}; nothing is known of {LABELS[0]}, {LABELS[2]}",
        ),
        (LABELS[2], ("pass", "none", "pass"), f"up to {LABELS[2]}; nothing is known of {LABELS[1]}"),
    ],
)
def test_only_what_failed_is_said_not_to_work(horizon: str, seen: tuple[str, ...], text: str) -> None:
    assert told_of_rolling_back(horizon, *seen) == [(f"the old release works {text}", Mood.DOUBT)]


def test_what_was_seen_to_work_everywhere_is_no_doubt() -> None:
    assert told_of_rolling_back(LABELS[2], "pass", "pass", "pass") == [
        ("the old release works from every step", Mood.GOOD)
    ]


def test_a_check_that_breaks_the_old_release_is_a_failure_too() -> None:
    assert told_of_rolling_back(LABELS[1], "pass", "pass", "pass", check_breaks=True) == [
        (f"the old release works up to {LABELS[1]}, not behind it", Mood.DOUBT)
    ]


def test_where_nothing_was_seen_nothing_is_said() -> None:
    assert told_of_rolling_back(None, "none", "none", "none") == []


def test_a_commit_that_was_compared_with_itself_is_no_plain_yes() -> None:
    said = say_verdict(COMPARED)
    assert (said.text, said.mood) == ("Yes, as far as it was tested: a commit was compared with itself", Mood.DOUBT)
    assert next(conclude(COMPARED)) == Said("compared", "HEAD with itself", Mood.DOUBT)
    assert "compared" not in [said.label for said in conclude(SAFE)]
