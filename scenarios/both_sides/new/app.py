"""Members of a rowing club, and how they get a mail when the river is too high."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO members (name, email) VALUES (%s, %s) RETURNING id, name, email",
            [given["name"], given.get("email")],
        ).fetchone()


@web.get("/members/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, email FROM members WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such member")
    return found
