"""Compares the page for release managers with a rehearsal: ``python -m tests.docs.quoted REPORTS``.

REPORTS is what ``pytest scenarios/shop --rolldeploy-report=REPORTS`` left.
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness.report.document import REPORT_NAME, read_document
from harness.report.terminal import render_matrix

from .pages import block, not_there, read_page

PAGE = "release-managers.md"
#: Title of the block that quotes a whole report, and its folder among others.
SHOP = "shop"
_FOLDER = "scenarios-shop"


def compare(reports: Path) -> list[str]:
    """Lines of the page that a rehearsal does not print.

    Args:
        reports: What ``--rolldeploy-report`` was given.
    """
    document = read_document(reports / _FOLDER / REPORT_NAME)
    printed = "\n".join(text for text, _ in render_matrix(document))
    return not_there(block(read_page(PAGE), SHOP).text, printed)


if __name__ == "__main__":
    wrong = compare(Path(sys.argv[1]))
    for line in wrong:
        print(f"docs/{PAGE} quotes what is no longer printed: {line}")
    sys.exit(1 if wrong else 0)
