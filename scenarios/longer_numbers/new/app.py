"""A parcel service: parcels with the numbers that are printed on them, and vans with their miles; numbers cannot be guessed."""

import os
import secrets
from contextlib import contextmanager

from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool
from web import Refused, Web

web = Web()
pool = ThreadedConnectionPool(1, 20, os.environ["DATABASE_URL"], cursor_factory=RealDictCursor)
NUMBERS = range(10**11, 10**12)


@contextmanager
def cursor():
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as c:
            yield c
    finally:
        pool.putconn(connection)


@web.post("/parcels")
def send(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO parcels (number, street) VALUES (%s, %s) RETURNING number",
            [secrets.choice(NUMBERS), given["street"]],
        )
        return c.fetchone()


@web.get("/parcels/{number}")
def track(number):
    with cursor() as c:
        c.execute("SELECT number, street FROM parcels WHERE number = %s", [int(number)])
        found = c.fetchone()
    if found is None:
        raise Refused(404, "no such parcel")
    return found


@web.post("/vans")
def buy(given):
    with cursor() as c:
        c.execute("INSERT INTO vans (plate, miles) VALUES (%s, 0) RETURNING id, miles", [given["plate"]])
        return c.fetchone()


@web.post("/vans/{id}/trips")
def drive(id, given):
    with cursor() as c:
        c.execute(
            "UPDATE vans SET miles = miles + %s WHERE id = %s RETURNING id, miles",
            [given["miles"], int(id)],
        )
        return c.fetchone()
