"""A pottery; a pot may be wanted for a day."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/firings")
def plan(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO firings (pot, glaze, wanted) VALUES (%s, %s, %s) RETURNING id, pot, glaze, wanted",
            [given["pot"], given["glaze"], given.get("wanted")],
        ).fetchone()


@web.get("/firings/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, pot, glaze, wanted FROM firings WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such firing")
    return found
