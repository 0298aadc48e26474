"""README names the commands, options, settings and words that exist, and no others."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from harness.cli import FORMATS
from harness.config import load_settings
from harness.evidence.checks import CHECKS
from harness.model.cell import Actor, Status, Verdict
from harness.plan.codec import PLAN_NAMES
from harness.report.document import REPORT_NAME
from harness.settings_tables import TABLES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_the_commands_are_the_ones_that_the_project_is_checked_with() -> None:
    rehearse, test, library, foreign = (block.strip() for block in code_blocks("sh")[:4])
    assert rehearse.endswith("pytest scenarios/shop scenarios/safe_rename --rolldeploy-report=rolldeploy-report")
    assert test.endswith("pytest tests -n 2 --dist worksteal")
    assert "pytest scenarios -n 2" in library
    assert foreign.endswith("pytest scenarios/third_party/placement")
    assert "\n" not in rehearse + test + library + foreign
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'bash -euo pipefail -c "$(readme 1)"' in script
    assert 'bash -euo pipefail -c "$(readme 2)"' in script
    assert "$(readme 3)" in script
    assert 'bash -euo pipefail -c "$(readme 4)"' in script


def test_every_option_is_in_readme_and_no_other() -> None:
    helped = subprocess.run(
        [sys.executable, "-m", "pytest", "--help", "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    existing = set(re.findall(r"--rolldeploy-[a-z-]+", helped.stdout))
    assert existing
    assert set(re.findall(r"--rolldeploy-[a-z-]+", README)) == existing


def test_every_format_is_in_readme_and_no_other() -> None:
    rows = README.split("| `rolldeploy report DIR --format` |", maxsplit=1)[1].split("\n\n", maxsplit=1)[0]
    assert re.findall(r"^\| `(\w+)` \|", rows, flags=re.MULTILINE) == list(FORMATS)


def test_every_property_of_junit_is_in_readme() -> None:
    source = (ROOT / "harness" / "nodes.py").read_text(encoding="utf-8")
    given = set(re.findall(r'"(rolldeploy_\w+)":', source))
    assert len(given) > 5
    assert given == set(re.findall(r"`(rolldeploy_\w+)`", README))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_setting_is_in_readme(table: str) -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `[")]
    described = " ".join(rows)
    for field in msgspec.structs.fields(TABLES[table]):
        own = {"old": {"source", "database", "role", "revision"}, "chain": {"name"}}.get(table, set())
        section = "release" if table in {"old", "new", "chain"} and field.name not in own else table
        if section == "release" and field.name == "source":
            section = "old"
        assert f"`[{section}] {field.name}`" in described or f"`{field.name}`" in described, (table, field.name)


def test_every_setting_of_readme_exists() -> None:
    for table, keys in re.findall(r"^\| `\[([a-z]+)\] ([^|]*?)\|", README, flags=re.MULTILINE):
        for key in re.findall(r"[a-z_]{2,}", keys.split("`[")[0]):
            assert key in {field.name for field in msgspec.structs.fields(TABLES[table])}, (table, key)


def test_the_example_settings_are_valid(tmp_path: Path) -> None:
    path = tmp_path / "rolldeploy.toml"
    path.write_text(code_blocks("toml")[0], encoding="utf-8")
    settings = load_settings(path, default_name="shop")
    assert settings.old.source == "git:origin/main"
    assert settings.new.boot == "alembic upgrade head"


def test_the_example_journey_is_one() -> None:
    namespace: dict[str, object] = {}
    exec(code_blocks("python")[0], namespace)  # noqa: S102  README's own example
    journey = namespace["an_order_is_kept"]
    assert journey.problem() is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", [*Actor, *Status, *Verdict])
def test_every_word_of_the_matrix_is_explained(word: str) -> None:
    rows = " ".join(line for line in README.splitlines() if line.startswith("|")).lower()
    assert f"`{word}`" in rows


def test_what_is_written_is_named() -> None:
    for name in (REPORT_NAME, "events.ndjson"):
        assert f"`{name}`" in README
    assert len(PLAN_NAMES) > 1
    assert "the plans" in README


def test_every_check_is_in_readme_with_its_page() -> None:
    for check in CHECKS:
        assert f"[`{check.name}`](docs/checks/{check.name}.md) | {check.title[:20]}" in README, check.name
