"""A release's commands in containers of its image, on a real Docker engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engines import PYTHON_IMAGE, containers_of, require_image

from harness.errors import EngineError, MigrationError, ReleaseError
from harness.model.settings import Migrations
from harness.runtime.containers import _as_process
from harness.runtime.images import find_image, full_name, read_variables
from harness.runtime.migrator import AlembicMigrator
from harness.runtime.process import Processes
from harness.runtime.waiting import await_true
from harness.runtime.workplace import Workplace

if TYPE_CHECKING:
    from harness.runtime.reaper import Session

ROOT = str(Path(__file__).resolve().parents[2])
#: A container starts in half a second on a quiet machine.
SOON_S = 60.0
WAITS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture
def place(reaper_session: Session, tmp_path: Path) -> Workplace:
    require_image(PYTHON_IMAGE)
    (tmp_path / "own").mkdir()
    return Workplace(
        root=tmp_path,
        python="python3",
        env={"GREETING": "hello there", "HOME": str(tmp_path / "own")},
        log=tmp_path / "logs" / "old-1.log",
        processes=Processes(reaper_session),
        image=find_image(PYTHON_IMAGE, pytest.fail),
        mounts=(tmp_path / "own",),
    )


def is_clean(session: Session) -> bool:
    return containers_of(session.directory.name) == [] and session.ledger.left() == []


def test_variables_of_an_image_are_read_as_the_engine_lists_them() -> None:
    assert read_variables(["PATH=/bin", "DSN=a=b", "EMPTY="]) == (("PATH", "/bin"), ("DSN", "a=b"), ("EMPTY", ""))
    assert read_variables(None) == ()


@pytest.mark.container
def test_output_status_environment_and_folders_are_those_of_a_process(
    place: Workplace, reaper_session: Session
) -> None:
    told = "import json, os, sys; print(json.dumps(dict(os.environ))); open(os.path.expanduser('~/made'), 'w')"
    errors = place.log.with_name("errors")
    child = place.start(["python3", "-c", f"{told}; sys.exit('a word on standard error')"], errors=errors)
    assert child.popen.wait(SOON_S) == 1
    env = json.loads(place.log.read_text())
    assert (env["GREETING"], env["HOME"]) == ("hello there", place.env["HOME"])
    assert set(env) <= {"GREETING", "HOME", "PATH", "HOSTNAME", "LC_CTYPE"}, "nothing of this shell"
    assert errors.read_text() == "a word on standard error\n"
    assert Path(place.env["HOME"], "made").stat().st_uid == os.geteuid()
    [name] = containers_of(reaper_session.directory.name)
    assert "old-1" in name
    assert child.stop(0.0) is False
    assert is_clean(reaper_session)


@pytest.mark.container
def test_it_is_told_to_stop_and_killed_when_it_does_not(place: Workplace, reaper_session: Session) -> None:
    polite = place.start(["python3", "-c", WAITS])
    await_true(lambda: "up" in place.log.read_text() or polite.status is not None, timeout_s=SOON_S)
    assert polite.stop(SOON_S) is False
    assert polite.status == 5
    deaf = replace(place, log=place.log.with_name("deaf.log")).start("sleep 600")
    assert deaf.stop(0.2) is True
    assert deaf.status == -signal.SIGKILL
    assert is_clean(reaper_session)


@pytest.mark.container
def test_all_are_gone_with_their_owner_and_nothing_is_started_then(place: Workplace, reaper_session: Session) -> None:
    children = [place.start("sleep 600"), place.start("sleep 600")]
    place.processes.close()
    assert [child.status for child in children] == [-signal.SIGKILL] * 2
    assert is_clean(reaper_session)


@pytest.mark.container
def test_a_command_that_the_image_has_not_is_one_sentence(place: Workplace, reaper_session: Session) -> None:
    with pytest.raises(
        ReleaseError, match=r"a container of python:3.11-slim cannot run 'gunicorn' \(exec: .*"
    ) as caught:
        place.start("gunicorn app")
    assert "\n" not in str(caught.value)
    assert is_clean(reaper_session)


@pytest.mark.container
def test_an_image_without_alembic_is_one_sentence(place: Workplace, reaper_session: Session) -> None:
    migrator = AlembicMigrator(place, Migrations())
    try:
        with pytest.raises(MigrationError) as caught:
            migrator.history()
    finally:
        migrator.close()
    begin = (
        "Alembic cannot read the history in / of image:python:3.11-slim: ProcessEnded: the process ended with status 1"
    )
    assert str(caught.value).startswith(f"{begin}: ModuleNotFoundError: No module named 'alembic'; ")
    assert is_clean(reaper_session)


@pytest.mark.container
def test_an_image_that_cannot_be_pulled_is_told_and_one_sentence() -> None:
    require_image(PYTHON_IMAGE)
    told: list[str] = []
    with pytest.raises(EngineError, match=r"registry.invalid/shop:1 is not here and cannot be pulled \(.*\)") as caught:
        find_image("registry.invalid/shop:1", told.append)
    assert told == ["rolldeploy: pulling registry.invalid/shop:1"]
    assert str(caught.value).endswith("; pull it by hand (docker pull registry.invalid/shop:1)")


@pytest.mark.container
def test_a_container_does_not_outlive_a_killed_owner() -> None:
    require_image(PYTHON_IMAGE)
    program = f"""
import time
from pathlib import Path
from harness.runtime.images import find_image
from harness.runtime.migrator import AlembicMigrator
from harness.runtime.process import Processes
from harness.runtime.reaper import Session
from harness.runtime.workplace import Workplace
session = Session.create()
image = find_image({PYTHON_IMAGE!r}, print)
log = session.directory / "old-1.log"
place = Workplace(root=Path("/"), python="python3", env={{}}, log=log, processes=Processes(session), image=image)
place.start("sleep 600")
print(session.directory.name, flush=True)
time.sleep(600)
"""
    env = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=env) as owner:
        assert owner.stdout
        name = owner.stdout.readline().strip()
        assert len(containers_of(name)) == 1
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while containers_of(name):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("shop", "shop:latest"),
        ("shop:1.2", "shop:1.2"),
        ("registry.example:5000/shop", "registry.example:5000/shop:latest"),
        ("shop@sha256:abc", "shop@sha256:abc"),
    ],
)
def test_a_name_without_a_tag_means_the_latest_alone(given: str, name: str) -> None:
    assert full_name(given) == name


def test_a_signal_is_told_as_of_a_process() -> None:
    assert [_as_process(code) for code in (0, 3, 128, 137, 143, 255)] == [0, 3, 128, -9, -15, 255]
