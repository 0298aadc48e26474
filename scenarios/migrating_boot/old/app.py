"""A bicycle workshop: bicycles and what is wrong with them."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/repairs")
def bring(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO repairs (bicycle, fault) VALUES (%s, %s) RETURNING id, bicycle, fault",
            [given["bicycle"], given["fault"]],
        ).fetchone()


@web.get("/repairs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, bicycle, fault FROM repairs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such repair")
    return found
