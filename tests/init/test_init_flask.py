"""Flask-Migrate's ``env.py`` runs within the application alone: settings have the command line of Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import commit_all, git

from harness.cli import main
from harness.config import load_settings

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION = """\
from flask import Flask
from flask_migrate import Migrate

def create_app():
    app = Flask(__name__)
    return app
"""
ENV = "from flask import current_app\ntarget_db = current_app.extensions['migrate'].db\n"


def migration(folder: Path, revision: str, down: str | None) -> None:
    path = folder / "versions" / f"{revision}_.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"revision = {revision!r}\ndown_revision = {down!r}\n")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose last two migrations are in the last commit, with names whose order is none."""
    folder = tmp_path / "shop"
    (folder / "migrations").mkdir(parents=True)
    (folder / "shopapp.py").write_text(APPLICATION)
    (folder / "migrations" / "alembic.ini").write_text("[alembic]\n")
    (folder / "migrations" / "env.py").write_text(ENV)
    migration(folder / "migrations", "c1", None)
    commit_all(folder, "the first")
    migration(folder / "migrations", "b2", "c1")
    migration(folder / "migrations", "a3", "b2")
    commit_all(folder, "two more")
    return folder


def test_flask_makes_the_steps(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(shop, "tag", "v1", "HEAD~1")
    assert main(["init", str(shop)]) == 0
    told = capsys.readouterr().out
    assert "found    Flask-Migrate: migrations (3 migrations)" in told
    assert "steps = b2, a3: name those of the next release there" in told
    assert "guessed  serve = flask --app shopapp:create_app run --port {port}, Flask's development server" in told
    settings = load_settings(shop / "rolldeploy.toml", default_name="shop")
    assert settings.old.init == ("flask --app shopapp:create_app db upgrade",)
    assert settings.migrations.command == "flask --app shopapp:create_app db upgrade {revision}"
    assert settings.migrations.steps == ("b2", "a3")
    assert settings.old.source == "git:tag(v*)"


def test_another_folder_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "migrations").rename(shop / "schema")
    assert main(["init", str(shop)]) == 0
    assert "found    Flask-Migrate: schema" in capsys.readouterr().out
    settings = load_settings(shop / "rolldeploy.toml", default_name="shop")
    assert settings.migrations.command == "flask --app shopapp:create_app db upgrade --directory schema {revision}"
