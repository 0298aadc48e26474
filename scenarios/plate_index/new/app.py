"""Parking permits of a town; wardens look up plates all day now, and see a street's permits in order."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/permits")
def issue(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO permits (plate, street) VALUES (%s, %s) RETURNING id, plate, street",
            [given["plate"].strip(), given["street"].strip()],
        ).fetchone()


@web.get("/plates/{plate}")
def look_up(plate):
    with connection() as c:
        found = c.execute(
            "SELECT id, plate, street FROM permits WHERE plate = %s ORDER BY id DESC LIMIT 1", [plate.strip()]
        ).fetchone()
    if found is None:
        raise Refused(404, "no permit for this plate")
    return found


@web.get("/streets/{street}")
def list_street(street):
    with connection() as c:
        return c.execute(
            "SELECT id, plate, street FROM permits WHERE street = %s ORDER BY plate", [street.strip()]
        ).fetchall()
