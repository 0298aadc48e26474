"""A flea market: what is offered there, and the stalls."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/offers")
def offer(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO offers (thing, price) VALUES (%s, %s) RETURNING id", [given["thing"], given["price"]]
        ).fetchone()


@web.get("/offers/{id}")
def show_offer(id):
    with connection() as c:
        found = c.execute("SELECT id, thing, price FROM offers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such offer")
    return found


@web.put("/offers/{id}")
def change_offer(id, given):
    with connection() as c:
        found = c.execute(
            "UPDATE offers SET price = %s WHERE id = %s RETURNING id", [given["price"], int(id)]
        ).fetchone()
    if found is None:
        raise Refused(404, "no such offer")
    return found


@web.delete("/offers/{id}")
def withdraw(id):
    with connection() as c:
        c.execute("DELETE FROM offers WHERE id = %s", [int(id)])
    return {}


@web.post("/stalls")
def rent(given):
    with connection() as c:
        return c.execute("INSERT INTO stalls (keeper) VALUES (%s) RETURNING id", [given["keeper"]]).fetchone()


@web.get("/stalls/{id}")
def show_stall(id):
    with connection() as c:
        found = c.execute("SELECT id, keeper FROM stalls WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such stall")
    return found


@web.put("/stalls/{id}")
def change_keeper(id, given):
    with connection() as c:
        found = c.execute(
            "UPDATE stalls SET keeper = %s WHERE id = %s RETURNING id", [given["keeper"], int(id)]
        ).fetchone()
    if found is None:
        raise Refused(404, "no such stall")
    return found


@web.delete("/stalls/{id}")
def close(id):
    with connection() as c:
        c.execute("DELETE FROM stalls WHERE id = %s", [int(id)])
    return {}
