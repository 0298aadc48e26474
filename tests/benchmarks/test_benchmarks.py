"""The benchmarks still run and print every row; what they measure is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wheels import write_wheel

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent


def run(*words: str) -> str:
    ended = subprocess.run([sys.executable, *words], cwd=HERE, capture_output=True, text=True, check=False, timeout=900)
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


def test_explore_prints_every_row() -> None:
    folder = str(HERE.parents[1] / "scenarios" / "filled_once")
    table = run("explore.py", "--folder", folder, "--count", "2", "--naive", "1", "--requests", "2", "--steps", "1")
    for row in (
        "kept processes",
        "compared with both releases alone",
        "side by side",
        "new applications by command",
        "new applications forked",
        "times as fast",
    ):
        assert row in table


def test_environments_prints_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With wheels in place of an index."""
    for version in ("1.0", "2.0"):
        write_wheel(tmp_path / "wheels", "app", version, {"app.py": ""})
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    settings = tmp_path / "app" / "rolldeploy.toml"
    settings.parent.mkdir()
    settings.write_text(
        'release = { serve = "app {port}", ready = "/" }\n'
        'old = { source = "pypi:app==1.0" }\nnew = { source = "pypi:app==2.0" }\n'
    )
    first, again, anew, kept = run("environments.py", str(settings), "--repeat", "2").splitlines()[1:]
    assert first.endswith("building old (pypi:app==1.0) and new (pypi:app==2.0)")
    assert "nothing is built" in again
    assert anew.endswith("building new (pypi:app==2.0)")
    assert kept.endswith("the old release's environment is the same")


def test_detection_prints_every_step_of_a_scenario(tmp_path: Path) -> None:
    """Without the other tools, which come from a registry; how their words are read is tested beside them."""
    table = run("detection", str(tmp_path), "required_column", "--rehearsal-only")
    assert "| required_column | 0002 | safe | -: not rehearsed |" in table
    assert "| required_column | 0003 | B01 | -: not rehearsed |" in table
    assert "| rehearsal | 1 | 0 | 0 | 0 | 0 | 1 | 1 |" in table
