"""A flower wholesaler: orders, where they go, and how far they are."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/orders")
def order(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO orders (shop, postcode) VALUES (%s, %s) RETURNING id, shop, postcode, status",
            [given["shop"], given["postcode"]],
        ).fetchone()


@web.get("/orders/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, shop, postcode, status FROM orders WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return found


@web.patch("/orders/{id}")
def move_on(id, given):
    with connection() as c:
        found = c.execute(
            "UPDATE orders SET status = %s WHERE id = %s RETURNING id, shop, postcode, status",
            [given["status"], int(id)],
        ).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return found
