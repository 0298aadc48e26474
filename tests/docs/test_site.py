"""The site builds, shows all of the reference, and loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from .pages import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: What README alone shows: how to try the project itself.
ONLY_THERE = {"try-it"}


def load_hooks() -> Any:
    spec = importlib.util.spec_from_file_location("hooks", DOCS / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hooks = load_hooks()
WHERE = hooks.shown_where(DOCS)


def test_every_section_of_readme_is_on_a_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(hooks.sections(text)) - set(WHERE) == ONLY_THERE


def test_what_a_page_shows_is_in_readme() -> None:
    for path in DOCS.rglob("*.md"):
        for slug in hooks.SHOWN.findall(path.read_text(encoding="utf-8")):
            assert slug in hooks.README, path


def test_a_section_is_without_its_heading_and_with_those_within() -> None:
    text = "# T\n\n## A b\n\none\n\n```sh\n## no heading\n```\n\n### C\n\ntwo\n\n## D\n\nthree\n"
    assert hooks.sections(text) == {
        "a-b": "one\n\n```sh\n## no heading\n```\n\n### C\n\ntwo",
        "c": "two",
        "d": "three",
    }


@pytest.mark.parametrize(
    ("link", "source", "expected"),
    [
        ("https://example.com/#a", "README.md", "https://example.com/#a"),
        ("docs/checks/lock-wait.md", "README.md", "checks/lock-wait.md"),
        ("#settings", "README.md", "reference/settings.md#settings"),
        ("scenarios/README.md", "README.md", "scenarios/index.md"),
        ("shop", "scenarios/README.md", "scenarios/shop.md"),
        ("safe_rename/expand", "scenarios/README.md", "scenarios/safe_rename.md"),
        ("../../scenarios/shop/README.md", "docs/hazards/a01.md", "scenarios/shop.md"),
        ("a04.md", "docs/hazards/a01.md", "hazards/a04.md"),
        ("../../README.md#settings", "docs/checks/lock-wait.md", "reference/settings.md#settings"),
        ("LICENSE", "README.md", "LICENSE"),
    ],
)
def test_a_link_leads_to_a_page(link: str, source: str, expected: str) -> None:
    assert hooks.target(link, source, WHERE) == expected


def test_links_in_code_are_left_alone() -> None:
    text = "[a](b01.md)\n\n```text\n[a](b01.md)\n```\n"
    assert hooks.relinked(text, "docs/hazards/a01.md", "index.md", WHERE) == text.replace("b01", "hazards/b01", 1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    # With --quiet a warning is not counted, and strict lets it pass.
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_nothing_is_published_of_what_builds_the_site(site: Path) -> None:
    assert [path for path in site.rglob("*") if path.suffix in {".py", ".pyc"} or path.name == "__pycache__"] == []


#: What a browser fetches without being asked to.
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=\"?(https?:)?//([^\" >]+)", re.IGNORECASE
)


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 100
    found = {match[2] for page in pages for match in _FETCHED.finditer(page.read_text(encoding="utf-8"))}
    assert found == set()
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert styles
    assert not any(re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", style) for style in styles)
