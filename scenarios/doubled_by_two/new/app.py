"""A bakery's cards, on which points are collected; for its tenth birthday everybody gets fifty."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/cards")
def issue(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO cards (name, points) VALUES (%s, 10) RETURNING id, name, points", [given["name"]]
        ).fetchone()


@web.get("/cards/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, points FROM cards WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such card")
    return found


@web.post("/cards/{id}/purchases")
def buy(id, given):
    with connection() as c:
        return c.execute(
            "UPDATE cards SET points = points + %s WHERE id = %s RETURNING id, points", [given["points"], int(id)]
        ).fetchone()
