"""The document: what is in it, its published schema, and what must not be in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from evidence.builders import ORDER, at, failed_twice, make_plan

import harness.report.document
from harness.errors import ScenarioError
from harness.evidence.expectations import Result
from harness.model.cell import ROLLOUT, Actor, Status, Verdict
from harness.model.exchange import Exchange
from harness.model.observed import SqlError
from harness.report.document import (
    REPORT_FORMAT,
    REPORT_NAME,
    Document,
    encode_document,
    read_document,
)
from harness.report.schema import schema
from harness.report.terminal import render_matrix, render_story
from harness.secrets import MASK, Redactor
from report.documents import PLAN, STARTED, make_document, record

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLISHED = Path(harness.report.document.__file__).with_name("rolldeploy.schema.json")
DOCUMENT = make_document()


def as_json(document: Document = DOCUMENT) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(encode_document(document))
    return data


def test_a_document_is_valid_by_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    validator.validate(as_json())
    validator.validate(as_json(make_document(make_plan(1), ())))


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data.pop("answer"),
        lambda data: data.update(extra=1),
        lambda data: data["steps"][0].update(verdict="perhaps"),
        lambda data: data["outcomes"][0].update(status="red"),
        lambda data: data["outcomes"][0].pop("result"),
        lambda data: data.update(format="one"),
    ],
)
def test_what_is_no_document_is_invalid_by_the_schema(edit: Callable[[dict[str, Any]], object]) -> None:
    data = as_json()
    edit(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(data)


def test_the_published_schema_is_the_one_that_the_code_has() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == schema()


def test_a_document_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / REPORT_NAME
    path.write_bytes(encode_document(DOCUMENT))
    assert read_document(path) == DOCUMENT
    assert render_matrix(read_document(path)) == render_matrix(DOCUMENT)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is no report: "),
        (b"[]", "is no report: "),
        (b"{}", "it has no format"),
        (b'{"format": 9}', f"has format 9, and this release of the harness reads {REPORT_FORMAT}"),
        (b'{"format": 3}', "is no report: .*name"),
    ],
)
def test_what_is_no_report_of_this_format_is_refused(tmp_path: Path, text: bytes, sentence: str) -> None:
    path = tmp_path / REPORT_NAME
    path.write_bytes(text)
    with pytest.raises(ScenarioError, match=sentence):
        read_document(path)


def test_a_report_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_document(tmp_path / REPORT_NAME)
    assert str(caught.value) == f"cannot read {tmp_path / REPORT_NAME}: No such file or directory"


def test_the_document_tells_what_was_rehearsed() -> None:
    assert (DOCUMENT.name, DOCUMENT.old, DOCUMENT.new) == (STARTED.name, STARTED.old, STARTED.new)
    assert (DOCUMENT.postgres, DOCUMENT.passed_over, DOCUMENT.reduced) == (
        STARTED.postgres,
        STARTED.passed_over,
        STARTED.reduced,
    )
    assert DOCUMENT.plans == ("0a1b2c3d", "4e5f6a7b")
    assert (DOCUMENT.journeys, DOCUMENT.journeys_left_out) == (PLAN.journeys, ("a_refund_is_paid",))


def test_each_step_has_its_verdict_and_the_worst_status_of_each_of_its_cells() -> None:
    assert [(step.number, step.revision, step.label, step.verdict) for step in DOCUMENT.steps] == [
        (1, "0001", "0001_first", Verdict.EITHER),
        (2, "0002", "0002_second", Verdict.BEFORE),
        (3, "0003", "0003_third", Verdict.AFTER),
        (4, "0004", "0004_fourth", Verdict.NEITHER),
    ]
    assert DOCUMENT.steps[0].file == "migrations/versions/0001_first.py"
    assert DOCUMENT.steps[0].cells == {
        "old-warm": Status.TRANSIENT,
        "old-cold": Status.PASS,
        "old-boot": Status.FAIL,
        "new-ahead": Status.FAIL,
        "new-warm": Status.PASS,
    }
    assert DOCUMENT.rollout == {
        "new-control": Status.PASS,
        "old": Status.PASS,
        "mixed": Status.FAIL,
        "new": Status.PASS,
        "roll-back": Status.PASS,
    }


def test_the_answer_is_in_the_document() -> None:
    assert DOCUMENT.answer is not None
    assert (DOCUMENT.answer.splits, DOCUMENT.answer.rehearsed_split) == ((), 4)
    assert (DOCUMENT.answer.horizon, DOCUMENT.answer.no_restart_from) == ("0002_second", "0001_first")
    assert DOCUMENT.answer.advice.startswith("no order works: 0004_fourth breaks both releases")


def test_an_outcome_tells_what_the_test_item_made_of_it() -> None:
    broken = record(DOCUMENT, "0003_third", Actor.OLD_WARM)
    assert (broken.status, broken.promised, broken.result, broken.sqlstates) == (
        Status.FAIL,
        True,
        Result.FAILED,
        ("42703",),
    )
    assert broken.story is not None
    expected = record(DOCUMENT, "0001_first", Actor.OLD_WARM)
    assert (expected.result, expected.result_reason) == (Result.XFAILED, "prepared statements")
    inherited = record(DOCUMENT, ROLLOUT, Actor.MIXED)
    assert (inherited.inherited_from, inherited.result) == ("0003_third", Result.XFAILED)
    passed = record(DOCUMENT, "0002_second", Actor.OLD_WARM)
    assert (passed.result, passed.story) == (Result.PASSED, None)


def test_the_counts_are_those_of_the_events() -> None:
    assert (DOCUMENT.counts.replicas, DOCUMENT.counts.migrations, DOCUMENT.counts.duration_s) == (2, 8, 12.34)
    one = make_document(make_plan(1), (), expected=())
    assert (one.counts.replicas, one.counts.requests) == (0, 2 * len(make_plan(1).cells))


def test_a_secret_that_was_taken_out_of_the_events_comes_back_in_no_view() -> None:
    plan = make_plan(1)
    warm = at(plan, 1, Actor.OLD_WARM)
    redact = Redactor(["s3cr3t-of-the-run"])
    exchange = Exchange(
        replica="old-1",
        method="POST",
        path=redact("/login?token=tok-123456"),
        request=redact('{"password": "hunter2-of-a-user"}'),
        status=500,
        response=redact("could not connect with s3cr3t-of-the-run"),
    )
    error = SqlError(
        replica="old-1", sqlstate="28P01", message=redact("postgresql://app:s3cr3t-of-the-run@localhost/live")
    )
    attempts = failed_twice(
        warm, exchanges=(exchange,), sql=error, data=redact("token=tok-123456"), log=(redact("Bearer abcdefgh1234"),)
    )
    document = make_document(plan, attempts, expected=())
    story = render_story(record(document, "0001_first", Actor.OLD_WARM, ORDER))
    views = [
        encode_document(document).decode(),
        "\n".join(line for line, _ in render_matrix(document)),
        "\n".join(line for line, _ in story),
    ]
    for view in views:
        for secret in ("s3cr3t-of-the-run", "tok-123456", "hunter2-of-a-user", "abcdefgh1234"):
            assert secret not in view
    assert MASK in views[2]


def test_the_document_has_no_room_for_settings_that_hold_secrets() -> None:
    """What a release's environment holds is no part of a report, nor of any record in it."""
    names = {name for part in schema()["$defs"].values() for name in part.get("properties", {})}
    assert not names & {"env", "environment", "password", "url", "settings"}


def test_a_document_is_a_value() -> None:
    assert msgspec.json.decode(encode_document(DOCUMENT), type=Document) == DOCUMENT
    assert make_document() == DOCUMENT
