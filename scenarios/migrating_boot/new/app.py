"""A bicycle workshop; a repair is promised for a day."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/repairs")
def bring(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO repairs (bicycle, fault, promised) VALUES (%s, %s, %s) RETURNING id, bicycle, fault, promised",
            [given["bicycle"], given["fault"], given.get("promised")],
        ).fetchone()


@web.get("/repairs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, bicycle, fault, promised FROM repairs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such repair")
    return found
