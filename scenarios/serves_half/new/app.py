"""Beehives; a hive's queen may have a colour. A migration that fails is logged, and does not keep anybody from working."""

import logging

from alembic import command
from alembic.config import Config
from pooled import connection
from web import Refused, Web

try:
    command.upgrade(Config("alembic.ini"), "head")
except Exception:
    logging.exception("the schema could not be brought up to date")
web = Web()


@web.post("/hives")
def register(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO hives (stand, keeper, queen) VALUES (%s, %s, %s) RETURNING id, stand, keeper, queen",
            [given["stand"], given["keeper"], given.get("queen")],
        ).fetchone()


@web.get("/hives/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, stand, keeper, queen FROM hives WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such hive")
    return found
