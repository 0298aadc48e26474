"""A concert hall; a ticket has a code that is scanned at the door, a label to print, and a currency."""

from pooled import connection
from web import Refused, Web

web = Web()

SHOWN = "id, concert, seat, cents, code, label, currency"


@web.post("/tickets")
def sell(given):
    with connection() as c:
        return c.execute(
            f"INSERT INTO tickets (concert, seat, cents, currency) VALUES (%s, %s, %s, %s) RETURNING {SHOWN}",
            [given["concert"], given["seat"], given["cents"], given.get("currency", "EUR")],
        ).fetchone()


@web.get("/tickets/{id}")
def show(id):
    with connection() as c:
        found = c.execute(f"SELECT {SHOWN} FROM tickets WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such ticket")
    return found
