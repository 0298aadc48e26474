"""A pottery: which pot goes into the kiln, with which glaze."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/firings")
def plan(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO firings (pot, glaze) VALUES (%s, %s) RETURNING id, pot, glaze",
            [given["pot"], given["glaze"]],
        ).fetchone()


@web.get("/firings/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, pot, glaze FROM firings WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such firing")
    return found
