"""Renders migrations by Alembic alone: ``alembic upgrade BEFORE:STEP --sql`` for each step, in one interpreter.

Started as a script in a release's own folder, with its work as JSON; prints SQL and error of each revision as JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import sys

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def _render(ini: str, section: str, x: list[str], revision: str) -> tuple[str, str]:
    """The SQL of one revision and an empty string, or an empty string and the first line of the error."""
    output = io.StringIO()
    config = Config(ini, ini_section=section, output_buffer=output, cmd_opts=argparse.Namespace(x=x))
    before = ScriptDirectory.from_config(config).get_revision(revision).down_revision
    start = before if isinstance(before, str) else before[0] if before else "base"
    try:
        command.upgrade(config, f"{start}:{revision}", sql=True)
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a migration raises without a database
        return "", f"{type(error).__name__}: {error}".splitlines()[0]
    return output.getvalue(), ""


_work = json.loads(sys.argv[1])
print()
print(json.dumps({name: _render(_work["ini"], _work["section"], _work["x"], name) for name in _work["revisions"]}))
