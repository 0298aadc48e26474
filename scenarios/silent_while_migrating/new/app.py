"""A ferry line; a passenger may bring a vehicle. The schema is brought up to date before anything is served."""

from alembic import command
from alembic.config import Config
from pooled import connection
from web import Refused, Web

command.upgrade(Config("alembic.ini"), "head")
web = Web()


@web.post("/passages")
def sell(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO passages (ferry, passenger, vehicle) VALUES (%s, %s, %s) RETURNING id, ferry, passenger, vehicle",
            [given["ferry"], given["passenger"], given.get("vehicle")],
        ).fetchone()


@web.get("/passages/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, ferry, passenger, vehicle FROM passages WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such passage")
    return found
