"""A parcel shop: parcels that wait to be fetched, and who fetches them."""

from autocommit import connection
from web import Refused, Web

web = Web()


@web.post("/parcels")
def receive(given):
    with connection() as c:
        return c.execute("INSERT INTO parcels (addressee) VALUES (%s) RETURNING id", [given["addressee"]]).fetchone()


@web.get("/parcels/{id}")
def show_parcel(id):
    with connection() as c:
        parcel = c.execute("SELECT * FROM parcels WHERE id = %s", [int(id)]).fetchone()
    if parcel is None:
        raise Refused(404, "no such parcel")
    return {"id": parcel["id"], "addressee": parcel["addressee"], "fetched": parcel["fetched"]}


@web.post("/couriers")
def add_courier(given):
    with connection() as c:
        return c.execute("INSERT INTO couriers (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.get("/couriers/{id}")
def show_courier(id):
    with connection() as c:
        courier = c.execute("SELECT id, name FROM couriers WHERE id = %s", [int(id)]).fetchone()
    if courier is None:
        raise Refused(404, "no such courier")
    return courier
