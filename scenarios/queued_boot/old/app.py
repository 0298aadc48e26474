"""Kayaks for hire: which boat is out with whom."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/trips")
def hire(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO trips (boat, guest) VALUES (%s, %s) RETURNING id, boat, guest",
            [given["boat"], given["guest"]],
        ).fetchone()


@web.get("/trips/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, boat, guest FROM trips WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such trip")
    return found
