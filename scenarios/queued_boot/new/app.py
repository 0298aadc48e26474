"""Kayaks for hire; a boat may be expected back at a landing stage."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/trips")
def hire(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO trips (boat, guest, landing) VALUES (%s, %s, %s) RETURNING id, boat, guest, landing",
            [given["boat"], given["guest"], given.get("landing")],
        ).fetchone()


@web.get("/trips/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, boat, guest, landing FROM trips WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such trip")
    return found
