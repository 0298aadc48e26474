"""``rolldeploy init`` on a project of Django."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repositories import commit_all

from harness.cli import main
from harness.config import load_settings

if TYPE_CHECKING:
    from harness.model.settings import Settings

CLUB = Path(__file__).resolve().parents[2] / "scenarios" / "django_default"
USAGE = 4


@pytest.fixture
def club(tmp_path: Path) -> Path:
    """The releases of a scenario as two commits, without the server of its own."""
    folder = tmp_path / "club"
    for release in ("old", "new"):
        shutil.copytree(CLUB / release, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        commit_all(folder, release)
    return folder


def init(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["init", str(folder)]) == 0
    return capsys.readouterr().out.splitlines()


def settings(folder: Path) -> Settings:
    return load_settings(folder / "rolldeploy.toml", default_name="club")


def test_all_is_found_out(club: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = init(club, capsys)
    assert "found    Django: the application application in club/wsgi.py" in told
    assert "found    readiness: GET /readyz (club/urls.py:12)" in told
    assert "found    Django: manage.py (5 migrations)" in told
    assert any(line.endswith("the commit before 0005_member_fee.py was added; it ages, and production may run "
                             "another one: git:origin/main, git:tag(v*)") for line in told)  # fmt: skip
    assert not [line for line in told if line.startswith("to do")]
    written = settings(club)
    assert written.migrations.django == "manage.py"
    assert written.new.serve == "python manage.py runserver --noreload {port}"
    assert "django.core.wsgi" in written.new.preload
    assert written.new.env["PGDATABASE"] == "{database}"
    assert written.new.env["SECRET_KEY"] == "{secret:secret_key}"
    assert written.old.source.startswith("git:")
    assert "PAGES = []" in (club / "test_rolldeploy.py").read_text(), "its views write, by their names"


def test_the_development_server_is_told_as_a_guess(club: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "guessed  serve = python manage.py runserver --noreload {port}, Django's development server, which drops "
        "requests when it is stopped: put production's command there"
    ) in init(club, capsys)
    assert "# a development server: put production's command here" in (club / "rolldeploy.toml").read_text()


def test_gunicorn_serves_where_it_is_asked_for(club: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (club / "requirements.txt").write_text("django\ngunicorn\n")
    assert not [line for line in init(club, capsys) if line.startswith("guessed  serve")]
    assert settings(club).new.serve == "gunicorn --bind 127.0.0.1:{port} club.wsgi:application"


def test_a_database_that_no_variable_names_is_left_to_do(club: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = club / "club" / "settings.py"
    file.write_text(file.read_text().replace("os.environ", "dict(PGDATABASE='a', SECRET_KEY='b')"))
    assert any("no variable was found that names the database" in line for line in init(club, capsys))


def test_routes_of_applications_are_found(club: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (club / "club" / "urls.py").write_text(
        "from django.contrib import admin\nfrom django.urls import include, path\n"
        "urlpatterns = [path('admin/', admin.site.urls), path('boats/', include('club.boats')), path('', home)]\n"
    )
    (club / "club" / "boats.py").write_text("urlpatterns = [path('all', every), path('<int:number>', one)]\n")
    init(club, capsys)
    journey = (club / "test_rolldeploy.py").read_text()
    assert 'PAGES = ["/boats/all"]' in journey
    assert settings(club).new.readiness is not None
    assert "admin" not in journey


def test_a_project_below_the_folder_is_named(club: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == USAGE
    assert f"manage.py and the application are both in {club}: rolldeploy init {club}" in capsys.readouterr().err
