"""Each step as SQL, by Alembic's offline mode, as tools that read SQL need it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subjects import NOT_ALEMBIC

if TYPE_CHECKING:
    from subjects import Subject

    from harness.runtime.postgres.server import Server

_CHILD = Path(__file__).with_name("bare_rendering.py")
_TIMEOUT_S = 120


def render_steps(subject: Subject, server: Server, database: str) -> dict[str, tuple[str, str]]:
    """SQL of each step, or why there is none.

    Args:
        subject: The scenario.
        server: A server, to which an ``env.py`` may connect even when it only renders.
        database: An empty database there.

    Returns:
        SQL and an empty string, or an empty string and the reason, by revision.
    """
    if not subject.is_alembic:
        return dict.fromkeys(subject.revisions, ("", NOT_ALEMBIC))
    migrations = subject.settings.migrations
    work: dict[str, Any] = {"ini": str(subject.ini), "section": migrations.section, "x": migrations.x}
    work["revisions"] = subject.revisions
    ended = subprocess.run(
        [sys.executable, str(_CHILD), json.dumps(work)],
        cwd=subject.source,
        env=os.environ | subject.environment(server, database),
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    if ended.returncode != 0:
        words = (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]
        return dict.fromkeys(subject.revisions, ("", f"cannot render: {words}"))
    rendered: dict[str, list[str]] = json.loads(ended.stdout.splitlines()[-1])
    return {revision: (sql, f"cannot render: {error}" if error else "") for revision, (sql, error) in rendered.items()}
