"""Beehives: where they stand and who keeps them."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/hives")
def register(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO hives (stand, keeper) VALUES (%s, %s) RETURNING id, stand, keeper",
            [given["stand"], given["keeper"]],
        ).fetchone()


@web.get("/hives/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, stand, keeper FROM hives WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such hive")
    return found
