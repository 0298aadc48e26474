"""What got better, what got worse, and what is neither; by statuses, findings, verdicts and the answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from library.builders import outcome as record
from plan.golden_files import assert_golden

from harness.errors import ScenarioError
from harness.evidence.expectations import Result
from harness.evidence.story import Story
from harness.model.cell import Actor, Status, Verdict
from harness.model.events import Ended
from harness.model.finding import Finding, Weight
from harness.report.change import Change, Difference, Direction
from harness.report.difference import compare_documents
from harness.report.difference_text import (
    DIFFERENCE_FORMAT,
    render_difference,
    render_difference_json,
    render_difference_markdown,
)
from harness.report.document import CheckRecord, Document, OutcomeRecord
from harness.report.markdown import COMMENT_LIMIT
from report.documents import make_document

GOOD = make_document(events=(Ended(duration_s=1.0),), expected=())
BAD = make_document()
STORY = Story(
    plan_step=1,
    headline="old-1 answered 500 to GET /notes",
    schema_before="",
    schema_after="",
    fleet=(),
    copy="started here",
    where="",
    source="",
    request="",
    response="",
    control="",
    sql=(),
    log=(),
    failures=1,
    why="",
    remedy="",
)
RESULTS = {Status.PASS: "passed", Status.FAIL: "failed", Status.TRANSIENT: "failed"}


def cell(status: Status, **given: Any) -> OutcomeRecord:
    story = STORY if status in {Status.FAIL, Status.TRANSIENT} else None
    return record(Actor.OLD_WARM, status, **{"result": RESULTS.get(status, "skipped"), "story": story, **given})


def refused(status: Status, message: str = 'column "a" does not exist', **given: Any) -> OutcomeRecord:
    sql = {"replica": "old-1", "sqlstate": "42703", "message": message, "detail": "", "statement": "SELECT a"}
    story = msgspec.convert({**msgspec.to_builtins(STORY), "sql": [sql]}, Story)
    return cell(status, **{"story": story, "signatures": [f"42703 {message}"], **given})


def document(*outcomes: OutcomeRecord, **given: Any) -> Document:
    return msgspec.structs.replace(GOOD, outcomes=outcomes, checks=(), **given)


def changes(before: Document, after: Document) -> list[tuple[Direction, str, str, str]]:
    return [(c.direction, c.what, c.before, c.after) for c in compare_documents(before, after).changes]


@pytest.mark.parametrize(
    ("was", "is_", "direction"),
    [
        (Status.PASS, Status.FAIL, Direction.WORSE),
        (Status.PASS, Status.TRANSIENT, Direction.WORSE),
        (Status.TRANSIENT, Status.FAIL, Direction.WORSE),
        (Status.UNTESTED, Status.FAIL, Direction.WORSE),
        (Status.PASS, Status.UNTESTED, Direction.WORSE),
        (Status.PASS, Status.SKIPPED, Direction.WORSE),
        (Status.FAIL, Status.PASS, Direction.BETTER),
        (Status.FAIL, Status.TRANSIENT, Direction.BETTER),
        (Status.UNTESTED, Status.PASS, Direction.BETTER),
        (Status.INCONCLUSIVE, Status.PASS, Direction.BETTER),
        (Status.FAIL, Status.UNTESTED, Direction.CHANGED),
    ],
)
def test_a_cell_gets_better_or_worse(was: Status, is_: Status, direction: Direction) -> None:
    assert changes(document(cell(was)), document(cell(is_))) == [(direction, "old-warm", was, is_)]


@pytest.mark.parametrize("status", Status)
def test_what_is_the_same_is_counted(status: Status) -> None:
    difference = compare_documents(document(cell(status)), document(cell(status)))
    assert (difference.changes, difference.same["cells"]) == ((), 1)


@pytest.mark.parametrize(
    "accepted",
    [
        {"result": "xfailed", "promised": False, "result_reason": "not relied on"},
        {"result": "xfailed", "result_reason": "prepared statements"},
        {"result": "xfailed", "inherited_from": "0001_first"},
    ],
)
def test_what_fails_and_fails_no_item_is_not_worse(accepted: dict[str, Any]) -> None:
    difference = compare_documents(document(cell(Status.PASS)), document(cell(Status.FAIL, **accepted)))
    assert [change.direction for change in difference.changes] == [Direction.CHANGED]
    assert not difference.got_worse


def test_a_cell_that_nobody_relies_on_may_be_untested() -> None:
    [change] = changes(document(cell(Status.PASS)), document(cell(Status.UNTESTED, promised=False)))
    assert change[0] is Direction.CHANGED


def test_the_same_finding_through_another_journey_is_no_news() -> None:
    before = document(refused(Status.TRANSIENT, journey="a"), cell(Status.PASS, journey="b"))
    after = document(cell(Status.PASS, journey="a"), refused(Status.TRANSIENT, journey="b"))
    difference = compare_documents(before, after)
    assert (difference.changes, difference.same["cells"]) == ((), 2)
    worse = compare_documents(before, document(cell(Status.PASS, journey="a"), refused(Status.FAIL, journey="b")))
    assert worse.got_worse


def test_another_finding_in_a_cell_that_failed_already_is_worse() -> None:
    before, after = document(refused(Status.FAIL)), document(refused(Status.FAIL, 'column "b" does not exist'))
    assert changes(before, after) == [(Direction.WORSE, "old-warm", "fail", "fail")]


def test_another_error_beside_a_known_one_is_worse_unless_another_journey_had_it() -> None:
    one, both = (
        refused(Status.FAIL),
        refused(Status.FAIL, signatures=["0A000 stale", '42703 column "a" does not exist']),
    )
    assert changes(document(one), document(both)) == [(Direction.WORSE, "old-warm", "fail", "fail")]
    stale = refused(Status.TRANSIENT, journey="b", signatures=["0A000 stale"])
    before, after = document(one, stale), document(both, cell(Status.PASS, journey="b"))
    assert compare_documents(before, after).changes == ()


WAIVED = {"result": "xfailed", "result_reason": "waived by web"}
UNMET = {"result": "xfailed", "result_reason": "not relied on", "promised": False}


@pytest.mark.parametrize("told", [WAIVED, UNMET])
def test_what_was_accepted_and_fails_now_is_worse(told: dict[str, Any]) -> None:
    difference = compare_documents(document(refused(Status.FAIL, **told)), document(refused(Status.FAIL)))
    [change] = difference.changes
    assert (change.direction, difference.got_worse) == (Direction.WORSE, True)
    assert change.why.endswith(f"(before: {told['result_reason']})")
    checks = compare_documents(check("requests waited", **told), check("requests waited"))
    assert [one.direction for one in checks.changes] == [Direction.WORSE]


@pytest.mark.parametrize(("told", "direction"), [(WAIVED, Direction.CHANGED), (UNMET, Direction.BETTER)])
def test_what_failed_and_is_accepted_now_is_not_the_same(told: dict[str, Any], direction: Direction) -> None:
    [change] = compare_documents(document(refused(Status.FAIL)), document(refused(Status.FAIL, **told))).changes
    assert change.direction is direction
    assert change.why.endswith(f"({told['result_reason']})")
    [one] = compare_documents(check("requests waited"), check("requests waited", **told)).changes
    assert one.direction is direction


def test_what_is_accepted_in_both_is_the_same() -> None:
    both = [document(refused(Status.FAIL, **WAIVED)), document(refused(Status.FAIL, **WAIVED))]
    assert compare_documents(*both).changes == ()


def test_journeys_to_which_the_same_happened_are_told_together() -> None:
    names = ("a", "b", "c")
    before = document(*(cell(Status.PASS, journey=name) for name in names))
    after = document(*(refused(Status.FAIL, journey=name) for name in names))
    [change] = compare_documents(before, after).changes
    assert (change.names, change.why) == (names, STORY.headline)


def test_a_step_or_journey_that_is_new_is_worse_where_it_fails() -> None:
    new = {"step": "0005_fifth"}
    assert changes(document(), document(cell(Status.PASS, **new))) == []
    assert changes(document(), document(cell(Status.FAIL, **new))) == [(Direction.WORSE, "old-warm", "absent", "fail")]
    assert changes(document(cell(Status.FAIL, **new)), document()) == [
        (Direction.CHANGED, "old-warm", "fail", "absent")
    ]


def test_steps_and_journeys_of_one_report_alone_are_named() -> None:
    longer = msgspec.structs.replace(GOOD, journeys=(*GOOD.journeys, "refund"))
    shorter = msgspec.structs.replace(GOOD, steps=GOOD.steps[:3])
    difference = compare_documents(longer, shorter)
    assert (difference.before.steps, difference.before.journeys) == (("0004_fourth",), ("refund",))
    assert (difference.after.steps, difference.after.journeys) == ((), ())


def check(*headlines: str, status: Status | None = None, weight: Weight = Weight.FAIL, **given: Any) -> Document:
    status = status or (Status.FAIL if headlines else Status.PASS)
    values: dict[str, Any] = {
        "result": RESULTS.get(status, "skipped"),
        "reason": "",
        "result_reason": "",
        "promised": True,
        **given,
    }
    findings = tuple(Finding(headline=text, weight=weight) for text in headlines)
    one = CheckRecord(
        step="0001_first",
        check="lock-wait",
        title="",
        status=status,
        findings=findings,
        **{**values, "result": Result(values["result"])},
    )
    return msgspec.structs.replace(document(), checks=(one,))


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (check(), check("requests waited up to 900 ms"), Direction.WORSE),
        (check(), check("requests waited up to 900 ms", result="xfailed"), Direction.CHANGED),
        (check("requests waited up to 900 ms"), check(), Direction.BETTER),
        (check("requests waited up to 900 ms"), check(status=Status.SKIPPED), Direction.CHANGED),
        (check(), check(status=Status.SKIPPED), Direction.WORSE),
        (check(), check(status=Status.SKIPPED, promised=False), Direction.CHANGED),
        (check(status=Status.UNTESTED), check(), Direction.BETTER),
        (check("requests waited up to 900 ms"), check("requests waited up to 700 ms"), None),
        (check(), check("it took 3 ms", weight=Weight.NOTE, status=Status.PASS), None),
        (document(), check("requests waited up to 900 ms"), Direction.WORSE),
    ],
)
def test_a_check_gets_better_or_worse_by_its_findings(
    before: Document, after: Document, direction: Direction | None
) -> None:
    assert [change[0] for change in changes(before, after)] == ([direction] if direction else [])


@pytest.mark.parametrize(
    ("was", "is_", "direction"),
    [
        ((Verdict.EITHER, True), (Verdict.BEFORE, True), Direction.CHANGED),
        ((Verdict.BEFORE, True), (Verdict.EITHER, True), Direction.BETTER),
        ((Verdict.EITHER, True), (Verdict.AFTER, False), Direction.WORSE),
        ((Verdict.AFTER, False), (Verdict.NEITHER, False), Direction.WORSE),
        ((Verdict.NEITHER, False), (Verdict.AFTER, False), Direction.BETTER),
        ((Verdict.NEITHER, False), (Verdict.BEFORE, True), Direction.BETTER),
        ((Verdict.BEFORE, True), (Verdict.UNTESTED, None), Direction.WORSE),
        ((Verdict.UNTESTED, None), (Verdict.BEFORE, True), Direction.BETTER),
        ((Verdict.UNTESTED, None), (Verdict.AFTER, False), Direction.WORSE),
    ],
)
def test_a_verdict_gets_better_or_worse(
    was: tuple[Verdict, bool | None], is_: tuple[Verdict, bool | None], direction: Direction
) -> None:
    reports = [
        document(steps=(msgspec.structs.replace(GOOD.steps[0], verdict=verdict, agrees=agrees),))
        for verdict, agrees in (was, is_)
    ]
    assert changes(*reports) == [(direction, "verdict", was[0], is_[0])]


@pytest.mark.parametrize(
    ("given", "what", "direction"),
    [
        ({"splits": (), "advice": "no order works"}, "deploy", Direction.WORSE),
        ({"splits": (4,)}, "deploy", Direction.CHANGED),
        ({"advice": "in other words"}, None, None),
        ({"can_roll_back": False}, "roll back", Direction.WORSE),
        ({"can_roll_back": None}, "roll back", Direction.WORSE),
        ({"no_restart_from": "0002_second"}, "restart", Direction.CHANGED),
    ],
)
def test_the_answer_gets_better_or_worse(given: dict[str, Any], what: str | None, direction: Direction | None) -> None:
    assert GOOD.answer is not None
    other = document(answer=msgspec.structs.replace(GOOD.answer, **given))
    told = [(change[0], change[1]) for change in changes(document(), other)]
    assert told == ([(direction, what)] if what else [])
    back = [change[0] for change in changes(other, document())]
    assert back == ([Direction.CHANGED if given == {"splits": (4,)} else Direction.BETTER] if what else [])


def test_what_another_step_breaks_is_counted_and_what_a_step_breaks_itself_is_told() -> None:
    inherited = {"result": "xfailed", "inherited_from": "0001_first"}
    passes, inherits, own = (
        document(*(cell(status, journey=name, **given) for name in ("a", "b")))
        for status, given in ((Status.PASS, {}), (Status.FAIL, inherited), (Status.FAIL, {}))
    )

    def told(before: Document, after: Document) -> str:
        return "\n".join(text for text, _ in render_difference(compare_documents(before, after)))

    for lines in (told(passes, inherits), told(inherits, passes)):
        assert "  2 cells more that another step breaks, or broke, see there" in lines
        assert "old-warm" not in lines
    assert "| | 2 cells more that another" in render_difference_markdown(compare_documents(passes, inherits))
    assert "pass -> fail  a, b" in told(passes, own)
    assert "cells more" not in told(passes, own)


def test_reports_of_different_rehearsals_are_refused() -> None:
    with pytest.raises(ScenarioError, match="the first report is of orders, and the second of stock"):
        compare_documents(GOOD, document(name="stock"))


def worst() -> Difference:
    return compare_documents(GOOD, BAD)


def test_the_worse_comes_first_and_everything_is_counted() -> None:
    difference = worst()
    order = [change.direction for change in difference.changes]
    assert order == sorted(order, key=list(Direction).index)
    told = sum(len(change.names) or 1 for change in difference.changes)
    every = len(BAD.outcomes) + len(BAD.checks) + len(BAD.steps) + 3
    assert told + sum(difference.same.values()) == every == told + sum(compare_documents(BAD, GOOD).same.values())


def test_it_is_printed_as_lines() -> None:
    assert_golden(__file__, "difference.txt", "\n".join(text for text, _ in render_difference(worst())))


def test_it_is_printed_as_markdown_in_which_names_are_no_markup() -> None:
    hostile = Change(
        direction=Direction.WORSE, step="a|b", what="old-warm", before="pass", after="fail", why="<b>\n*x*_y_[z](w)`"
    )
    text = render_difference_markdown(replace(worst(), changes=(hostile,)))
    [row] = [line for line in text.splitlines() if line.startswith("| worse")]
    assert row == "| worse | a\\|b-old-warm | pass | fail |  | \\<b\\> \\*x\\*\\_y\\_\\[z\\](w)\\` |"


def test_more_than_a_comment_takes_is_counted() -> None:
    change = Change(direction=Direction.WORSE, step="0001", what="old-warm", before="pass", after="fail", why="x" * 300)
    text = render_difference_markdown(replace(worst(), changes=(change,) * 1000))
    assert len(text.encode()) < COMMENT_LIMIT
    shown = text.count("| worse |")
    assert f"and {1000 - shown} more, which found no room here" in text
    assert shown > 200


def test_as_json_it_can_be_counted() -> None:
    told = json.loads(render_difference_json(worst()))
    assert told["format"] == DIFFERENCE_FORMAT
    assert set(told) == {"format", "name", "counts", "before", "after", "changes", "same"}
    counted = sum(len(change["names"]) or 1 for change in told["changes"] if change["direction"] == "worse")
    assert told["counts"]["worse"] == counted > 0
