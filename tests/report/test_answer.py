"""The answer for whoever decides, where nothing is known of a step."""

from __future__ import annotations

from msgspec.structs import replace

from harness.model.cell import Verdict
from harness.report.answer import conclude, say_verdict
from harness.report.said import Mood
from report.runs import play_run

DOCUMENT, _ = play_run()
assert DOCUMENT.answer is not None
SAFE = replace(DOCUMENT, answer=replace(DOCUMENT.answer, splits=(3,)), outcomes=(), checks=())
FIRST, *OTHERS = DOCUMENT.steps
DOUBTFUL = replace(SAFE, steps=(replace(FIRST, verdict=Verdict.UNTESTED), *OTHERS))
SENTENCE = f"s far as it was tested: nothing is known of {FIRST.label}"


def test_an_untested_step_makes_no_plain_yes() -> None:
    said = say_verdict(DOUBTFUL)
    assert (said.text, said.mood) == (f"Yes, a{SENTENCE}", Mood.DOUBT)
    assert say_verdict(SAFE).text == "Yes: this can be deployed"


def test_the_order_is_told_with_that_doubt() -> None:
    assert f"a{SENTENCE}" in [said.text for said in conclude(DOUBTFUL)]
    assert not [said for said in conclude(SAFE) if SENTENCE in said.text]
