"""A parcel service: parcels with the numbers that are printed on them, and vans with their miles."""

import os
from contextlib import contextmanager

from psycopg2.extras import RealDictCursor
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


@web.post("/parcels")
def send(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO parcels (number, street) VALUES (nextval('parcel_numbers'), %s) RETURNING number::int AS number",
            [given["street"]],
        )
        return c.fetchone()


@web.get("/parcels/{number}")
def track(number):
    with cursor() as c:
        c.execute("SELECT number::int AS number, street FROM parcels WHERE number = %s", [int(number)])
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
            "UPDATE vans SET miles = miles + %s WHERE id = %s RETURNING id, miles::int AS miles",
            [given["miles"], int(id)],
        )
        return c.fetchone()
