"""The report as Markdown, for a pull request or a step summary: the matrix first, findings folded, cut with a count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.model.cell import BASE, ROLLOUT, Status
from harness.report.answer import conclude, say_verdict
from harness.report.chain import HEADING, list_reasons, list_rows
from harness.report.findings import TITLES, find_troubles
from harness.report.matrix import LEGEND, cell_word, columns_of, word_of
from harness.report.waivers import tell_unused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.chain import ChainRecord
    from harness.report.document import Document
    from harness.report.findings import Trouble

#: GitHub refuses a comment of more characters ("body is too long (maximum is 65536 characters)").
COMMENT_LIMIT = 65_536
#: GitHub refuses a step summary of more bytes (workflow commands, "Job summary": 1 MiB a step).
SUMMARY_LIMIT = 1_048_576
#: Room for the sentence that says what was cut.
_LAST_WORD = 300
#: The matrix gets at most this part of the room, so that findings have some.
_MATRIX_SHARE = 0.5
_LONGEST = 1_500
#: What Markdown, or HTML within it, would take for its own.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$#])")

#: Waivers that match nothing may take this part of the text.
_UNUSED_SHARE = 8


def marker(name: str) -> str:
    """A line that nobody sees, by which a later run finds the comment that it is to replace.

    Args:
        name: Of the rehearsal.
    """
    return f"<!-- pytest-rolldeploy: {re.sub(r'[^A-Za-z0-9_./-]', '-', name).replace('--', '-')} -->"


def render_markdown(documents: Sequence[Document], limit: int = COMMENT_LIMIT) -> str:
    """One text for all rehearsals, none longer than its share.

    Args:
        documents: The reports.
        limit: Bytes in UTF-8, of which there are at least as many as characters.
    """
    unused = [f"- unused: {plain(sentence)}\n" for sentence in tell_unused(documents)]
    shown = _fit(unused, limit // _UNUSED_SHARE)
    if shown < len(unused):
        unused[shown:] = [f"- unused: and {len(unused) - shown} more\n"]
    tail = "\n" + "".join(unused) if unused else ""
    share = (limit - _size(tail)) // max(len(documents), 1) - 1
    return "\n".join(_render(document, share) for document in documents) + tail


def _render(document: Document, limit: int) -> str:
    head = [marker(document.name), f"### Rolling deploy of {plain(document.name)}", ""]
    head += [f"**{plain(say_verdict(document).text)}**", ""]
    for said in conclude(document):
        head.append(f"- {said.label}: {plain(said.text)}" if said.label else f"  - {plain(said.text)}")
    head.append("")
    text = "\n".join(head) + "\n"
    room = limit - _LAST_WORD - _size(text)
    rows = list(_matrix(document))
    shown = _fit(rows, int(room * _MATRIX_SHARE))
    matrix = "".join(rows[:shown])
    if shown < len(rows):
        matrix += f"\n{len(rows) - shown} more rows are in rolldeploy.json.\n"
    matrix += "\n" + _words(document)
    chain = "".join(_chain(document.chain)) if document.chain else ""
    fits = _size(matrix + chain) <= room * _MATRIX_SHARE
    matrix += chain if fits else "\nThe table of the chain's releases is in rolldeploy.json.\n"
    text, room = text + matrix, room - _size(matrix)
    troubles = find_troubles(document)
    blocks = list(_blocks(troubles))
    shown = _fit(blocks, room)
    text += "".join(blocks[:shown])
    if shown < len(blocks):
        text += (
            f"\n{len(blocks) - shown} more of {len(blocks)} findings are in rolldeploy.json: there was no room here.\n"
        )
    return text


def _size(text: str) -> int:
    return len(text.encode())


def _fit(parts: Sequence[str], room: int) -> int:
    """How many of the first parts there is room for."""
    for index, part in enumerate(parts):
        room -= _size(part)
        if room < 0:
            return index
    return len(parts)


def _matrix(document: Document) -> Iterator[str]:
    """The table; its first row is its heading."""
    columns = columns_of(document)
    yield f"| step | {' | '.join(columns)} | verdict |\n|{' --- |' * (len(columns) + 2)}\n"
    if any(status is not Status.PASS for status in document.base.values()):
        yield _row(BASE, _pairs(document, BASE, document.base), columns)
    for step in document.steps:
        cells = " | ".join(_bold(cell_word(document, step, actor)) for actor in columns)
        contradicted = f", **not {step.when}!**" if step.agrees is False else ""
        yield f"| {step.number} {plain(step.label)} | {cells} | {step.verdict}{contradicted} |\n"
    yield _row(ROLLOUT, _pairs(document, ROLLOUT, document.rollout), columns)


def _chain(record: ChainRecord) -> Iterator[str]:
    """The table of its releases."""
    rows = tuple(list_rows(record))
    if not rows:
        return
    yield f"\n| step | {' | '.join(map(plain, record.releases[:-1]))} | {HEADING} |\n"
    yield f"|{' --- |' * (len(record.releases) + 1)}\n"
    for row in rows:
        yield f"| {plain(row.place)} | {' | '.join(row.words)} | {plain(row.answer)} |\n"
    yield "\n"
    yield from (f"- {plain(reason)}\n" for reason in list_reasons(record))


def _row(name: str, text: str, columns: Sequence[str]) -> str:
    """A row that has no columns of its own: all of it stands in the last."""
    return f"| {name} |{'  |' * len(columns)} {text} |\n"


def _pairs(document: Document, step: str, statuses: dict[str, Status]) -> str:
    words = {actor: word_of(document, step, actor, status) for actor, status in statuses.items()}
    return ", ".join(f"{actor} {_bold(word)}" for actor, word in words.items())


def _bold(word: str) -> str:
    return f"**{word}**" if word.isupper() else word


def _words(document: Document) -> str:
    """What the words mean that stand in this matrix and are no statuses."""
    shown = {cell_word(document, step, actor) for step in document.steps for actor in columns_of(document)}
    shown |= {"-"} & {word_of(document, ROLLOUT, *cell) for cell in document.rollout.items()}
    told = [f"<sub>{word}: {meaning}</sub>" for word, meaning in LEGEND.items() if word in shown]
    return "<br>\n".join(told) + "\n" if told else ""


def _blocks(troubles: Sequence[Trouble]) -> Iterator[str]:
    """Findings, each folded; the title of a group stands before its first."""
    group = None
    for trouble in troubles:
        title = f"\n#### {TITLES[trouble.group]}\n" if trouble.group is not group else ""
        group = trouble.group
        yield f"{title}\n{_block(trouble)}"


def _block(trouble: Trouble) -> str:
    where = f"{trouble.step}, {', '.join(trouble.places)}"
    codes = f" ({', '.join(trouble.sqlstates)})" if trouble.sqlstates else ""
    recovered = " (and recovered by itself)" if trouble.transient else ""
    lines = [
        f"<details><summary><b>{_html(where)}</b>: {_html(trouble.headline)}{recovered}{codes}</summary>",
        "",
        *_body(trouble),
        "",
        "</details>",
    ]
    return "\n".join(lines) + "\n"


def _body(trouble: Trouble) -> Iterator[str]:
    story, said = trouble.story, trouble.acceptance
    if said is not None:
        yield f"- {said.ruling}: {plain(said.text)}"
    if trouble.why:
        yield f"- why: {plain(trouble.why)}"
    for error in story.sql[:1] if story is not None else ():
        yield f"- PostgreSQL {error.sqlstate}: {plain(error.message)}"
        if error.statement:
            yield f"  {code(error.statement)}"
    yield from (f"- {plain(line)}" for line in trouble.details)
    if trouble.remedy:
        yield f"- instead: {plain(trouble.remedy)}"
    yield from (f"  {number}. {plain(line)}" for number, line in enumerate(trouble.safe_way, start=1))
    if story is not None:
        facts = (("request", story.request), ("response", story.response))
        yield from (f"- {name}: {code(text)}" for name, text in facts if text)
        yield f"- schema: {plain(story.schema_after)}, plan step {story.plan_step}"
    if len(trouble.outcomes) > 1:
        names = ", ".join(dict.fromkeys(outcome.journey for outcome in trouble.outcomes))
        yield f"- {len(trouble.outcomes)} items show this: {plain(names)}"
    if trouble.check is not None:
        yield f"- check: {trouble.check.check}: {plain(trouble.check.title)}"


def plain(text: str) -> str:
    """A text that Markdown takes for nothing but text, in one line; nobody is called by a name in it.

    Args:
        text: Of an application, of PostgreSQL, or ours.
    """
    return _SPECIAL.sub(r"\\\1", _short(text)).replace("@", "@\u200b")


def code(text: str) -> str:
    """A text as it is, in one line.

    Args:
        text: Of an application, or of PostgreSQL.
    """
    short = _short(text)
    fence = "`" * (max((len(run) for run in re.findall(r"`+", short)), default=0) + 1)
    return f"{fence} {short} {fence}"


def _html(text: str) -> str:
    """A text within an element, where Markdown is not looked for."""
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b")):
        text = text.replace(letter, entity)
    return _short(text)


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _LONGEST else f"{joined[:_LONGEST]}\u2026"
