"""Fares of a ferry, by route."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.put("/fares/{route}")
def change(route, given):
    with connection() as c:
        return c.execute(
            "INSERT INTO fares (route, cents) VALUES (%s, %s) "
            "ON CONFLICT (route) DO UPDATE SET cents = excluded.cents RETURNING route, cents",
            [route, given["cents"]],
        ).fetchone()


@web.get("/fares/{route}")
def show(route):
    with connection() as c:
        found = c.execute("SELECT route, cents FROM fares WHERE route = %s", [route]).fetchone()
    if found is None:
        raise Refused(404, "no such route")
    return found
