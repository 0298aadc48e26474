"""Measures the walk beside the floor and the naive loops, on a generated application, and prints one table.

``python tests/benchmarks/walk.py --steps 5 20``
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from application import NEW, write_application
from baselines import Bench, Work
from measuring import BenchmarkError, Spent, add_up, count_requests, measure

from harness.plan.codec import PLAN_NAMES
from harness.runtime.postgres import acquire_server
from harness.runtime.reaper import Session

WALK, PYTEST = "w  walk: the rehearsal", "   walk: all of pytest"
BLIND, FORKED = "   walk: unobserved", "   all of pytest, libraries preloaded"
PRELOAD = 'preload = ["fastapi", "uvicorn.main", "sqlalchemy.orm", "psycopg", "alembic.config"]'
FLOOR, HALF = "a  floor", "   floor / 2: perfect on two cores"
NAIVE, ALL = "b  naive loop: old cold alone", "   naive loop: all five actors"
WIDTH = 38


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What one run of the harness came to.

    Args:
        rehearsal: Its own duration.
        pytest: The whole subprocess.
        work: What it did.
        kinds: Seconds by track and kind of step.
    """

    rehearsal: Spent
    pytest: Spent
    work: Work
    kinds: dict[tuple[str, str], Spent]


def main() -> None:
    """Prints the table, a column group for each number of steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[5, 20], help="lengths of the walk (default: 5 20)")
    parser.add_argument("--postgres", default="embedded", help="provider of PostgreSQL (default: embedded)")
    parser.add_argument(
        "--sample", type=int, default=20, help="measure the naive loop on so many steps at most (default: 20)"
    )
    parser.add_argument(
        "--sample-all", type=int, default=5, help="and that for all actors on so many (default: 5; 0: leave it out)"
    )
    parser.add_argument("--unobserved", action="store_true", help="also rehearse without PostgreSQL's log")
    parser.add_argument("--preloaded", action="store_true", help="also rehearse with preload under [release]")
    parser.add_argument("--kinds", action="store_true", help="also print where the walk's time goes")
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores; {arguments.postgres} PostgreSQL")
    session = Session.create()
    try:
        columns, walks = {}, {}
        for steps in sorted(set(arguments.steps)):
            with tempfile.TemporaryDirectory(prefix="rolldeploy-benchmark-") as folder:
                columns[steps], walks[steps] = _measure_all(Path(folder), steps, arguments, session)
    finally:
        for sentence in session.release_all():
            print(sentence)
    print("\n".join(_render(columns)))
    if arguments.kinds:
        for steps, walk in walks.items():
            print("\n".join(_render_kinds(steps, walk)))
    print(f"load {os.getloadavg()[0]:.2f} at the end")


def _measure_all(
    folder: Path, steps: int, arguments: argparse.Namespace, session: Session
) -> tuple[dict[str, Spent], Walk]:
    application = folder / "diary"
    write_application(application, steps)
    walk = _run_walk(application, folder / "report", steps, arguments.postgres)
    blind = (
        _run_walk(application, folder / "blind", steps, arguments.postgres, "unobserved")
        if arguments.unobserved
        else None
    )
    forked = None
    if arguments.preloaded:
        settings = application / "rolldeploy.toml"
        settings.write_text(settings.read_text().replace("[release]\n", f"[release]\n{PRELOAD}\n"))
        forked = _run_walk(application, folder / "forked", steps, arguments.postgres)
    server = acquire_server(arguments.postgres, session=session)
    with Bench(application, steps, server, session) as bench:
        parts = bench.floor(walk.work)
        rows = {WALK: walk.rehearsal, PYTEST: walk.pytest, FLOOR: add_up(list(parts.values()))}
        if blind is not None:
            rows[BLIND] = blind.rehearsal
        if forked is not None:
            rows[FORKED] = forked.pytest
        rows |= {f"     {name}": part for name, part in parts.items()}
        rows[HALF] = Spent(wall_s=rows[FLOOR].wall_s / 2)
        rows[NAIVE] = bench.naive(arguments.sample)
        if arguments.sample_all:
            rows[ALL] = bench.naive_all_actors(arguments.sample_all)
    return rows, walk


def _run_walk(application: Path, report: Path, steps: int, postgres: str, *plugins: str) -> Walk:
    """Runs pytest as a user does, and reads what it left."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    words += [word for plugin in plugins for word in ("-p", plugin)]
    env = os.environ | ({"PYTHONPATH": str(Path(__file__).parent)} if plugins else {})
    options = [f"--rolldeploy-postgres={postgres}", f"--rolldeploy-report={report}"]
    pytest = Spent()
    with measure(pytest):
        ended = subprocess.run(
            [*words, *options], cwd=application, env=env, capture_output=True, text=True, check=False
        )
    if ended.returncode != 0:
        raise BenchmarkError(f"pytest ended with status {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    [place] = [path.parent for path in report.glob("*/rolldeploy.json")]
    duration_s = json.loads((place / "rolldeploy.json").read_text(encoding="utf-8"))["counts"]["duration_s"]
    events = [json.loads(line) for line in (place / "events.ndjson").read_text(encoding="utf-8").splitlines()][1:]
    plan = _read_steps(place)
    with_boot = {
        replica["name"]
        for _, step in plan.values()
        if step["kind"] == "start-replicas"
        for replica in step["replicas"]
        if replica["boot"]
    }
    prepared = [step["release"] for _, step in plan.values() if step["kind"] == "prepare-database"]
    started = [event for event in events if event["kind"] in {"replica-ready", "replica-failed"}]
    work = Work(
        migrations=sum(event["kind"] == "migrated" for event in events)
        + sum(1 + steps * (release == NEW) for release in prepared),
        starts=sum(event["kind"] == "replica-ready" for event in events),
        boots=sum(event["replica"] in with_boot for event in started),
        requests=count_requests(place / "logs"),
    )
    kinds: defaultdict[tuple[str, str], Spent] = defaultdict(lambda: Spent(0))
    for event in events:
        if event["kind"] == "step-ended":
            track, step = plan[event["number"]]
            spent = kinds[track, step["kind"]]
            spent.count, spent.wall_s = (spent.count or 0) + 1, spent.wall_s + event["duration_s"]
    return Walk(rehearsal=Spent(wall_s=duration_s), pytest=pytest, work=work, kinds=kinds)


def _read_steps(place: Path) -> dict[int, tuple[str, dict[str, Any]]]:
    """The steps of all plans with the names of their tracks, by number."""
    files = [place / name for name in PLAN_NAMES if (place / name).is_file()]  # the last one only where it was needed
    plans = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    tracks = [track for plan in plans for stage in plan["stages"] for track in stage["tracks"]]
    return {step["number"]: (track["name"], step) for track in tracks for step in track["steps"]}


def _render(columns: dict[int, dict[str, Spent]]) -> list[str]:
    """One row for each thing that was measured, then the ratios, then the cost of one more step."""
    lines = [
        " " * WIDTH + "".join(f"{f'{steps} steps':>26}" for steps in columns),
        " " * WIDTH + f"{'count':>10}{'wall s':>8}{'cpu s':>8}" * len(columns),
    ]
    names = list(next(iter(columns.values())))
    lines += [f"{name:{WIDTH}}" + "".join(map(_cells, (c[name] for c in columns.values()))) for name in names]
    notes = {
        f"   {name.strip()}, {steps} steps: {spent.note}"
        for steps, rows in columns.items()
        for name, spent in rows.items()
        if spent.note
    }
    lines += [*sorted(notes), ""]
    ratios = [("walk / floor", WALK, FLOOR), ("walk / (floor / 2)", WALK, HALF), ("pytest / floor", PYTEST, FLOOR)]
    ratios += [("walk / walk unobserved", WALK, BLIND), ("pytest / pytest, preloaded", PYTEST, FORKED)]
    ratios += [("naive loop / walk", NAIVE, WALK), ("naive loop for all actors / walk", ALL, WALK)]
    for title, above, below in ratios:
        if {above, below} <= set(names):
            values = (rows[above].wall_s / rows[below].wall_s for rows in columns.values())
            lines.append(f"{title:{WIDTH}}" + "".join(f"{value:18.2f}{'':8}" for value in values))
    for fewer, more in itertools.pairwise(sorted(columns)):
        each = [
            f"{title} {(columns[more][name].wall_s - columns[fewer][name].wall_s) / (more - fewer):.2f}"
            for title, name in (("walk", WALK), ("floor", FLOOR), ("naive loop", NAIVE), ("for all actors", ALL))
            if name in names
        ]
        lines.append(f"seconds for one more step, {fewer} to {more}: " + ", ".join(each))
    return lines


def _render_kinds(steps: int, walk: Walk) -> list[str]:
    """Where the walk's time goes; some tracks run side by side, see README.md."""
    lines = ["", f"{steps} steps, by track and kind of step      count  wall s  mean s"]
    ordered = sorted(walk.kinds.items(), key=lambda item: -item[1].wall_s)
    for (track, kind), spent in ordered:
        count = spent.count or 1
        lines.append(f"   {track:9}{kind:28}{count:7}{spent.wall_s:8.2f}{spent.wall_s / count:8.3f}")
    return lines


def _cells(spent: Spent) -> str:
    count = "" if spent.count is None else str(spent.count)
    cpu = "" if spent.cpu_s is None else f"{spent.cpu_s:.1f}"
    return f"{count:>10}{spent.wall_s:>8.1f}{cpu:>8}"


if __name__ == "__main__":
    main()
