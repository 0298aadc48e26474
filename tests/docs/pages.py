"""Takes apart a page of ``docs/``: its fenced blocks, and what it quotes of a program's output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^( *)```(\w+)(?: +title=\"([^\"]+)\")?[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
#: What is another one in each run: digests, numbers of all kinds, and what pytest adds to more than a minute.
_VARIES = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b|\d+(?:\.\d+)?")
#: How many requests meet an error while replicas are replaced depends on how many are sent.
_ERRORS = re.compile(r", \d+ of them with an error")
_MINUTES = re.compile(r" \(\d+:\d\d:\d\d\)")
#: Columns are as wide as what is in them, and a page may quote a few rows of many.
_GAP = re.compile(r"(?<=\S) {2,}")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Args:
        language: What it says behind its fence.
        title: Its title: the file that it is, or the name of what it quotes; empty where it has none.
        text: What is in it.
    """

    language: str
    title: str
    text: str


def read_page(name: str) -> str:
    """The text of a page.

    Args:
        name: Its path below ``docs/``.
    """
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page, in order; those that are indented, in a list say, without their indentation."""
    return [
        Block(match[2], match[3] or "", re.sub(f"^{match[1]}", "", match[4], flags=re.MULTILINE))
        for match in _FENCE.finditer(text)
    ]


def block(text: str, title: str) -> Block:
    """The one block of that title."""
    [found] = [each for each in blocks(text) if each.title == title]
    return found


def stable(line: str) -> str:
    """A line of output without what is another one in each run."""
    return _GAP.sub("  ", _VARIES.sub("#", _ERRORS.sub("", _MINUTES.sub("", line)))).rstrip()


def not_there(quoted: str, output: str) -> list[str]:
    """Lines of a quotation that the output does not have; ``...`` stands for what is left out.

    Args:
        quoted: What a page quotes.
        output: What was printed.
    """
    printed = {stable(line) for line in output.splitlines()}
    return [line for line in quoted.splitlines() if line != "..." and stable(line) not in printed]
