"""Members of a rowing club, and how they get a fax when the river is too high."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO members (name, fax) VALUES (%s, %s) RETURNING id, name, fax",
            [given["name"], given.get("fax")],
        ).fetchone()


@web.get("/members/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, fax FROM members WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such member")
    return found
