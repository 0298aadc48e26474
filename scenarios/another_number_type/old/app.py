"""A cheese stall: cheeses and their prices, what is weighed, and what is in stock, of which the shop is told."""

import json
import os
from contextlib import contextmanager
from decimal import Decimal

from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool
from web import Refused, Web

web = Web()
pool = ThreadedConnectionPool(1, 20, os.environ["DATABASE_URL"], cursor_factory=RealDictCursor)
A_KILO = Decimal("18.00")


@contextmanager
def cursor():
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as c:
            yield c
    finally:
        pool.putconn(connection)


def one(c, statement, values):
    c.execute(statement, values)
    row = c.fetchone()
    if row is None:
        raise Refused(404, "not found")
    return row


@web.post("/cheeses")
def add_cheese(given):
    with cursor() as c:
        return one(c, "INSERT INTO cheeses (name, price) VALUES (%s, %s) RETURNING id", [given["name"], given["price"]])


@web.get("/cheeses/{id}")
def show_cheese(id):
    with cursor() as c:
        row = one(c, "SELECT id, name, price FROM cheeses WHERE id = %s", [int(id)])
    return {"id": row["id"], "name": row["name"], "price": f"{row['price'] * Decimal('1.2'):.2f}"}


@web.post("/weighings")
def weigh(given):
    with cursor() as c:
        return one(c, "INSERT INTO weighings (kilos) VALUES (%s) RETURNING id", [given["kilos"]])


@web.get("/weighings/{id}")
def show_weighing(id):
    with cursor() as c:
        row = one(c, "SELECT id, kilos FROM weighings WHERE id = %s", [int(id)])
    return {"id": row["id"], "price": f"{row['kilos'] * A_KILO:.2f}"}


@web.post("/stock")
def stock(given):
    with cursor() as c:
        row = one(
            c,
            "INSERT INTO stock (cheese, amount) VALUES (%s, %s) RETURNING id, cheese, amount",
            [given["cheese"], given["amount"]],
        )
        tell(c, row)
    return {"id": row["id"]}


@web.post("/stock/{id}/sales")
def sell(id, given):
    with cursor() as c:
        row = one(
            c,
            "UPDATE stock SET amount = amount - %s WHERE id = %s RETURNING id, cheese, amount",
            [given["amount"], int(id)],
        )
        tell(c, row)
    return {"id": row["id"], "left": f"{row['amount']:g}"}


def tell(c, row):
    c.execute("INSERT INTO outbox (message) VALUES (%s)", [json.dumps(row)])
