"""Runs migrations by Alembic alone: in one interpreter, one revision at a time, on one database after the other.

Started as a script in a release's own folder, with its work as JSON: a list of [DATABASE_URL, [revision, ...]].
"""

from __future__ import annotations

import json
import os
import sys

from alembic import command
from alembic.config import Config

for url, revisions in json.loads(sys.argv[1]):
    os.environ["DATABASE_URL"] = url
    sys.modules.pop("diary.models", None)  # it makes the engine when it is imported
    for revision in revisions:
        command.upgrade(Config("alembic.ini"), revision)
