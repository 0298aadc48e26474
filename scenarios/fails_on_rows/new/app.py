"""A choir: singers and their voices, and who has which sheet."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/singers")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO singers (name, voice, sheet) VALUES (%s, %s, %s) RETURNING id, name, voice, sheet",
            [given["name"], given.get("voice", "not known yet"), given.get("sheet")],
        ).fetchone()


@web.get("/singers/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, voice, sheet FROM singers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such singer")
    return found
