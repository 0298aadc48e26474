"""Measures what the installed and unused plugin costs at each start of pytest, and prints it.

``python tests/benchmarks/startup.py``
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLUGIN = "harness.plugin"
#: The entry point's name, by which pytest blocks it before it is imported.
BLOCK = ["-p", f"no:{PLUGIN}"]
#: The aim that the project has set itself.
AIM_MS = 20.0
#: How often the import alone is looked at.
IMPORTS = 3
#: ``python -X importtime`` prints own microseconds, those with all below it, and the indented name.
_LINE = re.compile(r"import time:\s+\d+ \|\s+(\d+) \|\s+(\S+)")
_CHECK = f"""\
import sys


def test_imported():
    assert {PLUGIN!r} in sys.modules
"""


def main() -> None:
    """Prints medians, their difference, and the time that the plugin's import takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=30, help="pairs of runs (default: 30)")
    repeat = parser.parse_args().repeat
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores; {repeat} pairs of runs, interleaved")
    with tempfile.TemporaryDirectory(prefix="rolldeploy-benchmark-") as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        (folder / "check_imported.py").write_text(_CHECK, encoding="utf-8")
        if _is_imported(folder, BLOCK):
            sys.exit(f"{' '.join(BLOCK)} does not keep {PLUGIN} from being imported: there is nothing to compare with")
        if not _is_imported(folder, []):
            sys.exit(f"{PLUGIN} is not installed here")
        for options in ([], BLOCK):  # the first pair also writes byte code
            _run(folder, options)
        used: list[float] = []
        blocked: list[float] = []
        for turn in range(repeat):
            for which in ((used, blocked), (blocked, used))[turn % 2]:
                which.append(_run(folder, [] if which is used else BLOCK))
        imported = [_import_ms(folder) for _ in range(IMPORTS)]
    differences = [one - other for one, other in zip(used, blocked, strict=True)]
    difference = statistics.median(used) - statistics.median(blocked)
    low, _, high = statistics.quantiles(differences, n=4)
    rows = [
        ("pytest with the plugin, median", statistics.median(used), f"fastest {min(used):.0f}"),
        (f"pytest {' '.join(BLOCK)}, median", statistics.median(blocked), f"fastest {min(blocked):.0f}"),
        ("difference of the medians", difference, f"aim: below {AIM_MS:.0f}"),
        ("median of the differences", statistics.median(differences), f"half of them from {low:.1f} to {high:.1f}"),
        ("import of harness.plugin", statistics.median(imported), "after pytest's own; -X importtime"),
    ]
    for title, value, remark in rows:
        print(f"{title:40}{value:9.1f} ms   {remark}")


def _run(folder: Path, options: list[str]) -> float:
    """Milliseconds that one pytest takes."""
    began = time.monotonic()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    subprocess.run(words, cwd=folder, capture_output=True, check=True)
    return (time.monotonic() - began) * 1000


def _import_ms(folder: Path) -> float:
    """Milliseconds that the plugin's import takes after pytest's own, with the package that it is in."""
    words = [sys.executable, "-X", "importtime", "-c", f"import pytest, {PLUGIN}"]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    whole = {name: int(microseconds) for microseconds, name in _LINE.findall(ended.stderr)}
    return whole[PLUGIN] / 1000


def _is_imported(folder: Path, options: list[str]) -> bool:
    """Asks a test: ``-X importtime`` does not show what ``importlib`` loads, as it does entry points."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "check_imported.py", *options]
    return subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
