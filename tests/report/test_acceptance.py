"""What a document and every view of it make of findings that are accepted, known, or accepted no more."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from msgspec.structs import replace

from harness.evidence.expectations import Result
from harness.model.cell import Actor, Status
from harness.model.settings import Expected
from harness.model.waiver import ADOPTED, Known, Ruling, Waiver, Waivers
from harness.report.acceptance import accept, count_accepted, list_findings, take_baseline
from harness.report.annotations import Place, annotate, render_code_quality, render_commands, render_sarif
from harness.report.answer import conclude, say_verdict
from harness.report.document import encode_document
from harness.report.findings import Group, find_troubles
from harness.report.html import render_html
from harness.report.markdown import render_markdown
from harness.report.schema import schema
from harness.report.terminal import render_findings, render_matrix, render_story
from harness.report.waivers import tell_unused
from report.documents import make_document, record
from report.runs import play_run

if TYPE_CHECKING:
    from harness.report.document import Document

#: The second step drops a column: old-warm and old-cold fail by 42703, and requests wait for a lock.
PLAIN, _ = play_run()
STEP = "0002_second"
WHY = "goes in March"


def make_waiver(number: int = 1, **keys: Any) -> Waiver:
    return Waiver(**{"number": number, "reason": WHY, "owner": "web", **keys})


def file_of(*entries: Waiver, rehearsals: tuple[str, ...] = (PLAIN.name,)) -> Waivers:
    return Waivers(file="w.toml", rehearsals=rehearsals, entries=entries)


def accepted(*entries: Waiver, document: Document = PLAIN) -> Document:
    return accept(document, file_of(*entries), None)


DROPPED = make_waiver(1, step="0002", sqlstate="42703", until="2026-12-31")
SLOW = make_waiver(2, step=STEP, check="lock-wait")
SOME = accepted(DROPPED, SLOW)
#: Everything that fails has a waiver.
ALL = accepted(*(make_waiver(n, step=step) for n, step in enumerate(["0001", "0002", "0003", "rollout", "base"], 1)))


def failing(document: Document) -> list[str]:
    items = [f"{o.step}-{o.actor}" for o in document.outcomes if o.result is Result.FAILED]
    return items + [f"{c.step}-{c.check}" for c in document.checks if c.result is Result.FAILED]


def text_of(document: Document) -> str:
    return "\n".join(line for line, _ in render_matrix(document))


def test_the_run_has_what_these_tests_are_about() -> None:
    assert {f"{STEP}-old-warm", f"{STEP}-old-cold", f"{STEP}-lock-wait"} <= set(failing(PLAIN))
    assert len(failing(SOME)) >= 1
    assert failing(ALL) == []


def test_a_finding_that_is_accepted_is_an_expected_failure_and_never_a_pass() -> None:
    for actor in (Actor.OLD_WARM, Actor.OLD_COLD):
        before, after = record(PLAIN, STEP, actor), record(SOME, STEP, actor)
        assert (before.result, after.result) == (Result.FAILED, Result.XFAILED)
        assert (after.status, after.story, after.reason) == (Status.FAIL, before.story, before.reason)
        assert after.result_reason == f"waived by web until 2026-12-31: {WHY} (w.toml, [[waiver]] 1)"
    assert SOME.steps == PLAIN.steps
    assert SOME.answer == PLAIN.answer


def test_what_no_waiver_is_meant_for_stays_as_it_is() -> None:
    touched = {f"{STEP}-old-warm", f"{STEP}-old-cold", f"{STEP}-lock-wait"}
    assert set(failing(PLAIN)) - set(failing(SOME)) == touched
    assert accepted(make_waiver(step="0009")).outcomes == PLAIN.outcomes


def test_every_finding_has_an_id_with_and_without_waivers() -> None:
    assert all(bool(o.finding) == (o.status in {Status.FAIL, Status.TRANSIENT}) for o in PLAIN.outcomes)
    assert all(finding.id for check in PLAIN.checks for finding in check.findings)
    by_id = accepted(make_waiver(finding=record(PLAIN, STEP, Actor.OLD_WARM).finding))
    assert record(by_id, STEP, Actor.OLD_WARM).result is Result.XFAILED
    assert record(by_id, STEP, Actor.OLD_COLD).result is Result.FAILED


def test_an_expectation_that_was_missed_is_no_finding() -> None:
    passes = Expected(step="0003", actor=Actor.NEW_AHEAD, reason="so")
    fails_otherwise = Expected(step="0002", actor=Actor.NEW_AHEAD, reason="so", sqlstates=("42703",))
    missed = make_document(expected=(passes, fails_otherwise))
    assert {"0003_third-new-ahead", "0002_second-new-ahead"} <= set(failing(missed))
    assert failing(accepted(make_waiver(actor="new-ahead"), document=missed)) == failing(missed)


def test_a_check_fails_as_long_as_one_of_its_findings_does() -> None:
    [check] = [one for one in PLAIN.checks if one.step == STEP and one.check == "lock-wait"]
    [finding] = check.findings
    other = type(finding)(headline="requests waited for another table", sqlstates=("55P03",))
    document = replace(
        PLAIN, checks=tuple(replace(c, findings=(finding, other)) if c is check else c for c in PLAIN.checks)
    )
    half = accepted(make_waiver(check="lock-wait", sqlstate="55P03"), document=document)
    [told] = [one for one in half.checks if one.step == STEP and one.check == "lock-wait"]
    assert told.result is Result.FAILED
    assert [one.acceptance is not None for one in told.findings] == [False, True]
    groups = {trouble.headline: trouble.group for trouble in find_troubles(half) if trouble.step == STEP}
    assert (groups[finding.headline], groups[other.headline]) == (Group.FAILS, Group.WAIVED)


def test_the_matrix_says_so() -> None:
    text = text_of(SOME)
    assert "w-fail      accepted for now by a waiver" in text
    row = next(line for line in text.splitlines() if STEP in line)
    assert "w-fail" in row
    assert "FAIL" not in row
    assert f"waived      {STEP}, lock-wait: requests waited" in text
    assert (
        f"waived      step 0002, sqlstate 42703 (4 items), by web until 2026-12-31: {WHY} (w.toml, [[waiver]] 1)"
        in text
    )


def test_an_item_says_so() -> None:
    expired = accepted(make_waiver(step="0002", expired="on 2026-12-31"))
    outcome = record(expired, STEP, Actor.OLD_WARM)
    said = f"the waiver of web expired on 2026-12-31: {WHY} (w.toml, [[waiver]] 1)"
    assert (outcome.result, outcome.result_reason) == (Result.FAILED, said)
    story = [line for line, _ in render_story(outcome)]
    assert f"  expired    {said}" in story
    assert f"  finding    {outcome.finding}" in story
    [check] = [one for one in expired.checks if one.step == STEP and one.check == "lock-wait"]
    assert (check.result, check.result_reason) == (Result.FAILED, said)
    assert f"  expired    {said}" in [line for line, _ in render_findings(check)]
    assert f"expired     the waiver of web for step 0002 expired on 2026-12-31: {WHY}" in text_of(expired)


def test_the_answer_is_no_plain_yes() -> None:
    safe = replace(ALL, answer=replace(ALL.answer, splits=(3,))) if ALL.answer is not None else ALL
    said = say_verdict(safe)
    assert said.text.startswith("Yes: this can be deployed, if you can bear ")
    assert said.text.endswith("findings that are waived, known or expected")
    assert count_accepted(safe)[Ruling.WAIVED] > 1
    assert say_verdict(replace(safe, outcomes=(), checks=())).text == "Yes: this can be deployed"


def test_what_the_settings_expect_is_no_plain_yes_either() -> None:
    safe = replace(ALL, answer=replace(ALL.answer, splits=(3,)), outcomes=()) if ALL.answer is not None else ALL
    weighed = next(check for check in safe.checks if check.status is Status.FAIL)
    plain = replace(weighed, findings=(dataclasses.replace(weighed.findings[0], acceptance=None),))
    told = replace(safe, checks=(replace(plain, promised=True, result=Result.XFAILED),))
    assert say_verdict(told).text == "Yes: this can be deployed, if you can bear one finding that is expected"
    assert say_verdict(replace(told, checks=(replace(told.checks[0], promised=False),))).text.endswith("deployed")


def test_what_was_adopted_is_one_line_for_each_owner() -> None:
    entries = [make_waiver(1, step="0002", reason=ADOPTED), make_waiver(2, check="lock-wait", reason=ADOPTED)]
    lines = [said.text for said in conclude(accepted(*entries)) if said.label == "waived"]
    assert lines == ["what 2 waivers of web adopted, for which nobody has said why it is accepted"]


def test_a_long_list_of_waivers_is_cut_with_a_count() -> None:
    lines = [said.text for said in conclude(accepted(*(make_waiver(n, step="0002") for n in range(1, 31))))]
    assert "and by 10 more waivers" in lines


def test_the_page_and_the_comment_say_so() -> None:
    said = f"waived by web until 2026-12-31: {WHY} (w.toml, [[waiver]] 1)"
    page = render_html(SOME)
    assert "Accepted for now by waivers" in page
    assert f"<dt>waived</dt><dd>{said}</dd>" in page
    assert record(SOME, STEP, Actor.OLD_WARM).finding in page
    comment = render_markdown([SOME])
    assert "#### Accepted for now by waivers" in comment
    assert "- waived: waived by web until 2026-12-31" in comment


def annotated(document: Document) -> Any:
    return annotate([document], lambda step, words: Place(path=step.file))


def test_annotations_tell_what_is_accepted_without_alarm() -> None:
    commands = render_commands(annotated(ALL)).splitlines()
    assert commands
    assert all(line.startswith("::notice ") for line in commands)
    assert f"%0Awaived by web without end: {WHY}" in commands[0]
    assert len(commands) == len(render_commands(annotated(PLAIN)).splitlines())
    issues = json.loads(render_code_quality(annotated(ALL)))
    assert {issue["severity"] for issue in issues} == {"info"}
    assert all("waived by web" in issue["description"] for issue in issues)


def test_sarif_has_a_suppression_with_its_justification() -> None:
    [run] = json.loads(render_sarif(annotated(SOME), "0.1.0"))["runs"]
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert len(suppressed) == 2 < len(run["results"]) == len(annotated(PLAIN))
    assert suppressed[0]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": f"waived by web until 2026-12-31: {WHY} (w.toml, [[waiver]] 1)",
        }
    ]
    prints = [
        result["partialFingerprints"]
        for result in json.loads(render_sarif(annotated(PLAIN), "0"))["runs"][0]["results"]
    ]
    assert sorted(map(str, prints)) == sorted(str(result["partialFingerprints"]) for result in run["results"])


# --- waivers that match nothing


def test_a_waiver_that_matches_nothing_names_itself() -> None:
    entries = (DROPPED, make_waiver(2, step="0009"), make_waiver(3, actor="new", expired="on a day"))
    whole = replace(accepted(*entries), journeys_left_out=())
    assert list(tell_unused([whole])) == [
        "w.toml, [[waiver]] 2 of web (step 0009) matches nothing that would fail: take it out",
        "w.toml, [[waiver]] 3 of web (actor new), which expired on a day, matches nothing that would fail: take it out",
    ]
    assert list(tell_unused([replace(whole, journeys_left_out=("a",))])) == []


def test_the_page_and_the_comment_name_waivers_that_match_nothing() -> None:
    whole = replace(accepted(DROPPED, make_waiver(2, step="0009")), journeys_left_out=())
    said = "w.toml, [[waiver]] 2 of web (step 0009) matches nothing that would fail: take it out"
    comment = render_markdown([whole])
    assert said in render_html(whole)
    assert "- unused: w.toml" in comment
    assert "of web (step 0009) matches nothing that would fail: take it out" in comment
    part = replace(whole, journeys_left_out=("a",))
    assert "matches nothing" not in render_html(part) + render_markdown([part])


def test_a_comment_with_many_waivers_that_match_nothing_keeps_to_its_length() -> None:
    entries = [make_waiver(number, step=f"{number:04}_" + "x" * 80) for number in range(100, 400)]
    comment = render_markdown([replace(accepted(*entries), journeys_left_out=())], limit=20_000)
    assert len(comment.encode()) <= 20_000
    assert re.search(r"- unused: and \d+ more\n$", comment)


def test_rehearsals_that_share_a_file_are_looked_at_together() -> None:
    names = ("orders/v1..v2", "orders/v2..v3")
    both = [
        replace(accept(PLAIN, file_of(DROPPED, make_waiver(2, step="0009"), rehearsals=names), None), name=name)
        for name in names
    ]
    idle = replace(
        both[1], waivers=accept(both[1], file_of(make_waiver(1, step="0008"), rehearsals=names), None).waivers
    )
    assert [text.split(" of ")[0] for text in tell_unused([both[0], idle])] == ["w.toml, [[waiver]] 2"]
    assert list(tell_unused(both[:1])) == []


# --- a baseline


def known_by(document: Document, *, name: str = PLAIN.name) -> Document:
    return accept(PLAIN, None, take_baseline([document], name, "old.json"))


def test_what_an_earlier_report_has_fails_nothing() -> None:
    document = known_by(PLAIN)
    assert failing(document) == []
    assert record(document, STEP, Actor.OLD_WARM).result_reason == "known: old.json has it"
    assert "k-fail      known: the baseline has it" in text_of(document)
    assert document.baseline is not None
    assert (document.baseline.found, document.baseline.gone) == (True, 0)
    assert {trouble.group for trouble in find_troubles(document)} >= {Group.KNOWN}


def test_what_is_new_fails() -> None:
    other = replace(PLAIN, outcomes=tuple(o for o in PLAIN.outcomes if o.actor is not Actor.OLD_COLD))
    assert {item.rpartition("-old-")[2] for item in failing(known_by(other))} == {"cold"}


def test_what_is_gone_is_counted() -> None:
    more = replace(PLAIN, outcomes=(*PLAIN.outcomes, replace(record(PLAIN, STEP, Actor.OLD_WARM), step="0000_gone")))
    document = known_by(more)
    assert document.baseline is not None
    assert document.baseline.gone == 1
    known = next(said.text for said in conclude(document) if said.label == "known")
    assert known.endswith(f"; 1 of its {document.baseline.known} are gone")


def test_a_report_of_another_rehearsal_makes_everything_new_and_says_so() -> None:
    document = known_by(PLAIN, name="another")
    assert failing(document) == failing(PLAIN)
    told = next(said.text for said in conclude(document) if said.label == "known")
    assert told == f"nothing: there is no report of {PLAIN.name} in old.json, so that every finding is new"


def test_a_baseline_does_not_take_what_failed_nothing() -> None:
    """Cells that nobody relies on, expected ones and inherited ones: once they fail an item, that is news."""
    expected = (Expected(step="*", actor=Actor.OLD_WARM, reason="so"),)
    before, after = (accept(document, None, None) for document in (make_document(expected=expected), make_document()))
    silent = {o.finding for o in before.outcomes if o.finding and o.result is Result.XFAILED}
    assert silent
    assert not (silent - {o.finding for o in before.outcomes if o.result is Result.FAILED}) & {
        known.id for known in list_findings(before)
    }
    judged = accept(after, None, take_baseline([before], after.name, "old.json"))
    assert "0003_third-old-warm" in failing(after)
    assert "0003_third-old-warm" in failing(judged)
    assert failing(accept(after, None, take_baseline([after], after.name, "old.json"))) == []


def test_a_baseline_takes_what_was_waived_or_known_there() -> None:
    assert list(list_findings(SOME)) == list(list_findings(PLAIN))
    assert Known(record(PLAIN, STEP, Actor.OLD_WARM).finding, Status.FAIL) in list_findings(SOME)


@pytest.mark.parametrize("document", [SOME, ALL, known_by(PLAIN)], ids=["some", "all", "known"])
def test_the_document_keeps_to_its_schema(document: Document) -> None:
    jsonschema.Draft202012Validator(schema()).validate(json.loads(encode_document(document)))
