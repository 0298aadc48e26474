"""A laundry: its customers, the bundles that they bring, and tickets for single pieces."""

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


@web.post("/customers")
def welcome(given):
    return add("INSERT INTO customers (name) VALUES (%s) RETURNING id", [given["name"]])


@web.get("/customers/{id}")
def show_customer(id):
    return find("SELECT id, name FROM customers WHERE id = %s", id)


@web.post("/bundles")
def take_in(given):
    return add("INSERT INTO bundles (shirts) VALUES (%s) RETURNING id", [given["shirts"]])


@web.get("/bundles/{id}")
def show_bundle(id):
    return find("SELECT id, shirts FROM bundles WHERE id = %s", id)


@web.post("/tickets")
def hand_out(given):
    return add(
        "INSERT INTO tickets (number, item) VALUES (nextval('ticket_numbers'), %s) RETURNING number", [given["item"]]
    )


@web.get("/tickets/{number}")
def show_ticket(number):
    return find("SELECT number, item FROM tickets WHERE number = %s", number)
