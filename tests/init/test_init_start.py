"""``rolldeploy init`` on a whole project: what it writes and tells, and when it writes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from repositories import commit_all, git

from harness.cli import main
from harness.config import load_settings
from harness.init.start import JOURNEYS_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model.settings import Settings

USAGE = 4
DEPLOYMENT = """\
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
      - name: shop
        command: [uvicorn, "shop.main:app", --port, "8000"]
        env: [{name: API_TOKEN, value: abc}]
        readinessProbe: {httpGet: {path: /readyz, port: 8000}}
"""


def init(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["init", str(folder)]) == 0
    return capsys.readouterr().out.splitlines()


def settings(folder: Path) -> Settings:
    return load_settings(folder / "rolldeploy.toml", default_name="shop")


def test_all_is_found_out_and_what_is_guessed_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = git(shop, "rev-parse", "--short=10", "HEAD~1")
    told = init(shop, capsys)
    assert told == [
        "found    FastAPI: the application app in shop/main.py",
        "found    readiness: GET /readyz (shop/main.py:15)",
        "found    variable DATABASE_URL (migrations/env.py:8)",
        "found    variable API_TOKEN (shop/main.py:11)",
        "found    Alembic: alembic.ini (2 migrations in migrations)",
        "guessed  the driver of DATABASE_URL = postgresql+psycopg://{user}:{password}@{host}:{port}/{database}",
        "guessed  when = before: the deployment migrates before any replica is replaced",
        (
            f"guessed  old = git:{first}, the commit before 0002_pinned.py was added; it ages, and production may "
            "run another one: git:origin/main, git:tag(v*)"
        ),
        f"written  rolldeploy.toml, {JOURNEYS_NAME}",
        f"next     pytest {JOURNEYS_NAME}",
    ]
    written = settings(shop)
    assert (written.old.source, written.new.source) == (f"git:{first}", ".")
    assert written.new.serve == "uvicorn shop.main:app --port {port}"
    assert written.new.preload == ("fastapi", "sqlalchemy.orm")
    assert written.new.env["API_TOKEN"] == "{secret:api_token}"


def test_the_newest_tag_of_a_version_is_the_old_release_where_it_lacks_a_migration(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "tag", "v1.0", "HEAD~1")
    told = init(shop, capsys)
    assert any("git:tag(v*)" in line and "0002_pinned.py is not in v1.0 yet" in line for line in told)
    assert settings(shop).old.source == "git:tag(v*)"


def test_a_tag_that_lacks_a_migration_is_fixed_where_a_newer_one_has_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "tag", "v1.0", "HEAD~1")
    git(shop, "tag", "v1.1", "HEAD")
    told = init(shop, capsys)
    assert any("old = git:v1.0, the newest tag without 0002_pinned.py; it ages" in line for line in told)
    assert "# it ages: with the next migration, say what runs in" in (shop / "rolldeploy.toml").read_text()


def test_where_work_was_squashed_into_its_branch_the_old_release_is_where_it_began(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "branch", "work")
    git(shop, "reset", "--quiet", "--hard", "HEAD~1")
    git(shop, "merge", "--quiet", "--squash", "work")
    commit_all(shop, "the second, squashed")
    git(shop, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(shop, "checkout", "--quiet", "work")
    git(shop, "commit", "--quiet", "--allow-empty", "-m", "more")
    init(shop, capsys)
    assert settings(shop).old.source == "git:merge-base(origin/main)"


def test_of_several_deployments_the_one_that_serves_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    worker = (
        "kind: Deployment\nmetadata: {name: worker}\n"
        "spec: {template: {spec: {containers: [{name: w, command: [w]}]}}}\n"
    )
    (shop / "web.yaml").write_text(f"{worker}---\n{DEPLOYMENT}")
    (shop / "compose.yaml").write_text("services: {web: {command: uvicorn shop.main:app}}\n")
    told = init(shop, capsys)
    assert told[0].startswith("found    web.yaml (Deployment shop): settings are read from it")
    text = (shop / "rolldeploy.toml").read_text()
    assert 'from_kubernetes = "web.yaml"' in text
    assert 'name = "shop"' in text
    assert settings(shop).new.serve == "uvicorn shop.main:app --port {port}"


def test_a_branch_that_lacks_the_newest_migration_is_the_old_release(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(shop, "branch", "work")
    git(shop, "reset", "--quiet", "--hard", "HEAD~1")
    git(shop, "checkout", "--quiet", "work")
    told = init(shop, capsys)
    assert "found    old = git:main: 0002_pinned.py is not in it yet" in told
    assert settings(shop).old.source == "git:main"


def test_a_migration_that_is_not_committed_yet(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    third = shop / "migrations" / "versions" / "0003.py"
    third.write_text('revision = "0003"\ndown_revision = "0002"\n')
    git(shop, "checkout", "--quiet", "--detach")
    git(shop, "branch", "--quiet", "-D", "main")
    assert "found    old = git:HEAD: 0003.py is not committed yet" in init(shop, capsys)


def test_without_git_the_old_release_is_left_to_do(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))
    (shop / ".git").rename(shop / "history")
    told = init(shop, capsys)
    assert "to do    this is no repository of git: name a folder with the old release, by source under [old]" in told
    assert "# To do: this is no repository of git" in (shop / "rolldeploy.toml").read_text()


def test_settings_are_read_from_the_deployments_own_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "k8s").mkdir()
    (shop / "k8s" / "web.yaml").write_text(DEPLOYMENT)
    (shop / "k8s" / "postgres.yaml").write_text(
        "kind: Deployment\nmetadata: {name: db}\n"
        "spec: {template: {spec: {containers: [{name: db, ports: [{containerPort: 5432}]}]}}}\n"
    )
    (shop / "k8s" / "job.yaml").write_text(
        "kind: Job\nmetadata: {name: m, annotations: {helm.sh/hook: post-upgrade}}\n"
        "spec: {template: {spec: {containers: [{name: m, command: [alembic, upgrade, head]}]}}}\n"
    )
    told = init(shop, capsys)
    assert (
        "guessed  nothing from k8s/postgres.yaml, k8s/job.yaml: it does not say how the application is started" in told
    )
    assert told[0].startswith("found    k8s/web.yaml, k8s/job.yaml (Deployment shop): settings are read from it")
    text = (shop / "rolldeploy.toml").read_text()
    assert 'from_kubernetes = ["k8s/web.yaml", "k8s/job.yaml"]' in text
    assert "serve" not in text
    assert "API_TOKEN" not in text
    written = settings(shop)
    assert written.new.serve == "uvicorn shop.main:app --port {port}"
    assert written.new.env["API_TOKEN"] == "abc"
    assert written.migrations.when == "after"


def test_a_procfile_says_how_it_is_served(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "Procfile").write_text("web: uvicorn shop.main:app --port $PORT\nrelease: alembic upgrade head\n")
    init(shop, capsys)
    assert 'from_procfile = "Procfile"' in (shop / "rolldeploy.toml").read_text()
    assert settings(shop).new.serve == "uvicorn shop.main:app --port {port}"


def test_a_file_that_cannot_be_read_is_told_and_does_no_harm(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "compose.yaml").write_text("services: [\n")
    (shop / "chart").mkdir()
    (shop / "chart" / "Chart.yaml").write_text("name: shop\n")
    told = init(shop, capsys)
    assert any(
        line.startswith("guessed  nothing from compose.yaml: compose.yaml, line 2: this is no YAML") for line in told
    )
    assert any("nothing from a Helm chart: helm template CHART | pytest" in line for line in told)
    assert settings(shop).new.serve == "uvicorn shop.main:app --port {port}"


def test_the_projects_own_environment_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / ".venv" / "bin").mkdir(parents=True)
    (shop / ".venv" / "bin" / "python").symlink_to(sys.executable)
    init(shop, capsys)
    assert settings(shop).new.python == ".venv/bin/python"


def test_a_framework_that_is_not_installed_here_is_installed_by_uv(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main_file = shop / "shop" / "main.py"
    main_file.write_text(main_file.read_text().replace("FastAPI", "Litestar").replace("fastapi", "litestar"))
    told = init(shop, capsys)
    assert "guessed  environment = uv, by requirements.txt: litestar is not installed beside pytest" in told
    assert settings(shop).new.environment is not None


def test_a_server_that_is_not_installed_here_is_installed_by_uv(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "Procfile").write_text("web: nowhere-server shop.main:app --port $PORT\n")
    told = init(shop, capsys)
    assert "guessed  environment = uv, by requirements.txt: nowhere-server is not installed beside pytest" in told


def test_journeys_that_are_there_stay_the_only_ones(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "test_shop.py").write_text("from harness import journey\n\n@journey\ndef a(client):\n    yield\n")
    assert init(shop, capsys)[-2:] == ["written  rolldeploy.toml", "next     pytest"]
    assert not (shop / JOURNEYS_NAME).exists()


def test_where_nothing_is_found_it_says_so(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "shop" / "main.py").write_text("print('hello')\n")
    told = init(shop, capsys)
    assert any(line.startswith("to do    no FastAPI, Starlette, Litestar") for line in told)
    assert any(line.startswith("guessed  ready = /, since no route is called like readiness") for line in told)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("rolldeploy.toml", "", "has rolldeploy.toml already, and init changes nothing: edit it, or remove it first"),
        ("pyproject.toml", "[tool.rolldeploy]\n", "has [tool.rolldeploy] in pyproject.toml already"),
        (JOURNEYS_NAME, "def test_a(): ...\n", "is there already, without a journey: rename it"),
        (
            "alembic.ini",
            "",
            "there is no alembic.ini or manage.py in this folder or below it, and init knows no other tool",
        ),
        ("alembic.ini", "[alembic]\n[[\n=x\n", "alembic.ini cannot be read"),
    ],
)
def test_what_is_there_stays_as_it_is(
    shop: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, sentence: str
) -> None:
    (shop / name).write_text(text)
    commit_all(shop, "as it is")
    assert main(["init", str(shop)]) == USAGE
    error = capsys.readouterr().err
    assert error.startswith("rolldeploy: ")
    assert sentence in error
    assert error.count("\n") == 1
    assert git(shop, "status", "--porcelain") == ""


def test_a_project_below_the_folder_is_named(shop: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == USAGE
    error = capsys.readouterr().err
    assert error == f"rolldeploy: Alembic and the application are both in {shop}: rolldeploy init {shop}\n"
    assert list(tmp_path.iterdir()) == [shop]


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "no")]) == USAGE
    assert "there is no folder" in capsys.readouterr().err
