"""A cinema club: members, and the points that they collect; this summer everybody gets fifty."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def issue(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO members (name, points) VALUES (%s, 10) RETURNING id, name, points", [given["name"]]
        ).fetchone()


@web.get("/members/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, points FROM members WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such card")
    return found


@web.post("/members/{id}/purchases")
def buy(id, given):
    with connection() as c:
        return c.execute(
            "UPDATE members SET points = points + %s WHERE id = %s RETURNING id, points", [given["points"], int(id)]
        ).fetchone()
