"""What squawk says of the rendered SQL: by its default rules, and by all that it has."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from marks import Opinion
from rulebooks import SQUAWK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from toolbox import Toolbox

#: Every rule that is opt-in at the pinned version and dangerous by our book, and the one of style.
OPT_IN = ("require-table-schema", *(rule for rule in sorted(SQUAWK.dangers)))


def ask_squawk(
    toolbox: Toolbox, folder: Path, rendered: Mapping[str, tuple[str, str]], *, all_rules: bool
) -> dict[str, Opinion]:
    """Lints the steps of one scenario.

    Args:
        toolbox: Where squawk is.
        folder: Where SQL may be written.
        rendered: SQL or a reason, by revision.
        all_rules: Whether opt-in rules are on too.
    """
    files = {}
    for revision, (sql, error) in rendered.items():
        if not error:
            files[revision] = folder / f"{revision}.sql"
            files[revision].write_text(sql, encoding="utf-8")
    found = _lint(toolbox, list(files.values()), all_rules=all_rules) if files else {}
    return {
        revision: Opinion(unavailable=error) if error else Opinion(tuple(found.get(str(files[revision]), ())))
        for revision, (_, error) in rendered.items()
    }


def _lint(toolbox: Toolbox, files: list[Path], *, all_rules: bool) -> dict[str, list[str]]:
    """Names of the rules that fired, by file."""
    words = [toolbox.program("squawk"), "--reporter", "json", "--pg-version", "18.0"]
    words += ["--include", ",".join(OPT_IN)] if all_rules else []
    ended = subprocess.run([*words, *map(str, files)], capture_output=True, text=True, check=False)
    if ended.returncode not in {0, 1}:
        raise RuntimeError(f"squawk ended with status {ended.returncode}: {ended.stderr}")
    return parse_report(ended.stdout)


def parse_report(text: str) -> dict[str, list[str]]:
    """Reads squawk's JSON: names of the rules that fired, by file."""
    found: dict[str, list[str]] = {}
    for violation in json.loads(text or "[]"):
        found.setdefault(violation["file"], []).append(violation["rule_name"])
    return found
