"""A dog groomer: which dog is to be cut, and how."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/dogs")
def bring(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO dogs (name, cut) VALUES (%s, %s) RETURNING id, name, cut",
            [given["name"], given["cut"]],
        ).fetchone()


@web.get("/dogs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, cut FROM dogs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such dog")
    return found
