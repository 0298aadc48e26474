"""What an environment is made of: which of a source's files count, and what makes another environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.model.release import Environment
from harness.runtime.recipe import Recipe, read_recipe
from harness.runtime.sources import Source

PACKAGE = Source(root=Path("/nowhere"), description="pypi:app==1.0", package="app==1.0")


def recipe(source: Source, **given: str | tuple[str, ...]) -> Recipe:
    return read_recipe(Environment(**given), source, sys.executable)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Source:
    return Source(root=tmp_path, description="here")


def write(source: Source, *names: str) -> None:
    for name in names:
        (source.root / name).parent.mkdir(exist_ok=True)
        (source.root / name).write_text(f"# {name}\n")


def test_a_package_with_what_it_needs_besides() -> None:
    made = recipe(PACKAGE, requirements=("psycopg[binary]", "uvicorn"))
    assert made.commands == (("uv", "pip", "install", "--", "app==1.0", "psycopg[binary]", "uvicorn"),)
    assert made.python == str(Path(sys.executable).resolve())
    assert recipe(PACKAGE, python_version="3.12").python == "3.12"


@pytest.mark.parametrize(
    ("names", "command"),
    [
        (["uv.lock", "pylock.toml", "pyproject.toml"], "uv sync --frozen --no-dev --no-install-local"),
        (["pylock.toml", "requirements.txt", "pyproject.toml"], "uv pip sync pylock.toml"),
        (
            ["requirements.txt", "requirements-dev.txt", "pyproject.toml"],
            "uv pip install --requirements requirements.txt",
        ),
        (["requirements-prod.txt", "pyproject.toml"], "uv pip install --requirements requirements-prod.txt"),
        (["pyproject.toml"], "uv pip install --requirements pyproject.toml"),
    ],
)
def test_the_first_of_the_files_that_a_source_has(folder: Source, names: list[str], command: str) -> None:
    write(folder, *names)
    assert [" ".join(words) for words in recipe(folder).commands] == [command]
    more = recipe(folder, requirements=("six",)).commands
    assert [" ".join(words) for words in more] == [command, "uv pip install -- six"]


def test_commands_of_the_users_own_come_first(folder: Source) -> None:
    write(folder, "uv.lock", "requirements.txt")
    made = recipe(folder, setup=("pip install -r 'requirements.txt'", "make assets"))
    assert made.commands == (("pip", "install", "-r", "requirements.txt"), ("make", "assets"))


@pytest.mark.parametrize(
    ("command", "own"), [("pip install .", True), ("python -m pip install .", True), ("uv pip install .", False)]
)
def test_a_pip_of_its_own_where_a_command_calls_it(folder: Source, command: str, own: bool) -> None:
    assert recipe(folder, setup=(command,)).own_pip is own


def test_no_file_to_make_an_environment_from(folder: Source) -> None:
    with pytest.raises(SourceError, match=r"'here' has no uv.lock, .*: say how by setup ="):
        recipe(folder)


def test_several_files_and_none_that_is_meant(folder: Source) -> None:
    write(folder, "requirements-a.txt", "requirements-b.txt")
    with pytest.raises(SourceError, match=r"has requirements-a.txt, requirements-b.txt and no requirements.txt: say"):
        recipe(folder)


@pytest.mark.parametrize("command", ["", "pip install 'x"])
def test_a_command_that_is_none(folder: Source, command: str) -> None:
    with pytest.raises(SourceError, match="setup"):
        recipe(folder, setup=(command,))


def test_the_python_that_a_source_asks_for(folder: Source) -> None:
    write(folder, "requirements.txt")
    (folder.root / ".python-version").write_text("3.12\n")
    assert recipe(folder).python == "3.12"
    assert recipe(folder, python_version="3.11").python == "3.11"


def test_the_same_recipe_has_the_same_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://ada:one@example.org/simple")
    before = recipe(PACKAGE, requirements=("a", "b"), exclude_newer="2024-01-31")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://ada:two@example.org/simple")
    assert recipe(PACKAGE, requirements=("a", "b"), exclude_newer="2024-01-31").digest == before.digest
    assert "one" not in str(before)


def test_each_thing_that_goes_in_makes_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    made = [
        recipe(PACKAGE),
        recipe(Source(root=Path("/nowhere"), description="x", package="app==1.1")),
        recipe(PACKAGE, requirements=("a",)),
        recipe(PACKAGE, exclude_newer="2024-01-31"),
        recipe(PACKAGE, python_version="3.12"),
    ]
    monkeypatch.setenv("UV_FIND_LINKS", "/wheels")
    made.append(recipe(PACKAGE))
    assert len({item.digest for item in made}) == len(made)


def test_what_a_folder_is_called_makes_no_other_environment(tmp_path: Path) -> None:
    found = set()
    for name in ("one", "two"):
        source = Source(root=tmp_path / name, description=name)
        source.root.mkdir()
        write(source, "requirements.txt", f"{name}.py")
        found.add(recipe(source).digest)
    assert len(found) == 1


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-base.txt", "requirements/base.txt"])
def test_a_file_that_is_read_counts(folder: Source, name: str) -> None:
    write(folder, "requirements.txt", name)
    before = recipe(folder).digest
    (folder.root / name).write_text("six\n")
    assert recipe(folder).digest != before


def test_of_a_project_only_what_is_installed_counts(folder: Source) -> None:
    project = folder.root / "pyproject.toml"
    project.write_text('[project]\ndependencies = ["a"]\n')
    before = recipe(folder).digest
    project.write_text('[project]\ndependencies = ["a"]\n[tool.rolldeploy]\nname = "x"\n')
    assert recipe(folder).digest == before
    project.write_text('[project]\ndependencies = ["b"]\n')
    assert recipe(folder).digest != before
    project.write_text("[project\n")
    assert recipe(folder).digest != before


def test_commands_may_read_any_file_of_a_commit(tmp_path: Path) -> None:
    first, second = (Source(root=tmp_path, description="git:main", commit=commit) for commit in ("a", "b"))
    assert recipe(first, setup=("make",)).digest != recipe(second, setup=("make",)).digest
    write(first, "requirements.txt")
    assert recipe(first).digest == recipe(second).digest
