"""A laundry: what is brought, and what is to be done with it."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.get("/readyz")
def ready():
    with connection() as c:
        c.execute("SELECT 1")
    return {"ready": True}


@web.post("/orders")
def bring(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO orders (piece, wish) VALUES (%s, %s) RETURNING id, piece, wish",
            [given["piece"], given["wish"]],
        ).fetchone()


@web.get("/orders/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, piece, wish FROM orders WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such order")
    return found
