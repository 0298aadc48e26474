"""Which revision of the schema this release was written for, and which one the database is at."""

from alembic.config import Config
from alembic.script import ScriptDirectory

EXPECTED = ScriptDirectory.from_config(Config("alembic.ini")).get_current_head()


def current(connection):
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row["version_num"] if row else None
