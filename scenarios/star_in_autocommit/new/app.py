"""A parcel shop: parcels that wait on a shelf to be fetched, and who fetches them in which van."""

from autocommit import connection
from web import Refused, Web

web = Web()


@web.post("/parcels")
def receive(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO parcels (addressee, shelf) VALUES (%s, %s) RETURNING id",
            [given["addressee"], given.get("shelf")],
        ).fetchone()


@web.get("/parcels/{id}")
def show_parcel(id):
    with connection() as c:
        parcel = c.execute("SELECT * FROM parcels WHERE id = %s", [int(id)]).fetchone()
    if parcel is None:
        raise Refused(404, "no such parcel")
    return parcel


@web.post("/couriers")
def add_courier(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO couriers (name, van) VALUES (%s, %s) RETURNING id, name, van",
            [given["name"], given.get("van")],
        ).fetchone()


@web.get("/couriers/{id}")
def show_courier(id):
    with connection() as c:
        courier = c.execute("SELECT id, name, van FROM couriers WHERE id = %s", [int(id)]).fetchone()
    if courier is None:
        raise Refused(404, "no such courier")
    return courier
