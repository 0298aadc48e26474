"""A parcel station: who has a parcel there, and in which locker."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/parcels")
def put_in(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO parcels (recipient, locker) VALUES (%s, %s) RETURNING id",
            [given["recipient"], given.get("locker")],
        ).fetchone()


@web.get("/parcels/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, recipient, locker FROM parcels WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such parcel")
    return found
