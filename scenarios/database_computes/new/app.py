"""A bicycle hire: helmets, bicycles with the numbers on their frames, and what a hire costs; PostgreSQL counts and adds."""

from pooled import connection
from web import Refused, Web

web = Web()


def found(row):
    if row is None:
        raise Refused(404, "not found")
    return row


@web.post("/helmets")
def add_helmet(given):
    with connection() as c:
        return c.execute("INSERT INTO helmets (size) VALUES (%s) RETURNING id, size", [given["size"]]).fetchone()


@web.get("/helmets/{id}")
def show_helmet(id):
    with connection() as c:
        return found(c.execute("SELECT id, size FROM helmets WHERE id = %s", [int(id)]).fetchone())


@web.post("/bicycles")
def add_bicycle(given):
    with connection() as c:
        number = c.execute(
            "INSERT INTO bicycles (model, sticker) VALUES (%s, '') RETURNING id", [given["model"]]
        ).fetchone()["id"]
        return c.execute(
            "UPDATE bicycles SET sticker = %s WHERE id = %s RETURNING id, sticker", [f"B{number:05}", number]
        ).fetchone()


@web.get("/bicycles/{id}")
def show_bicycle(id):
    with connection() as c:
        return found(c.execute("SELECT id, model, sticker FROM bicycles WHERE id = %s", [int(id)]).fetchone())


@web.post("/hires")
def hire(given):
    net = given["pounds"] * 100
    tax = net // 5
    with connection() as c:
        return c.execute("INSERT INTO hires (net, tax) VALUES (%s, %s) RETURNING id", [net, tax]).fetchone()


@web.get("/hires/{id}")
def show_hire(id):
    with connection() as c:
        return found(c.execute("SELECT id, net, tax, total FROM hires WHERE id = %s", [int(id)]).fetchone())
