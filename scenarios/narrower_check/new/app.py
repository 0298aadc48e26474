"""A bakery: rolls are reserved for the morning, of spelt unless asked for otherwise, and cakes are ordered."""

import re

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
    values = [given["pieces"], given.get("flour", "spelt")]
    return add("INSERT INTO rolls (pieces, flour) VALUES (%s, %s) RETURNING id", values)


@web.get("/rolls/{id}")
def show_rolls(id):
    return find("SELECT id, pieces, flour FROM rolls WHERE id = %s", id)


def international(phone):
    """In the form of E.164; who dials without a country code lives here."""
    digits = re.sub(r"\D", "", phone)
    return "+" + digits if phone.lstrip().startswith("+") else "+44" + digits.lstrip("0")


@web.post("/orders")
def order(given):
    phone = international(given["phone"])
    return add("INSERT INTO orders (cake, phone) VALUES (%s, %s) RETURNING id", [given["cake"], phone])


@web.get("/orders/{id}")
def show_order(id):
    return find("SELECT id, cake, phone FROM orders WHERE id = %s", id)
