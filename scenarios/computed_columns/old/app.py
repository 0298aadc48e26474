"""A concert hall: tickets, with their seats and what they cost."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/tickets")
def sell(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO tickets (concert, seat, cents) VALUES (%s, %s, %s) RETURNING id, concert, seat, cents",
            [given["concert"], given["seat"], given["cents"]],
        ).fetchone()


@web.get("/tickets/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, concert, seat, cents FROM tickets WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such ticket")
    return found
