"""A flower shop's orders: what is bound, and the label for whom it is."""

from psycopg.types.json import Jsonb

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/orders")
def order(given):
    details = {"flowers": given["flowers"], "recipient": given["recipient"]}
    with connection() as c:
        return c.execute("INSERT INTO orders (details) VALUES (%s) RETURNING id", [Jsonb(details)]).fetchone()


@web.get("/orders/{id}/label")
def label(id):
    return {"text": _details(id)["recipient"].upper()}


@web.get("/orders/{id}/flowers")
def flowers(id):
    return {"flowers": _details(id)["flowers"]}


def _details(id):
    with connection() as c:
        found = c.execute("SELECT details FROM orders WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return found["details"]
