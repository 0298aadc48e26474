"""Tickets of a cinema, and where people wish to sit."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/tickets")
def sell(given):
    with connection() as c:
        sold = c.execute("INSERT INTO tickets (film) VALUES (%s) RETURNING id, film", [given["film"]]).fetchone()
        c.execute("INSERT INTO wishes (ticket, wish) VALUES (%s, %s)", [sold["id"], given.get("place")])
    return sold


@web.get("/tickets/{id}")
def show(id):
    with connection() as c:
        found = c.execute(
            "SELECT t.id, t.film, p.wish FROM tickets t LEFT JOIN wishes p ON p.ticket = t.id WHERE t.id = %s",
            [int(id)],
        ).fetchone()
    if found is None:
        raise Refused(404, "no such ticket")
    return found
