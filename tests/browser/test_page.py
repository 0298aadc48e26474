"""The page in a real browser: Debian's Chromium (``apt-get install chromium``), driven by Playwright."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from report.runs import play_run

from harness.report.html import render_html

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
#: Seconds of the browser's own work from opening a page of 10,000 exchanges to its end; the clock would tell of the
#: machine's other work too.
MOST_WORK_S = 1.0

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on PATH: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as started:
        # Chromium's sandbox does not work for root, and pages of ours are all that it opens.
        running = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "rolldeploy.html"
    path.write_text(render_html(*play_run()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "rolldeploy.html"
    path.write_text(render_html(*play_run(exchanges=16, steps=6)), encoding="utf-8")
    return path


def open_page(browser: Any, path: Path, **options: Any) -> Any:
    page = browser.new_context(**options).new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.errors.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_it_is_readable(browser: Any, small: Path, viewport: dict[str, int], scripts: bool) -> None:
    page = open_page(browser, small, viewport=viewport, java_script_enabled=scripts)
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("table").is_visible()
    assert page.locator(".finding[open] .way").first.is_visible()
    page.get_by_text("Jump to the first failure").click()
    assert page.locator(".where:target").is_visible()
    assert page.locator("svg").count() > 3
    assert page.errors == []
    page.context.close()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_is_wider_than_the_screen(browser: Any, small: Path, viewport: dict[str, int]) -> None:
    page = open_page(browser, small, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.context.close()


def test_a_failed_tick_opens_what_was_asked_and_answered(browser: Any, small: Path) -> None:
    page = open_page(browser, small, viewport=DESKTOP)
    tick = page.locator("svg a.t.b").first
    anchor = tick.get_attribute("href")
    assert not page.locator(anchor).is_visible()
    tick.focus()
    page.keyboard.press("Enter")
    # An element that is visible has no text before it is drawn (``content-visibility``), a frame later.
    for told in ("/orders/", "PostgreSQL 42703", "Traceback (most recent call last):"):
        page.locator(anchor).filter(has_text=told).wait_for(state="visible")
    page.context.close()


def test_what_is_folded_is_opened_by_a_link_to_it(browser: Any, small: Path) -> None:
    page = open_page(browser, small, viewport=DESKTOP)
    link = page.locator("table.matrix a.cell.quiet, table.matrix a.cell.known").first
    target = page.locator(link.get_attribute("href"))
    assert not target.is_visible()
    link.click()
    target.wait_for(state="visible")
    page.context.close()


def test_on_paper_nothing_has_to_be_opened_or_moved(browser: Any, small: Path) -> None:
    page = open_page(browser, small, viewport=DESKTOP)
    folded, name = page.locator(".group .where").first, page.locator("svg .printed").first
    assert not folded.is_visible()
    assert not name.is_visible()
    page.emulate_media(media="print")
    folded.wait_for(state="visible")
    assert name.is_visible()
    assert page.locator("svg").first.bounding_box()["width"] < DESKTOP["width"]
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_is_accessible(browser: Any, small: Path, viewport: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    # The page forbids scripts, and the check is one.
    page = open_page(browser, small, viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = axe.Axe().run(page)
    told = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found.response["violations"]]
    assert told == []
    assert len(found.response["passes"]) > 10
    page.context.close()


def test_ten_thousand_exchanges_open_in_a_second(browser: Any, large: Path) -> None:
    page = browser.new_context(viewport=DESKTOP).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(large.as_uri(), wait_until="load")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    assert metrics["Nodes"] > 1000
    assert metrics["TaskDuration"] < MOST_WORK_S
    page.context.close()


def test_it_prints_with_its_findings_open(browser: Any, small: Path) -> None:
    page = open_page(browser, small, viewport=DESKTOP)
    page.emulate_media(media="print")
    assert page.locator(".finding:not([open]) .body").first.is_visible()
    assert not page.locator(".jump").is_visible()
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    if folder := os.environ.get("ROLLDEPLOY_PICTURES"):  # to look at
        page.pdf(format="A4", path=f"{folder}/page.pdf")
    page.context.close()
