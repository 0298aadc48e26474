"""Sells tickets; the month's report is asked for by its own page, which is not in the API."""

from pooled import connection
from web import Web

web = Web()


@web.post("/tickets")
def sell(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO tickets (event, cents) VALUES (%s, %s) RETURNING id, event, cents",
            [given["event"], given["cents"]],
        ).fetchone()


@web.get("/tickets/{id}")
def show(id):
    with connection() as c:
        return c.execute("SELECT id, event, cents FROM tickets WHERE id = %s", [int(id)]).fetchone()


@web.get("/reports/{since}")
def report(since):
    with connection() as c:
        sold = c.execute(
            "SELECT t.channel, count(*) AS sold, sum(t.cents) AS cents FROM tickets t "
            "WHERE t.sold_at >= %s GROUP BY t.channel ORDER BY t.channel",
            [since],
        ).fetchall()
    return {"channels": sold}
