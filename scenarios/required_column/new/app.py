"""Rooms and who has booked them, for several hotels at once, with a note for the kitchen."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/bookings")
def book(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO bookings (room, guest, note, tenant) VALUES (%s, %s, %s, %s) RETURNING id, room, guest",
            [given["room"], given["guest"], given.get("note"), given.get("tenant", "main")],
        ).fetchone()


@web.get("/bookings/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, room, guest, note, tenant FROM bookings WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such booking")
    return found
