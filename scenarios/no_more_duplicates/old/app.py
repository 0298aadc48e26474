"""A gym: members have a card that opens the door, and book classes."""

import secrets

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO members (name, card) VALUES (%s, %s) RETURNING id, card", [given["name"], secrets.token_hex(8)]
        ).fetchone()


@web.get("/cards/{card}")
def whose(card):
    with connection() as c:
        found = c.execute("SELECT id, name FROM members WHERE card = %s", [card]).fetchone()
    if found is None:
        raise Refused(404, "no such card")
    return found


@web.post("/bookings")
def book(given):
    with connection() as c:
        c.execute("INSERT INTO bookings (member, course) VALUES (%s, %s)", [given["member"], given["course"]])
    return {"booked": given["course"]}


@web.get("/bookings/{member}")
def booked(member):
    with connection() as c:
        rows = c.execute("SELECT DISTINCT course FROM bookings WHERE member = %s ORDER BY course", [member])
        return [row["course"] for row in rows]
