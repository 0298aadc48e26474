"""An observatory; a visitor may wish for a star. Listens at once, migrates, opens its pool, and is ready last."""

import os
import threading
import traceback

from alembic import command
from alembic.config import Config
from pooled import connection
from web import Refused, Web

web = Web()
started = threading.Event()


def start():
    """A replica that cannot be started ends, and whoever started it tries again."""
    try:
        command.upgrade(Config("alembic.ini"), "head")
        with connection() as c:
            c.execute("SELECT 1")
    except Exception:
        traceback.print_exc()
        os._exit(1)
    started.set()


@web.get("/readyz")
def ready():
    if not started.is_set():
        raise Refused(503, "the schema is being brought up to date")
    return {"ready": True}


@web.post("/evenings")
def reserve(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO evenings (visitor, telescope, wish) VALUES (%s, %s, %s) RETURNING id, visitor, telescope, wish",
            [given["visitor"], given["telescope"], given.get("wish")],
        ).fetchone()


@web.get("/evenings/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, visitor, telescope, wish FROM evenings WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such evening")
    return found


threading.Thread(target=start, daemon=True).start()
