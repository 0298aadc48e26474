"""Releases out of packages, each in an environment of its own, with migrations inside them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from index import give_up
from wheels import write_wheel

from plugin.projects import CHECK_ITEMS, EXAMPLES, JOURNEY_ITEMS

if TYPE_CHECKING:
    from plugin.projects import Project

NOT_COLLECTED = int(pytest.ExitCode.INTERRUPTED)
BUILDING = "rolldeploy: building old (pypi:notes==1.0) and new (pypi:notes==2.0)"


@pytest.fixture
def packaged(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example ``notes``, whose releases are wheels; their requirements come from the index."""
    asked = subprocess.run(
        [str(Path(sys.executable).with_name("uv")), "pip", "compile", "-"],
        input="alembic\npsycopg[binary]\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if asked.returncode != 0:
        give_up(asked.stderr.strip().splitlines()[0])
    wheels = tmp_path_factory.mktemp("wheels")
    for release, version in (("old", "1.0"), ("new", "2.0")):
        folder = EXAMPLES / "notes" / release
        paths = [path for path in folder.rglob("*") if path.suffix in {".py", ".ini"}]
        files = {f"notes/{path.relative_to(folder)}": path.read_text() for path in paths}
        write_wheel(wheels, "notes", version, {**files, "notes/__init__.py": ""}, ["alembic", "psycopg[binary]"])
    project.env.update(UV_FIND_LINKS=str(wheels), ROLLDEPLOY_CACHE=str(tmp_path_factory.mktemp("cache")))
    shutil.copy(EXAMPLES / "notes" / "test_notes.py", project.folder)
    shutil.copy(EXAMPLES / "notes" / "rolldeploy.toml", project.folder)
    project.replace("rolldeploy.toml", "python app.py", "python -m notes.app")
    project.replace("rolldeploy.toml", 'source = "old"', 'source = "pypi:notes==1.0"')
    project.replace("rolldeploy.toml", 'source = "new"', 'source = "pypi:notes==2.0"')
    project.add("rolldeploy.toml", '[migrations]\nalembic = "package:notes/alembic.ini"\n')
    return project


@pytest.mark.index
def test_two_packages_are_rehearsed(packaged: Project) -> None:
    run = packaged.run("-v")
    assert run.status == pytest.ExitCode.OK
    assert run.counts == {"passed": JOURNEY_ITEMS + CHECK_ITEMS - 1, "xfailed": 1}
    run.assert_says(BUILDING, "old pypi:notes==1.0", "new pypi:notes==2.0")
    again = packaged.run("--collect-only")
    assert again.status == pytest.ExitCode.OK
    assert "building" not in again.text


@pytest.mark.index
def test_what_is_built_is_told_unless_that_is_not_wanted(packaged: Project) -> None:
    assert "building" not in packaged.run("--collect-only", "-q").text
    shutil.rmtree(packaged.env["ROLLDEPLOY_CACHE"])
    assert packaged.run("--collect-only").text.splitlines().count(BUILDING) == 1


@pytest.mark.index
def test_a_release_that_does_not_exist(packaged: Project) -> None:
    packaged.replace("rolldeploy.toml", "notes==2.0", "notes==2.1")
    packaged.run().assert_refused(
        NOT_COLLECTED,
        "SourceError: no environment can be made for the new release (pypi:notes==2.1): No solution found",
        "name a release that the package index has",
    )
