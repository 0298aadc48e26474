"""Tours of a courier: how far, how long, how much."""

from pooled import connection
from web import Refused, Web

web = Web()


def kilometres(start, stop):
    with connection() as c:
        return c.execute("SELECT distance(%s, %s) AS d", [start, stop]).fetchone()["d"]


@web.post("/tours")
def plan(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO tours (start, stop) VALUES (%s, %s) RETURNING id", [given["from"], given["to"]]
        ).fetchone()


@web.get("/tours/{id}")
def show(id):
    with connection() as c:
        tour = c.execute("SELECT start, stop FROM tours WHERE id = %s", [int(id)]).fetchone()
    if tour is None:
        raise Refused(404, "no such tour")
    return {"km": kilometres(tour["start"], tour["stop"])}


@web.post("/prices")
def price(given):
    (x, y), (to_x, to_y) = given["from"], given["to"]
    km = round(((x - to_x) ** 2 + (y - to_y) ** 2) ** 0.5)
    with connection() as c:
        return c.execute("SELECT price(%s) AS euros", [km]).fetchone()


@web.post("/times")
def time(given):
    with connection() as c:
        return c.execute("SELECT minutes(%s) AS minutes", [given["km"]]).fetchone()
