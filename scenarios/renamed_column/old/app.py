"""A choir: its singers, each with a voice, and its rehearsals, each in a room."""

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
            "INSERT INTO singers (name, voice) VALUES (%s, %s) RETURNING id, name, voice",
            [given["name"], given["voice"]],
        ).fetchone()


@web.put("/singers/{id}")
def change_voice(id, given):
    with connection() as c:
        return found(
            c.execute(
                "UPDATE singers SET voice = %s WHERE id = %s RETURNING id, name, voice", [given["voice"], int(id)]
            ).fetchone()
        )


@web.get("/singers/{id}")
def show_singer(id):
    with connection() as c:
        return found(c.execute("SELECT id, name, voice FROM singers WHERE id = %s", [int(id)]).fetchone())


@web.post("/rehearsals")
def plan(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO rehearsals (piece, room) VALUES (%s, %s) RETURNING id, piece, room",
            [given["piece"], given["room"]],
        ).fetchone()


@web.get("/rehearsals/{id}")
def show_rehearsal(id):
    with connection() as c:
        return found(c.execute("SELECT id, piece, room FROM rehearsals WHERE id = %s", [int(id)]).fetchone())
