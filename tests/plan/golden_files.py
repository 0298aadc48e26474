"""Golden text: what is printed, kept in a file that is reviewed as text."""

from __future__ import annotations

import os
from pathlib import Path


def assert_golden(file: str, name: str, text: str) -> None:
    """Compares a text with ``golden/NAME`` beside a test file, or writes it where ``UPDATE_GOLDEN=1`` says so."""
    path = Path(file).parent / "golden" / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")
