"""A bicycle workshop: what is repaired, and for whom; bicycles stand where there is room."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/repairs")
def leave(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO repairs (bicycle, fault) VALUES (%s, %s) RETURNING id, bicycle, fault",
            [given["bicycle"], given["fault"]],
        ).fetchone()


@web.get("/repairs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, bicycle, fault FROM repairs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such repair")
    return found


@web.post("/customers")
def enter(given):
    with connection() as c:
        return c.execute("INSERT INTO customers (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.get("/customers/{id}")
def look_up(id):
    with connection() as c:
        found = c.execute("SELECT id, name FROM customers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such customer")
    return found
