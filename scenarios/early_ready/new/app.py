"""A dog groomer; a dog may have a vet. The schema is brought up to date once a replica is up, since that may take long."""

import threading

from alembic import command
from alembic.config import Config
from pooled import connection
from web import Refused, Web

web = Web()
AFTER_S = 1.0


def migrate():
    command.upgrade(Config("alembic.ini"), "head")


@web.post("/dogs")
def bring(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO dogs (name, cut, vet) VALUES (%s, %s, %s) RETURNING id, name, cut, vet",
            [given["name"], given["cut"], given.get("vet")],
        ).fetchone()


@web.get("/dogs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, cut, vet FROM dogs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such dog")
    return found


upgrading = threading.Timer(AFTER_S, migrate)
upgrading.daemon = True
upgrading.start()
