"""Parking permits: everybody gets one for a zone, and visitors have a zone of their own."""

from pooled import connection
from web import Refused, Web

web = Web()


def add(statement, values):
    with connection() as c:
        return c.execute(statement, values).fetchone()


def find(statement, id):
    with connection() as c:
        found = c.execute(statement, [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


def zone_of(street):
    """Zones are named by the first letter of the street; where there is none, it is a visitor."""
    return street[0].upper() if street else "visitors"


@web.post("/cars")
def register(given):
    return add("INSERT INTO cars (plate) VALUES (%s) RETURNING id", [given["plate"]])


@web.get("/cars/{id}")
def show_car(id):
    return find("SELECT id, plate FROM cars WHERE id = %s", id)


@web.post("/permits")
def permit(given):
    values = [given["holder"], zone_of(given.get("street"))]
    return add("INSERT INTO permits (holder, zone) VALUES (%s, %s) RETURNING id", values)


@web.get("/permits/{id}")
def show_permit(id):
    return find("SELECT id, holder, zone FROM permits WHERE id = %s", id)
