"""What alembic-migration-linter says of the migrations, which it renders itself."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from marks import Opinion
from subjects import NOT_ALEMBIC

if TYPE_CHECKING:
    from subjects import Subject
    from toolbox import Toolbox

    from harness.runtime.postgres.server import Server

_VERDICT = re.compile(r"^\((?P<revision>.+)\)\.\.\. (?:OK|ERR|WARNING|IGNORE)$")


def ask_linter(toolbox: Toolbox, subject: Subject, server: Server, database: str) -> dict[str, Opinion]:
    """Lints the steps of one scenario: all at once, or one by one where a migration makes the linter crash."""
    if not subject.is_alembic:
        return dict.fromkeys(subject.revisions, Opinion(unavailable=NOT_ALEMBIC))
    env = os.environ | subject.environment(server, database)
    words = [toolbox.program("alembic-lint"), "--config", str(subject.ini), "--dialect", "postgresql", "--no-cache"]

    def run(*more: str) -> tuple[dict[str, list[str]], str]:
        ended = subprocess.run(
            [*words, *more], cwd=subject.source, env=env, capture_output=True, text=True, check=False
        )
        return parse_output(ended.stdout), (ended.stderr.strip().splitlines() or [""])[-1]

    found, _ = run()
    opinions = {}
    for revision in subject.revisions:
        error = ""
        if revision not in found:
            alone, error = run("--revision", revision)
            found |= alone
        rules = found.get(revision)
        opinions[revision] = Opinion(unavailable=f"crashed: {error}") if rules is None else Opinion(tuple(rules))
    return opinions


def parse_output(text: str) -> dict[str, list[str]]:
    """Reads what it prints: codes of errors and warnings, by revision."""
    found: dict[str, list[str]] = {}
    codes: list[str] = []
    for line in text.splitlines():
        if match := _VERDICT.match(line):
            codes = found.setdefault(match["revision"], [])
        elif line.startswith("\t"):
            codes.append(line.strip())
    return found
