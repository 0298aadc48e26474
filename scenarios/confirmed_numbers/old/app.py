"""Guests of a hotel; a new telephone number counts once it is confirmed."""

from pooled import connection
from web import Web

web = Web()


@web.post("/guests")
def arrive(given):
    with connection() as c:
        return c.execute("INSERT INTO guests (phone) VALUES (%s) RETURNING id", [given["phone"]]).fetchone()


@web.put("/guests/{id}/phone")
def change(id, given):
    with connection() as c:
        c.execute("UPDATE guests SET draft = %s WHERE id = %s", [given["phone"], int(id)])
    return {}


@web.put("/guests/{id}/confirmation")
def confirm(id, given):
    with connection() as c:
        c.execute("UPDATE guests SET phone = coalesce(draft, phone), draft = NULL WHERE id = %s", [int(id)])
    return {}


@web.get("/guests/{id}")
def guest(id):
    with connection() as c:
        return c.execute("SELECT phone FROM guests WHERE id = %s", [int(id)]).fetchone()
