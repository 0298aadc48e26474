"""Measures what the environments of a rehearsal cost: made for the first time, found again, and one of two made anew.

``python tests/benchmarks/environments.py SETTINGS...``
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from harness.config import load_settings
from harness.evidence.checks.registry import CHECKS
from harness.model.release import ReleaseName
from harness.runtime.building import CACHE_VARIABLE
from harness.runtime.installing import install_releases
from harness.runtime.reaper import Session

#: The aim that the project has set itself.
AIM_S = 0.5


def main() -> None:
    """Prints a row for each way, and what was built on it; the cache is a folder of its own, which is removed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", type=Path, nargs="+", help="rolldeploy.toml of each rehearsal")
    parser.add_argument("--repeat", type=int, default=10, help="how often they are found again (default: 10)")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    for path in options.settings:
        with tempfile.TemporaryDirectory(prefix="rolldeploy-benchmark-") as cache:
            os.environ[CACHE_VARIABLE] = cache
            _measure(path.resolve(), options.repeat)


def _measure(path: Path, repeat: int) -> None:
    checks = frozenset(check.name for check in CHECKS)
    settings = load_settings(path, default_name=path.parent.name, checks=checks)
    session = Session.create()
    told: list[str] = []

    def install() -> tuple[float, dict[str, str]]:
        told.clear()
        began = time.monotonic()
        installed = install_releases(settings, session, told.append)
        took_s = time.monotonic() - began
        return took_s, {name: one.python for name, one in installed.items()}

    def row(title: str, took_s: float, remark: str = "") -> None:
        built = " ".join(told).removeprefix("rolldeploy: ") or "nothing is built"
        print(f"{settings.name:12}  {title:32}{took_s:9.3f} s   {built}{remark}")

    try:
        took_s, pythons = install()
        row("for the first time", took_s)
        row("found again, median", statistics.median(install()[0] for _ in range(repeat)), f"; aim: below {AIM_S} s")
        old, new = (Path(pythons[name]).parents[1] for name in (ReleaseName.OLD, ReleaseName.NEW))
        if old != new:
            shutil.rmtree(new)
            before = old.joinpath("pyvenv.cfg").stat().st_ino
            took_s, _ = install()
            row("the new one alone is not there", took_s)
            kept = "the same" if old.joinpath("pyvenv.cfg").stat().st_ino == before else "ANOTHER ONE"
            print(f"{settings.name:12}  the old release's environment is {kept}")
    finally:
        session.release_all()


if __name__ == "__main__":
    main()
