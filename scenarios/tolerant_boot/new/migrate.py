"""Moves the schema to this release's head before the application starts, unless a later release was here already."""

import os
import sys

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

config = Config("alembic.ini")
known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    found = set()
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone()[0] is not None:
        found = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
if found - known:
    print("the schema is of a later release, and is left as it is:", *sorted(found - known), file=sys.stderr)
else:
    command.upgrade(config, "head")
