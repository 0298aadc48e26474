"""Parking permits of a town: who may park where, found by number plate or by street."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/permits")
def issue(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO permits (plate, street) VALUES (%s, %s) RETURNING id, plate, street",
            [given["plate"], given["street"]],
        ).fetchone()


@web.get("/plates/{plate}")
def look_up(plate):
    with connection() as c:
        found = c.execute("SELECT id, plate, street FROM permits WHERE plate = %s", [plate]).fetchone()
    if found is None:
        raise Refused(404, "no permit for this plate")
    return found


@web.get("/streets/{street}")
def list_street(street):
    with connection() as c:
        return c.execute("SELECT id, plate, street FROM permits WHERE street = %s", [street]).fetchall()
