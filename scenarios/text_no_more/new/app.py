"""A plant nursery: seeds by weight, beds with the number of plants in them, and shops with their opening hours; numbers are numbers."""

import os
import re
from contextlib import contextmanager

from psycopg2.extras import Json, RealDictCursor
from psycopg2.pool import ThreadedConnectionPool
from web import Refused, Web

web = Web()
pool = ThreadedConnectionPool(1, 20, os.environ["DATABASE_URL"], cursor_factory=RealDictCursor)


@contextmanager
def cursor():
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as c:
            yield c
    finally:
        pool.putconn(connection)


def one(statement, values):
    with cursor() as c:
        c.execute(statement, values)
        row = c.fetchone()
    if row is None:
        raise Refused(404, "not found")
    return row


@web.post("/seeds")
def add_seeds(given):
    return one(
        "INSERT INTO seeds (plant, weight, grams) VALUES (%s, %s, %s) RETURNING id",
        [given["plant"], given["weight"], grams(given["weight"])],
    )


@web.get("/seeds/{id}")
def show_seeds(id):
    row = one("SELECT id, plant, weight, grams FROM seeds WHERE id = %s", [int(id)])
    known = grams(row["weight"]) if row["grams"] is None else row["grams"]
    return {"id": row["id"], "plant": row["plant"], "grams": known}


def grams(weight):
    number, _, unit = weight.partition(" ")
    return int(number) * {"g": 1, "kg": 1000}[unit]


@web.post("/beds")
def plant(given):
    amount = re.search(r"\d+", given["amount"])
    if amount is None:
        raise Refused(422, "how many?")
    return one("INSERT INTO beds (plant, amount) VALUES (%s, %s) RETURNING id", [given["plant"], int(amount[0])])


@web.get("/beds/{id}")
def show_bed(id):
    row = one("SELECT id, plant, amount FROM beds WHERE id = %s", [int(id)])
    return {**row, "amount": f"{row['amount']:d} plants"}


@web.post("/shops")
def open_shop(given):
    return one("INSERT INTO shops (town, hours) VALUES (%s, %s) RETURNING id", [given["town"], Json(given["hours"])])


@web.get("/shops/{id}")
def show_shop(id):
    row = one("SELECT id, town, hours FROM shops WHERE id = %s", [int(id)])
    return {**row, "open": [day for day, hours in row["hours"].items() if hours]}
