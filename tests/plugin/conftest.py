"""A project for each test of the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugin.foreign import Foreign, open_foreign
from plugin.projects import Project, open_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project."""
    with open_project(tmp_path) as project:
        yield project


@pytest.fixture
def notes(project: Project) -> Project:
    """The example ``notes``: one journey, and one step whose verdict is ``before``."""
    project.copy("notes")
    return project


@pytest.fixture(scope="module")
def foreign() -> Iterator[Foreign]:
    """A server of others."""
    with open_foreign() as foreign:
        yield foreign
