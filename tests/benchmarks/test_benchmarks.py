"""The benchmarks still run and print every row; what they measure is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run(*words: str) -> str:
    ended = subprocess.run([sys.executable, *words], cwd=HERE, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_walk_prints_every_row() -> None:
    table = run("walk.py", "--steps", "1", "--sample-all", "0", "--kinds")
    for row in (
        "walk: the rehearsal",
        "walk: all of pytest",
        "floor",
        "migrations (bare Alembic)",
        "application starts",
        "boot commands",
        "requests",
        "floor / 2",
        "naive loop: old cold alone",
        "walk / floor",
        "naive loop / walk",
        "start-replicas",
    ):
        assert row in table


def test_startup_prints_every_row() -> None:
    table = run("startup.py", "--repeat", "2")
    for row in ("with the plugin", "no:harness.plugin", "difference of the medians", "import of harness.plugin"):
        assert row in table


def test_detection_prints_every_step_of_a_scenario(tmp_path: Path) -> None:
    """Without the other tools, which come from a registry; how their words are read is tested beside them."""
    table = run("detection", str(tmp_path), "required_column", "--rehearsal-only")
    assert "| required_column | 0002 | safe | -: not rehearsed |" in table
    assert "| required_column | 0003 | B01 | -: not rehearsed |" in table
    assert "| rehearsal | 1 | 0 | 0 | 0 | 0 | 1 | 1 |" in table
