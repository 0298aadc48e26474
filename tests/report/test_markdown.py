"""Markdown for a pull request: what it says, how long it may be, and that answers of an application are only text."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from harness.report.markdown import COMMENT_LIMIT, SUMMARY_LIMIT, code, marker, plain, render_markdown
from report.documents import make_document
from report.runs import HOSTILE, play_run

DOCUMENT, _ = play_run()
TEXT = render_markdown([DOCUMENT])


def test_the_matrix_comes_before_the_findings() -> None:
    assert TEXT.startswith("<!-- pytest-rolldeploy: ")
    assert TEXT.index("| step |") < TEXT.index("<details>")
    assert "| **FAIL** |" in TEXT
    table = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert len({line.replace(r"\|", "").count("|") for line in table}) == 1
    assert len(table) == 2 + len(DOCUMENT.steps) + 1


def test_findings_are_folded_and_told_in_full() -> None:
    assert TEXT.count("<details>") == TEXT.count("</details>") > 2
    assert "dropped column customers.nickname" in TEXT
    assert "1. Release code that neither reads nor writes" in TEXT
    assert "PostgreSQL 42703" in TEXT


def test_a_later_run_finds_what_it_replaces() -> None:
    assert TEXT.splitlines()[0] == marker(DOCUMENT.name)
    assert marker("services/shop") != marker("services/users")
    assert marker("a --> b").count("-->") == 1


@pytest.mark.parametrize("limit", [3_000, 8_000, COMMENT_LIMIT])
def test_it_is_held_under_its_limit_and_says_what_was_cut(limit: int) -> None:
    document, _ = play_run(steps=8)
    whole = render_markdown([document], SUMMARY_LIMIT)
    text = render_markdown([document], limit)
    assert len(text.encode()) <= limit
    if text == whole:
        return
    cut = re.search(r"(\d+) more of (\d+) findings", text)
    assert cut is not None
    assert int(cut[1]) + text.count("<details>") == int(cut[2])
    assert text.count("<details>") == text.count("</details>")


def test_a_matrix_that_is_too_long_is_cut_with_a_count() -> None:
    document = replace(DOCUMENT, steps=DOCUMENT.steps * 40)
    text = render_markdown([document], 6_000)
    assert len(text.encode()) <= 6_000
    rows = re.search(r"(\d+) more rows", text)
    assert rows is not None
    table = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert int(rows[1]) + len(table) == len(document.steps) + 1


def test_several_rehearsals_share_the_room() -> None:
    document, _ = play_run(steps=8)
    other = replace(document, name="another")
    text = render_markdown([document, other], 12_000)
    assert len(text.encode()) <= 12_000
    assert text.count("| step |") == 2
    assert marker("another") in text


def test_what_an_application_returned_is_only_text() -> None:
    document = replace(DOCUMENT, name=f"x|{HOSTILE}")
    text = render_markdown([document])
    outside = re.sub(r"(`+) .*? \1", "", text)
    assert not re.search(r"(?<!\\)<(?!/?details|/?summary|/?b>|!--|/?sub|br)", outside)


def test_nobody_is_called_and_nothing_is_linked() -> None:
    assert plain("@octocat [a](b) #12 <b>") == "@\u200boctocat \\[a\\](b) \\#12 \\<b\\>"
    assert plain("two\nlines | x") == r"two lines \| x"
    assert code("a `b` ``c``") == "``` a `b` ``c`` ```"


def test_a_run_without_an_answer_is_told_too() -> None:
    text = render_markdown([replace(make_document(), answer=None, error="the server was stopped")])
    assert "the server was stopped" in text
