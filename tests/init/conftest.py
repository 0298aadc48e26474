"""A small project: FastAPI, SQLAlchemy and Alembic, in a repository of git."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repositories import commit_all

APPLICATION = Path(__file__).resolve().parents[1] / "examples" / "bare"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The project; its second migration is the last commit."""
    folder = tmp_path / "shop"
    shutil.copytree(APPLICATION, folder)
    second = folder / "migrations" / "versions" / "0002_pinned.py"
    text = second.read_text()
    second.unlink()
    commit_all(folder, "the first")
    second.write_text(text)
    commit_all(folder, "the second")
    return folder
