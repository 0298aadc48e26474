"""A climbing hall: who has booked which wall."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/climbs")
def book(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO climbs (wall, climber) VALUES (%s, %s) RETURNING id, wall, climber",
            [given["wall"], given["climber"]],
        ).fetchone()


@web.get("/climbs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, wall, climber FROM climbs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such climb")
    return found
