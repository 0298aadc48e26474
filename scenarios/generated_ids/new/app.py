"""A laundry: its customers, bundles of laundry, and tickets for single pieces; the latter two have random numbers."""

import secrets

from pooled import connection
from web import Refused, Web

web = Web()


def new_id():
    """A number that no other replica draws, and no sequence has reached."""
    return 2**40 + secrets.randbelow(2**53 - 2**40)


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
    return add("INSERT INTO bundles (id, shirts) VALUES (%s, %s) RETURNING id", [new_id(), given["shirts"]])


@web.get("/bundles/{id}")
def show_bundle(id):
    return find("SELECT id, shirts FROM bundles WHERE id = %s", id)


@web.post("/tickets")
def hand_out(given):
    return add("INSERT INTO tickets (number, item) VALUES (%s, %s) RETURNING number", [new_id(), given["item"]])


@web.get("/tickets/{number}")
def show_ticket(number):
    return find("SELECT number, item FROM tickets WHERE number = %s", number)
