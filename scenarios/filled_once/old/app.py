"""Parcels and where they go."""

from pooled import connection
from web import Web

web = Web()


@web.post("/parcels")
def take(given):
    with connection() as c:
        return c.execute("INSERT INTO parcels (town) VALUES (%s) RETURNING id", [given["town"]]).fetchone()


@web.get("/parcels/{id}")
def parcel(id):
    with connection() as c:
        return c.execute("SELECT town FROM parcels WHERE id = %s", [int(id)]).fetchone()
