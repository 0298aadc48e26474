"""A flower wholesaler; an order also has a region, a zone for its price, and a carrier."""

from pooled import connection
from web import Refused, Web

web = Web()

SHOWN = "id, shop, postcode, status, region, zone, carrier"


def complete(order):
    """Orders that were made while the columns were filled have none of the three."""
    return order | {
        "region": order["region"] or order["postcode"][:1],
        "zone": order["zone"] or order["postcode"][:2],
        "carrier": order["carrier"] or "own van",
    }


@web.post("/orders")
def order(given):
    postcode = given["postcode"]
    with connection() as c:
        return c.execute(
            f"INSERT INTO orders (shop, postcode, region, zone, carrier) VALUES (%s, %s, %s, %s, %s) RETURNING {SHOWN}",
            [given["shop"], postcode, postcode[:1], postcode[:2], given.get("carrier", "own van")],
        ).fetchone()


@web.get("/orders/{id}")
def show(id):
    with connection() as c:
        found = c.execute(f"SELECT {SHOWN} FROM orders WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return complete(found)


@web.patch("/orders/{id}")
def move_on(id, given):
    with connection() as c:
        found = c.execute(
            f"UPDATE orders SET status = %s WHERE id = %s RETURNING {SHOWN}", [given["status"], int(id)]
        ).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return complete(found)
