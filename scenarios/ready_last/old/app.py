"""An observatory: who looks through which telescope."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/evenings")
def reserve(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO evenings (visitor, telescope) VALUES (%s, %s) RETURNING id, visitor, telescope",
            [given["visitor"], given["telescope"]],
        ).fetchone()


@web.get("/evenings/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, visitor, telescope FROM evenings WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such evening")
    return found
