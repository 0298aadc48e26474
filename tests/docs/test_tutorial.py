"""The tutorial, followed to the letter."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from .pages import ROOT, Block, block, blocks, not_there, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = read_page("tutorial.md")
#: The command that needs a package index.
INSTALL = "pip install --quiet -r requirements.txt"
#: Where nothing demands an index, the packages are those of this environment.
LITERALLY = os.environ.get("ROLLDEPLOY_REQUIRE_INDEX") == "1"
WORKFLOW = "rehearse.yml"


RED, GREEN = "pytest -q", "pytest --rolldeploy-report=rolldeploy-report"


@dataclass(frozen=True)
class Followed:
    """What became of it.

    Args:
        status: Of each block of commands.
        output: Of the same.
        summary: What was written for GitHub.
        project: The folder that was made.
    """

    status: dict[str, int]
    output: dict[str, str]
    summary: str
    project: Path


def commands() -> list[str]:
    return [each.text.strip() for each in blocks(PAGE) if each.language == "sh"]


def script(folder: Path) -> Iterator[str]:
    """One shell for the whole page: files are written, and commands run, in its order."""
    number = 0
    for each in blocks(PAGE):
        if each.language == "sh":
            text = ":" if each.text.strip() == INSTALL and not LITERALLY else each.text
            yield f"{{\n{text}\n}} > {folder}/{number}.out 2>&1 < /dev/null\necho $? > {folder}/{number}.status"
            number += 1
        elif is_file(each):
            yield f"mkdir -p $(dirname {each.title})\ncat > {each.title} <<'THE END'\n{each.text}THE END"


def is_file(each: Block) -> bool:
    return bool(each.title) and not each.title.startswith("output")


def follow(folder: Path) -> Followed:
    """Does all that the page says, as GitHub's runner would: with a file for the step's summary."""
    identity = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {
        **os.environ,
        **identity,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "PIP_FIND_LINKS": str(folder),
    }
    if LITERALLY:
        wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
        subprocess.run(wheel, check=True)
    subprocess.run(["bash"], input="\n".join(script(folder)), text=True, check=True, cwd=folder, env=environment)
    given = commands()
    return Followed(
        status={text: int((folder / f"{n}.status").read_text()) for n, text in enumerate(given)},
        output={text: (folder / f"{n}.out").read_text(encoding="utf-8") for n, text in enumerate(given)},
        summary=(folder / "summary.md").read_text(encoding="utf-8"),
        project=folder / "lending-desk",
    )


def test_it_is_red_and_then_green_and_prints_what_the_page_quotes(tmp_path: Path) -> None:
    followed = follow(tmp_path)
    failed = {text: followed.output[text] for text, status in followed.status.items() if status}
    assert list(failed) == [RED], failed
    assert followed.status[RED] == pytest.ExitCode.TESTS_FAILED
    assert not_there(block(PAGE, "output, red").text, followed.output[RED]) == []
    assert not_there(block(PAGE, "output, green").text, followed.output[GREEN]) == []
    [page] = [word.strip("`.") for word in PAGE.split() if word.endswith("rolldeploy.html`.")]
    assert (followed.project / page).is_file()
    assert followed.summary.count("<!-- pytest-rolldeploy: lending-desk -->") == 2
    assert "0002_due_on" in followed.summary


def test_the_simplest_recipe_runs_what_is_run_here() -> None:
    """Its two commands are the tutorial's own, so that the test above runs them."""
    workflow = yaml.safe_load(block(read_page("recipes/github-actions.md"), f".github/workflows/{WORKFLOW}").text)
    run = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert run == [INSTALL, GREEN]
    assert set(run) <= set(commands())
