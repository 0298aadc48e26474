"""Parcels, where they go, and the zone that is."""

from pooled import connection
from web import Web

web = Web()


@web.post("/parcels")
def take(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO parcels (town, zone) VALUES (%s, %s) RETURNING id", [given["town"], given["town"][:1]]
        ).fetchone()


@web.get("/parcels/{id}")
def parcel(id):
    with connection() as c:
        return c.execute("SELECT town FROM parcels WHERE id = %s", [int(id)]).fetchone()
