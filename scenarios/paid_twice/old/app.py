"""A parcel shop: couriers, and what is owed to each of them in cents."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/couriers")
def hire(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO couriers (name, owed) VALUES (%s, 0) RETURNING id, name, owed", [given["name"]]
        ).fetchone()


@web.get("/couriers/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, owed FROM couriers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such courier")
    return found
