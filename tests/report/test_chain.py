"""What a report of a chain says: in its document, and as it is printed."""

from __future__ import annotations

import json
import re

import jsonschema
from evidence.builders import NO_COLUMN, NO_TABLE, ORDER, failed_twice, make_plan, passed
from plan.golden_files import assert_golden
from plan.subjects import EARLIER

from harness.model.cell import BASE, Actor, Cell, Status
from harness.model.events import Ended, SchemaChanged
from harness.model.schema import Deed, ObjectKind, SchemaChange
from harness.report.chain import ChainRecord, SurvivalRecord, list_rows, render_chain
from harness.report.document import encode_document
from harness.report.html import render_html
from harness.report.markdown import render_markdown
from harness.report.schema import schema
from harness.report.terminal import render_matrix
from report.documents import make_document

PLAN = make_plan(3, earlier=EARLIER)
FIRST, SECOND, THIRD = PLAN.labels
DROPPED = SchemaChange(
    deed=Deed.DROPPED,
    kind=ObjectKind.COLUMN,
    name="orders.price",
    text="dropped column orders.price",
    names=("orders", "price"),
    touched_by=("orders",),
    near=(),
)


def tried(step: str, release: str) -> Cell:
    return Cell(step, Actor.EARLIER, release)


def events() -> tuple[object, ...]:
    """``v2`` works everywhere but on the old schema's tables, ``v1`` not behind the second step."""
    works = [passed(tried(step, "v1")) for step in (BASE, FIRST)]
    works += [passed(tried(step, "v2")) for step in (FIRST, SECOND, THIRD)]
    return (
        *works,
        *failed_twice(tried(BASE, "v2"), sql=NO_TABLE),
        *(event for step in (SECOND, THIRD) for event in failed_twice(tried(step, "v1"), sql=NO_COLUMN)),
        *failed_twice(Cell(THIRD, Actor.OLD_WARM), ORDER),
        SchemaChanged(number=9, label=SECOND, changes=(DROPPED,), written=(), writes=0),
        Ended(duration_s=1.0),
    )


DOCUMENT = make_document(PLAN, events(), expected=(), chain=("v1", "v2", "v3", "v4"))  # type: ignore[arg-type]


def test_the_table_stands_behind_the_matrix() -> None:
    lines = render_matrix(DOCUMENT)
    assert_golden(__file__, "chain.txt", "\n".join(f"{colour:<7}{line}".rstrip() for line, colour in lines))


def test_the_page_and_the_comment_have_the_table_too() -> None:
    page = render_html(DOCUMENT)
    [table] = re.findall(r'<section id="chain".*?</section>', page, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", table).split())
    assert "step v1 v2 v3 safe while nothing older serves base pass fail -" in words
    assert "0003_third (fail) pass fail safe from v4 on" in words
    assert "v1 fail, 0002_second: old-1 answered 500 to GET /orders/17; 42703 column &#34;price&#34;" in words
    assert '<a href="#chain">' in page

    text = render_markdown([DOCUMENT])
    assert "| step | v1 | v2 | v3 | safe while nothing older serves |\n| --- | --- | --- | --- | --- |\n" in text
    assert "| 0003\\_third | (fail) | pass | fail | safe from v4 on |\n" in text
    assert "- v1 fail, 0002\\_second: old-1 answered 500" in text


def test_a_table_for_which_a_comment_has_no_room() -> None:
    text = render_markdown([DOCUMENT], 1_500)
    assert "The table of the chain's releases is in rolldeploy.json." in text
    assert len(text.encode()) <= 1_500


def test_a_report_without_a_chain_says_nothing_of_one() -> None:
    document = make_document()
    assert document.chain is None
    assert not any("safe" in line for line, _ in render_matrix(document))
    assert "chain" not in re.sub(r"<style>.*?</style>", "", render_html(document), flags=re.DOTALL)
    assert "nothing older serves" not in render_markdown([document])


def test_a_pair_without_a_step_shows_the_earlier_releases_on_its_schema_if_there_are_any() -> None:
    base = (SurvivalRecord(release="v1", status=Status.PASS, inherited_from=None, why=""),)
    record = ChainRecord(releases=("v1", "v2", "v3"), base=base, steps=())
    assert [(row.place, row.words) for row in list_rows(record)] == [(BASE, ("pass", "-"))]
    assert not list(render_chain(ChainRecord(releases=("v1", "v2"), base=(), steps=())))


def test_the_document_has_each_answer_in_a_word_and_why_a_release_does_not_work() -> None:
    chain = DOCUMENT.chain
    assert isinstance(chain, ChainRecord)
    assert [(step.step, step.since) for step in chain.steps] == [(FIRST, "v1"), (SECOND, "v2"), (THIRD, "v4")]
    [broken] = [survival for survival in chain.steps[1].releases if survival.release == "v1"]
    assert broken.why == (
        'old-1 answered 500 to GET /orders/17; 42703 column "price" does not exist; '
        "0002_second dropped column orders.price"
    )
    assert [survival.inherited_from for survival in chain.steps[2].releases] == [SECOND, None, None]


def test_it_is_valid_by_the_published_schema() -> None:
    data = encode_document(DOCUMENT)
    jsonschema.Draft202012Validator(schema()).validate(json.loads(data))
