"""A climbing wall: climbers, how many routes each has done, and the level that follows from it."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/climbers")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO climbers (name, routes, level) VALUES (%s, %s, %s) RETURNING id, name, routes, level",
            [given["name"], given["routes"], given["routes"] // 10],
        ).fetchone()


@web.get("/climbers/{id}")
def show(id):
    with connection() as c:
        found = c.execute(
            "SELECT id, name, routes, coalesce(level, routes / 10) AS level FROM climbers WHERE id = %s", [int(id)]
        ).fetchone()
    if found is None:
        raise Refused(404, "no such climber")
    return found
