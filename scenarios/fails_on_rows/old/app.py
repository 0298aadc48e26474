"""A choir: singers, and their voices where they are known."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/singers")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO singers (name, voice) VALUES (%s, %s) RETURNING id, name, voice",
            [given["name"], given.get("voice")],
        ).fetchone()


@web.get("/singers/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, voice FROM singers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such singer")
    return found
