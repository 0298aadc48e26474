"""A shop where toys are swapped: members and their credit."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO members (name, credit) VALUES (%s, 5) RETURNING id, name, credit", [given["name"]]
        ).fetchone()


@web.get("/members/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, credit FROM members WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such member")
    return found
