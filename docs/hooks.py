"""Makes pages of what lies beside ``docs/``: sections of README, the scenarios, the changelog.

README is what a reader of the repository sees first, and holds the reference; so that nothing is written twice, a page
of the site shows one of its sections where a line reads ``[...](../../README.md#the-section)`` and nothing else. On
GitHub that line is a link, and works as one.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown.extensions.toc import slugify
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
#: A line that stands for a section of README.
SHOWN = re.compile(r"^\[[^\]]*\]\((?:\.\./)*README\.md#([a-z0-9-]+)\)$", re.MULTILINE)
_HEADING = re.compile(r"^(#{2,3}) (.+)$")
_LINK = re.compile(r"(\[[^\]]*\]\()([^)\s]+)(\))")
_CODE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def sections(text: str) -> dict[str, str]:
    """The sections of a document by the anchors of their headings, each without its own heading.

    Args:
        text: Markdown; headings of the second and the third level count.
    """
    found: dict[str, list[str]] = {}
    open_at: dict[int, str] = {}
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading:
            level = len(heading[1])
            open_at = {above: slug for above, slug in open_at.items() if above < level}
        for slug in open_at.values():
            found[slug].append(line)
        if heading:
            open_at[level] = slugify(heading[2], "-")
            found[open_at[level]] = []
    return {slug: "\n".join(lines).strip() for slug, lines in found.items()}


README = sections((ROOT / "README.md").read_text(encoding="utf-8"))


def shown_where(docs: Path) -> dict[str, str]:
    """The page on which each section of README is shown, those within another one too.

    Args:
        docs: The folder of pages.
    """
    found = {}
    for path in sorted(docs.rglob("*.md")):
        for slug in SHOWN.findall(path.read_text(encoding="utf-8")):
            inner = [slugify(m[2], "-") for line in README.get(slug, "").splitlines() if (m := _HEADING.match(line))]
            found.update(dict.fromkeys([slug, *inner], path.relative_to(docs).as_posix()))
    return found


def target(link: str, source: str, where: dict[str, str]) -> str:
    """Where a link leads within the site.

    Args:
        link: As it is written in a file of the repository.
        source: Path of that file in the repository, below which the link is relative.
        where: The page of each section of README.

    Returns:
        The path of a page, from the top of the site, with its anchor; the link itself where it leads elsewhere.
    """
    if re.match(r"[a-z]+:", link):
        return link
    path, _, anchor = link.partition("#")
    full = posixpath.normpath(posixpath.join(posixpath.dirname(source), path)) if path else source
    anchor = f"#{anchor}" if anchor else ""
    if full == "README.md":
        return where.get(anchor[1:], "index.md") + (anchor if anchor[1:] in where else "")
    if full == "CHANGELOG.md":
        return "changelog.md"
    scenario = re.match(r"scenarios(?:/(third_party|\w+))?(?:/.*)?$", full)
    if scenario:
        return f"scenarios/{scenario[1] or 'index'}.md"
    return full.removeprefix("docs/") + anchor if full.startswith("docs/") else link


def relinked(text: str, source: str, page: str, where: dict[str, str]) -> str:
    """A text of the repository with its links as they are on a page of the site; code is left alone."""

    def write(match: re.Match[str]) -> str:
        link = target(match[2], source, where)
        if link == match[2]:
            return match[0]
        path, hash_sign, anchor = link.partition("#")
        same = path == page and anchor
        return (
            f"{match[1]}{'' if same else posixpath.relpath(path, posixpath.dirname(page))}{hash_sign}{anchor}{match[3]}"
        )

    return "".join(part if part.startswith("```") else _LINK.sub(write, part) for part in _CODE.split(text))


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that lie elsewhere."""
    for page, source, text in _elsewhere():
        files.append(File.generated(config, page, content=text))
        _SOURCES[page] = source
    return files


#: Where the text of a page lies that is not below ``docs/``.
_SOURCES: dict[str, str] = {}


def _elsewhere() -> Iterator[tuple[str, str, str]]:
    yield "changelog.md", "CHANGELOG.md", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    yield "scenarios/index.md", "scenarios/README.md", (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    for readme in sorted((ROOT / "scenarios").glob("*/README.md")):
        source = readme.relative_to(ROOT).as_posix()
        yield f"scenarios/{readme.parent.name}.md", source, readme.read_text(encoding="utf-8")


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Shows sections of README, and has links lead to pages."""
    path = page.file.src_uri
    where = shown_where(ROOT / "docs")
    source = _SOURCES.get(path, f"docs/{path}")
    parts = SHOWN.split(markdown)
    own = [relinked(text, source, path, where) for text in parts[::2]]
    shown = [relinked(README[slug], "README.md", path, where) for slug in parts[1::2]]
    return "".join(text for pair in zip(own, [*shown, ""], strict=True) for text in pair)
