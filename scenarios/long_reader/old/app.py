"""Keeps parcels, of which somebody else makes long reports."""

from pooled import connection
from web import Web

web = Web()


@web.post("/parcels")
def add(given):
    with connection() as c:
        return c.execute("INSERT INTO parcels (label) VALUES (%s) RETURNING id, label", [given["label"]]).fetchone()


@web.get("/parcels/{id}")
def show(id):
    with connection() as c:
        return c.execute("SELECT id, label FROM parcels WHERE id = %s", [int(id)]).fetchone()
