"""A bakery: rolls are reserved for the morning, and cakes are ordered by phone number."""

from pooled import connection
from web import Refused, Web

web = Web()


def add(statement, values):
    with connection() as c:
        return c.execute(statement, values).fetchone()


def find(statement, id):
    with connection() as c:
        found = c.execute(statement, [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/rolls")
def reserve(given):
    values = [given["pieces"], given.get("flour", "wheat")]
    return add("INSERT INTO rolls (pieces, flour) VALUES (%s, %s) RETURNING id", values)


@web.get("/rolls/{id}")
def show_rolls(id):
    return find("SELECT id, pieces, flour FROM rolls WHERE id = %s", id)


@web.post("/orders")
def order(given):
    phone = given["phone"].strip()
    return add("INSERT INTO orders (cake, phone) VALUES (%s, %s) RETURNING id", [given["cake"], phone])


@web.get("/orders/{id}")
def show_order(id):
    return find("SELECT id, cake, phone FROM orders WHERE id = %s", id)
