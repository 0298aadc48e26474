"""Couriers, the parcels that they carry, and their tours. New: who is asked can tell when each was changed last, and
a tour's status is called its state."""

from pooled import connection
from web import Web

web = Web()


@web.post("/parcels")
def register(given):
    with connection() as c:
        parcel = c.execute("INSERT INTO parcels (street) VALUES (%s) RETURNING id", [given["street"]]).fetchone()
        c.execute(
            "UPDATE parcels SET label = %s, changed_at = clock_timestamp() WHERE id = %s",
            [f"P-{parcel['id']:06}", parcel["id"]],
        )
    return parcel


@web.get("/parcels/{id}")
def parcel(id):
    with connection() as c:
        return c.execute("SELECT street, label FROM parcels WHERE id = %s", [int(id)]).fetchone()


@web.post("/couriers")
def hire(given):
    with connection() as c:
        courier = c.execute("INSERT INTO couriers (name) VALUES (%s) RETURNING id", [given["name"]]).fetchone()
        c.execute(
            "UPDATE couriers SET badge = %s, changed_at = clock_timestamp() WHERE id = %s",
            [f"C-{courier['id']:03}", courier["id"]],
        )
    return courier


@web.get("/couriers/{id}")
def courier(id):
    with connection() as c:
        return c.execute("SELECT name, badge FROM couriers WHERE id = %s", [int(id)]).fetchone()


@web.post("/tours")
def plan(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO tours (district, state) VALUES (%s, 'planned') RETURNING id", [given["district"]]
        ).fetchone()


@web.put("/tours/{id}")
def move(id, given):
    with connection() as c:
        c.execute("UPDATE tours SET state = %s WHERE id = %s", [given["status"], int(id)])
    return {}


@web.get("/tours/{id}")
def tour(id):
    with connection() as c:
        return c.execute(
            "SELECT district, coalesce(state, status) AS status FROM tours WHERE id = %s", [int(id)]
        ).fetchone()
