"""A sign painter: customers, and the signs that they order, on the one size of board that is left."""

import os
from contextlib import contextmanager

from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool
from web import Refused, Web

web = Web()
pool = ThreadedConnectionPool(1, 20, os.environ["DATABASE_URL"], cursor_factory=RealDictCursor)
LONGEST_NAME = 60
LONGEST_INSCRIPTION = 40


@contextmanager
def cursor():
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as c:
            yield c
    finally:
        pool.putconn(connection)


@web.post("/customers")
def add_customer(given):
    with cursor() as c:
        c.execute("INSERT INTO customers (name) VALUES (%s) RETURNING id, name", [given["name"][:LONGEST_NAME]])
        return c.fetchone()


@web.get("/customers/{id}")
def show_customer(id):
    with cursor() as c:
        c.execute("SELECT id, name FROM customers WHERE id = %s", [int(id)])
        found = c.fetchone()
    if found is None:
        raise Refused(404, "no such customer")
    return found


@web.post("/signs")
def order(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO signs (inscription) VALUES (%s) RETURNING id, inscription",
            [given["inscription"][:LONGEST_INSCRIPTION]],
        )
        return c.fetchone()


@web.get("/signs/{id}")
def show_sign(id):
    with cursor() as c:
        c.execute("SELECT id, inscription FROM signs WHERE id = %s", [int(id)])
        found = c.fetchone()
    if found is None:
        raise Refused(404, "no such sign")
    return found
