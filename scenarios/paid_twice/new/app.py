"""A parcel shop: couriers, what is owed to each of them in cents, and where they ride."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/couriers")
def hire(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO couriers (name, owed, district) VALUES (%s, 0, %s) RETURNING id, name, owed, district",
            [given["name"], given.get("district", "north")],
        ).fetchone()


@web.get("/couriers/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, owed, district FROM couriers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such courier")
    return found
