"""Rooms and who has booked them."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/bookings")
def book(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO bookings (room, guest) VALUES (%s, %s) RETURNING id, room, guest",
            [given["room"], given["guest"]],
        ).fetchone()


@web.get("/bookings/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, room, guest FROM bookings WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such booking")
    return found
