"""A climbing hall; a climber may need a rope."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/climbs")
def book(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO climbs (wall, climber, rope) VALUES (%s, %s, %s) RETURNING id, wall, climber, rope",
            [given["wall"], given["climber"], given.get("rope")],
        ).fetchone()


@web.get("/climbs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, wall, climber, rope FROM climbs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such climb")
    return found
