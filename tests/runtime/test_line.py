"""A line to a child is closed once, however often it is told to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from harness.runtime.line import Line

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("named", [False, True], ids=["inherited", "named"])
def test_closing_again_closes_nothing_of_others(named: bool, tmp_path: Path) -> None:
    line = Line(tmp_path if named else None)
    line.close()
    others = [os.open(tmp_path, os.O_RDONLY) for _ in range(4)]
    assert {line.read, line.write} & set(others), "the system gives such numbers again"
    line.close()
    for other in others:
        os.close(other)
    assert list(tmp_path.iterdir()) == []
