"""Guests of a hotel; a new telephone number is marked until it is confirmed."""

from pooled import connection
from web import Web

web = Web()


@web.post("/guests")
def arrive(given):
    with connection() as c:
        return c.execute("INSERT INTO guests (telephone) VALUES (%s) RETURNING id", [given["phone"]]).fetchone()


@web.put("/guests/{id}/phone")
def change(id, given):
    with connection() as c:
        c.execute("UPDATE guests SET telephone = %s, confirmed = false WHERE id = %s", [given["phone"], int(id)])
    return {}


@web.put("/guests/{id}/confirmation")
def confirm(id, given):
    with connection() as c:
        c.execute(
            "UPDATE guests SET telephone = coalesce(draft, telephone), phone = coalesce(draft, telephone), draft = NULL,"
            " confirmed = true WHERE id = %s",
            [int(id)],
        )
    return {}


@web.get("/guests/{id}")
def guest(id):
    with connection() as c:
        return c.execute("SELECT telephone AS phone FROM guests WHERE id = %s", [int(id)]).fetchone()
