"""The page: what it says, what it links to, and what it lets nobody do."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from harness.model.events import Attempted
from harness.report.html import mood_of, render_html
from report.documents import make_document
from report.runs import HOSTILE, play_run

DOCUMENT, RECORDING = play_run()
PAGE = render_html(DOCUMENT, RECORDING)
#: A page that is larger takes long to send, to open and to search.
MOST_CHARACTERS = 5_000_000


class Outline(HTMLParser):
    """Elements, names and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name == "href" and tag == "a" and value:
                self.links.append(value)
            if name in {"src", "srcset", "action"} or (name == "href" and tag == "link"):
                self.loads.append(value or "")
            assert not name.startswith("on"), f"{tag} has a handler: {name}"


OUTLINE = Outline(PAGE)


def test_every_link_leads_to_a_place_in_the_page_and_every_place_has_one_name() -> None:
    assert len(OUTLINE.links) > 100
    assert {link for link in OUTLINE.links if not link.startswith("#")} == set()
    assert {link[1:] for link in OUTLINE.links} - set(OUTLINE.ids) == set()
    assert len(OUTLINE.ids) == len(set(OUTLINE.ids))


def test_nothing_is_run_or_loaded() -> None:
    assert OUTLINE.loads == ["data:,"]
    assert "script" not in OUTLINE.tags
    assert "img" not in OUTLINE.tags
    assert "default-src 'none'" in PAGE


def test_what_an_application_returned_is_no_markup() -> None:
    assert "<script" not in PAGE
    assert "<img" not in PAGE
    assert "&lt;script&gt;" in PAGE
    assert "{{ 7 * 7 }}" in PAGE
    assert PAGE.count("</style>") == 1


def test_the_answer_comes_first() -> None:
    head = PAGE.split("<main>", maxsplit=1)[0]
    assert "No: in no order is this proven to be safe" in head or "Not yet:" in head
    assert "Jump to the first failure" in head
    assert DOCUMENT.answer is not None
    assert DOCUMENT.answer.advice in head


def test_a_finding_has_cause_difference_way_and_links() -> None:
    found = PAGE.split('id="findings"', maxsplit=1)[1].split('id="steps"', maxsplit=1)[0]
    assert "0002_second dropped column customers.nickname" in found
    assert "Release code that neither reads nor writes column customers.nickname" in found
    assert "42703" in found
    assert re.search(r'href="#time-\d+">In the timeline', found)
    assert re.search(r'href="#plan-\d+">Plan step \d+', found)
    assert 'href="#step-0002_second">What 0002_second changed' in found
    step = PAGE.split('id="step-0002_second"', maxsplit=1)[1].split("</article>", maxsplit=1)[0]
    assert "dropped column customers.nickname" in step
    assert "ALTER TABLE customers DROP COLUMN nickname" in step


def test_each_cell_that_failed_links_to_its_finding() -> None:
    table = PAGE.split('<table class="matrix">', maxsplit=1)[1].split("</table>", maxsplit=1)[0]
    cells = re.findall(r'class="cell (\w+)"(?: href="#(finding-\d+)")?>([^<]+)<', table)
    assert {word for _, _, word in cells} >= {"pass", "FAIL"}
    assert all(bool(anchor) == ("fail" in word.lower() or "transient" in word.lower()) for _, anchor, word in cells)


def test_the_charts_show_as_many_requests_as_the_report_counts() -> None:
    shown = re.findall(r'id="chart-title-\d+">.*?<span class="count">(\d+) request', PAGE)
    assert sum(map(int, shown)) == DOCUMENT.counts.requests > 0


def test_a_wait_has_its_length_and_its_holder() -> None:
    assert "612 ms" in PAGE
    assert "waited 612 ms for customers, held by the migration: ALTER TABLE customers DROP COLUMN nickname" in PAGE


def test_without_a_journal_it_says_why_there_is_no_timeline() -> None:
    page = render_html(DOCUMENT)
    assert "There is no timeline: events.ndjson and the plans are not beside this report." in page
    outline = Outline(page)
    assert {link[1:] for link in outline.links} - set(outline.ids) == set()
    assert "svg" not in outline.tags


def test_many_exchanges_stay_small_and_what_is_cut_is_counted() -> None:
    document, recording = play_run(exchanges=60, steps=6)
    attempts = [event for event in recording.events if isinstance(event, Attempted)]
    assert sum(len(attempt.exchanges) for attempt in attempts) > 30_000
    page = render_html(document, recording)
    assert len(page) < MOST_CHARACTERS
    cut = sum(int(number) for number in re.findall(r"(\d+) more of this step are in events.ndjson", page))
    shown = len(re.findall(r'id="attempt-', page))
    assert cut > 0
    assert cut + shown == len(attempts)


def test_ten_thousand_exchanges_are_all_there() -> None:
    document, recording = play_run(exchanges=16, steps=6)
    attempts = [event for event in recording.events if isinstance(event, Attempted)]
    assert sum(len(attempt.exchanges) for attempt in attempts) >= 10_000
    page = render_html(document, recording)
    assert len(page) < MOST_CHARACTERS
    assert len(re.findall(r'id="attempt-', page)) == len(attempts)


def test_a_link_to_what_was_cut_leads_to_the_step() -> None:
    document, recording = play_run(exchanges=60, steps=6)
    outline = Outline(render_html(document, recording))
    assert {link[1:] for link in outline.links} - set(outline.ids) == set()


def test_a_run_that_broke_off_has_no_answer() -> None:
    page = render_html(replace(make_document(), error="the server was stopped"))
    assert "No answer: the rehearsal did not come to its end" in page
    assert "the server was stopped" in page


def test_names_are_escaped_too() -> None:
    assert "<script" not in render_html(replace(DOCUMENT, name=HOSTILE, journeys=(HOSTILE,), error=HOSTILE))


@pytest.mark.parametrize(
    ("word", "mood"),
    [
        ("pass", "good"),
        ("FAIL", "bad"),
        ("TRANSIENT", "bad"),
        ("(fail)", "quiet"),
        ("x-fail", "known"),
        ("fail", "known"),
        ("untested", "doubt"),
        ("skipped", "doubt"),
        ("-", "quiet"),
    ],
)
def test_a_cell_looks_like_what_it_says(word: str, mood: str) -> None:
    assert mood_of(word) == mood
