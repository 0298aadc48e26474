"""A flower shop's orders: what is bound, a card, and the label for whom it is and where."""

from psycopg.types.json import Jsonb

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/orders")
def order(given):
    recipient = {"name": given["recipient"], "street": given.get("street", "")}
    details = {"flowers": given["flowers"], "recipient": recipient, "wrapped": given.get("wrapped", False)}
    with connection() as c:
        return c.execute(
            "INSERT INTO orders (details, card) VALUES (%s, %s) RETURNING id", [Jsonb(details), given.get("card")]
        ).fetchone()


@web.get("/orders/{id}/label")
def label(id):
    recipient = _details(id)["recipient"]
    if isinstance(recipient, str):
        recipient = {"name": recipient, "street": ""}
    return {"text": f"{recipient['name']} {recipient['street']}".strip().upper()}


@web.get("/orders/{id}/flowers")
def flowers(id):
    return {"flowers": _details(id)["flowers"]}


def _details(id):
    with connection() as c:
        found = c.execute("SELECT details FROM orders WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return found["details"]
