"""A ferry line: passengers and their ferries."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/passages")
def sell(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO passages (ferry, passenger) VALUES (%s, %s) RETURNING id, ferry, passenger",
            [given["ferry"], given["passenger"]],
        ).fetchone()


@web.get("/passages/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, ferry, passenger FROM passages WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such passage")
    return found
