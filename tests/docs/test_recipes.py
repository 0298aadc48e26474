"""Recipes are YAML, their commands exist, and what they do in a shell does it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from report.documents import make_document

from harness.cli import FORMATS, main
from harness.report.document import REPORT_NAME, encode_document

from .pages import DOCS, ROOT, block, blocks, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

RECIPES = [
    pytest.param(each.text, id=each.title)
    for path in sorted((DOCS / "recipes").glob("*.md"))
    for each in blocks(path.read_text(encoding="utf-8"))
    if each.language == "yaml"
]


def test_there_are_recipes() -> None:
    assert len(RECIPES) == 7


def scripts(node: Any) -> Iterator[str]:
    """All that a runner would hand to a shell."""
    match node:
        case dict():
            for key, value in node.items():
                if key in {"run", "script", "before_script", "after_script"}:
                    yield from [value] if isinstance(value, str) else value
                else:
                    yield from scripts(value)
        case list():
            for value in node:
                yield from scripts(value)
        case _:
            pass


def commands(text: str) -> Iterator[list[str]]:
    """The words of each call of ours, without variables before them; a runner's ``${{ ... }}`` is one word."""
    joined = re.sub(r"\$\{\{.*?\}\}", "X", text.replace("\\\n", " "))
    for line in joined.splitlines():
        words = list(dropwhile(lambda word: re.fullmatch(r"\w+=.*", word), shlex.split(line)))
        if words and words[0] in {"pytest", "rolldeploy"}:
            yield words[: words.index(">>")] if ">>" in words else words


@pytest.fixture(scope="module")
def pytest_help() -> str:
    words = [sys.executable, "-m", "pytest", "--help", "-p", "no:cacheprovider"]
    return subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stdout


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_command_has_the_options_that_it_is_given(
    recipe: str, pytest_help: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [words for text in scripts(yaml.safe_load(recipe)) for words in commands(text)]
    assert found
    for program, *words in found:
        if program == "rolldeploy":
            with pytest.raises(SystemExit):
                main([words[0], "--help"])
            helped = capsys.readouterr().out
        else:
            helped = pytest_help
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert re.search(rf"{option}\b", helped), (program, option)
        if "--format" in words:
            assert words[words.index("--format") + 1] in FORMATS


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_written_is_what_is_handed_on(recipe: str) -> None:
    """A file that a command writes is named once more: where it is uploaded. The report's folder need not be."""
    text = re.sub(r" #.*$", "", recipe, flags=re.MULTILINE)
    written = Counter(re.findall(r"(?:--rolldeploy-report=|--junit-xml=|--output )([\w./-]+)", text))
    assert written
    for name in written:
        assert text.count(name.removesuffix("/index.html")) > written[name] or name == "rolldeploy-report"


def variables(node: Any) -> Iterator[str]:
    """Names of all that is set by ``env:``, at any level."""
    match node:
        case dict():
            yield from node.get("env") or ()
            for value in node.values():
                yield from variables(value)
        case list():
            for value in node:
                yield from variables(value)
        case _:
            pass


def test_a_variable_is_found_at_any_level() -> None:
    steps = [{"run": "pytest", "env": {"B": ""}}]
    assert list(variables({"env": {"A": ""}, "jobs": {"one": {"steps": steps}}})) == ["A", "B"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_no_variable_is_set_that_a_runner_sets_itself(recipe: str) -> None:
    """GitHub ignores it (its manual, "Store information in variables": default variables cannot be overwritten)."""
    assert [name for name in variables(yaml.safe_load(recipe)) if name.startswith(("GITHUB_", "RUNNER_"))] == []


#: Stands in for GitHub's own program: knows the comments in a file, and writes down what it is asked for.
GH = """\
#!/bin/bash
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in *--paginate*) cat "$KNOWN_COMMENTS" ;; esac
"""


@pytest.mark.parametrize(("comments", "expected"), [("", "--method POST"), ("17\n23\n", "--method PATCH")])
def test_the_comment_is_made_once_and_replaced_from_then_on(tmp_path: Path, comments: str, expected: str) -> None:
    [step] = [
        step
        for step in yaml.safe_load(
            block(read_page("recipes/github-actions.md"), ".github/workflows/rehearse-and-tell.yml").text
        )["jobs"]["rehearse"]["steps"]
        if "gh api" in step.get("run", "")
    ]
    report = tmp_path / "rolldeploy-report" / "lending-desk"
    report.mkdir(parents=True)
    (report / REPORT_NAME).write_bytes(encode_document(make_document()))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "bin" / "gh").chmod(0o755)
    (tmp_path / "known").write_text(comments, encoding="utf-8")
    environment = {
        "PATH": os.pathsep.join([str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "CALLS": str(tmp_path / "calls"),
        "KNOWN_COMMENTS": str(tmp_path / "known"),
        "GITHUB_REPOSITORY": "desk/lending",
        "NUMBER": "5",
    }
    # As GitHub runs a step without "shell:" (workflow syntax, "jobs.<job_id>.steps[*].shell").
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, check=True)
    asked, told = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    first_line = (tmp_path / "comment.md").read_text(encoding="utf-8").splitlines()[0]
    assert first_line.startswith("<!-- pytest-rolldeploy: ")
    assert first_line in asked
    assert expected in told
    assert ("comments/17 " in told) == bool(comments)
    assert told.endswith("--field body=@comment.md")
