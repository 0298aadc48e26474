"""A bakery: its products, what customers have ordered, and what has become of their orders; with allergens, candles and telephone numbers."""

import os
from contextlib import contextmanager

from psycopg2.pool import ThreadedConnectionPool
from web import Refused, Web

web = Web()
pool = ThreadedConnectionPool(1, 20, os.environ["DATABASE_URL"])


@contextmanager
def cursor():
    """Rows are tuples."""
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as c:
            yield c
    finally:
        pool.putconn(connection)


@web.post("/products")
def add_product(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO products (name, pence, allergens) VALUES (%s, %s, %s) RETURNING id, name",
            [given["name"], given["pence"], given.get("allergens")],
        )
        number, name = c.fetchone()
    return {"id": number, "name": name}


@web.get("/products/{id}")
def show_product(id):
    with cursor() as c:
        c.execute("SELECT id, name, pence, allergens FROM products WHERE id = %s", [int(id)])
        row = c.fetchone()
    if row is None:
        raise Refused(404, "no such product")
    number, name, pence, allergens = row
    return {"id": number, "name": name, "price": f"{pence / 100:.2f}", "allergens": allergens}


@web.post("/orders")
def order(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO orders (cake, candles) VALUES (%s, %s) RETURNING id", [given["cake"], given.get("candles")]
        )
        return {"id": c.fetchone()[0], "cake": given["cake"]}


@web.post("/orders/{id}/collection")
def collect(id, given):
    with cursor() as c:
        c.execute("INSERT INTO collected_orders (id, cake) SELECT id, cake FROM orders WHERE id = %s", [int(id)])
        c.execute("DELETE FROM orders WHERE id = %s", [int(id)])
    return {"id": int(id)}


@web.get("/collected-orders/{id}")
def show_collected(id):
    with cursor() as c:
        c.execute("SELECT cake FROM collected_orders WHERE id = %s", [int(id)])
        row = c.fetchone()
    if row is None:
        raise Refused(404, "not collected yet")
    return {"id": int(id), "cake": row[0]}


@web.post("/customers")
def add_customer(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO customers (name, phone) VALUES (%s, %s) RETURNING id", [given["name"], given.get("phone")]
        )
        return {"id": c.fetchone()[0], "name": given["name"]}


@web.get("/customers/{id}")
def show_customer(id):
    with cursor() as c:
        c.execute("SELECT id, name, phone FROM customers WHERE id = %s", [int(id)])
        row = c.fetchone()
    if row is None:
        raise Refused(404, "no such customer")
    number, name, phone = row
    return {"id": number, "name": name, "phone": phone}
