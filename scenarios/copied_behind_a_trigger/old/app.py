"""Readers of a library, and where they live."""

from pooled import connection
from web import Web

web = Web()


@web.post("/readers")
def join(given):
    with connection() as c:
        return c.execute("INSERT INTO readers (town) VALUES (%s) RETURNING id", [given["town"]]).fetchone()


@web.put("/readers/{id}")
def move(id, given):
    with connection() as c:
        c.execute("UPDATE readers SET town = %s WHERE id = %s", [given["town"], int(id)])
    return {}


@web.get("/readers/{id}")
def reader(id):
    with connection() as c:
        return c.execute("SELECT town FROM readers WHERE id = %s", [int(id)]).fetchone()
