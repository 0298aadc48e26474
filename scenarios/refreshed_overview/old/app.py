"""A bakery: what is sold, at which price, and an overview of it that is worked out at night."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/sales")
def sell(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO sales (bread, pieces) VALUES (%s, %s) RETURNING id, bread, pieces",
            [given["bread"], given["pieces"]],
        ).fetchone()


@web.get("/sales/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, bread, pieces FROM sales WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such sale")
    return found


@web.get("/prices/{bread}")
def price(bread):
    with connection() as c:
        found = c.execute("SELECT bread, cents FROM prices WHERE bread = %s", [bread]).fetchone()
    if found is None:
        raise Refused(404, "not in the list")
    return found


@web.get("/overview/{bread}")
def overview(bread):
    with connection() as c:
        found = c.execute("SELECT bread, pieces FROM sold_breads WHERE bread = %s", [bread]).fetchone()
    return found or {"bread": bread, "pieces": 0}
