"""Moves the schema to the head before the application starts; the database may be slow to come up, so it tries again."""

import logging
import sys
import time

from alembic import command
from alembic.config import Config

for attempt in range(5):
    try:
        command.upgrade(Config("alembic.ini"), "head")
        break
    except Exception:
        logging.exception("the upgrade failed, attempt %d", attempt + 1)
        time.sleep(0.2)
else:
    sys.exit("the schema could not be upgraded")
