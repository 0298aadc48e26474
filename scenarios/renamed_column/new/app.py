"""A choir: its singers, each with a part in the score, and its rehearsals, each at a place."""

from pooled import connection
from web import Refused, Web

web = Web()


def found(row):
    if row is None:
        raise Refused(404, "not found")
    return row


@web.post("/singers")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO singers (name, part) VALUES (%s, %s) RETURNING id, name, part AS voice",
            [given["name"], given["voice"]],
        ).fetchone()


@web.put("/singers/{id}")
def change_voice(id, given):
    with connection() as c:
        return found(
            c.execute(
                "UPDATE singers SET part = %s WHERE id = %s RETURNING id, name, part AS voice",
                [given["voice"], int(id)],
            ).fetchone()
        )


@web.get("/singers/{id}")
def show_singer(id):
    with connection() as c:
        return found(c.execute("SELECT id, name, part AS voice FROM singers WHERE id = %s", [int(id)]).fetchone())


@web.post("/rehearsals")
def plan(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO rehearsals (piece, place) VALUES (%s, %s) RETURNING id, piece, place AS room",
            [given["piece"], given["room"]],
        ).fetchone()


@web.get("/rehearsals/{id}")
def show_rehearsal(id):
    with connection() as c:
        return found(c.execute("SELECT id, piece, place AS room FROM rehearsals WHERE id = %s", [int(id)]).fetchone())
