"""Season tickets of a swimming pool, by the names of the price list, and its lockers."""

from pooled import connection
from web import Refused, Web

web = Web()
EUROS = {"adult": 90, "child": 45}


@web.post("/tickets")
def sell(given):
    kind = "child" if given["age"] < 14 else "adult"
    with connection() as c:
        return c.execute(
            "INSERT INTO tickets (name, kind) VALUES (%s, %s) RETURNING id", [given["name"], kind]
        ).fetchone()


@web.get("/tickets/{id}")
def show_ticket(id):
    with connection() as c:
        ticket = c.execute("SELECT name, kind FROM tickets WHERE id = %s", [int(id)]).fetchone()
    if ticket is None:
        raise Refused(404, "no such ticket")
    return {"name": ticket["name"], "euros": EUROS[ticket["kind"]]}


@web.post("/lockers")
def rent(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO lockers (name, size) VALUES (%s, %s) RETURNING id", [given["name"], given["size"]]
        ).fetchone()


@web.get("/lockers/{id}")
def show_locker(id):
    with connection() as c:
        locker = c.execute("SELECT name, size FROM lockers WHERE id = %s", [int(id)]).fetchone()
    if locker is None:
        raise Refused(404, "no such locker")
    return locker
