"""A climbing wall: climbers, and how many routes each has done."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/climbers")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO climbers (name, routes) VALUES (%s, %s) RETURNING id, name, routes",
            [given["name"], given["routes"]],
        ).fetchone()


@web.get("/climbers/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, routes FROM climbers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such climber")
    return found
