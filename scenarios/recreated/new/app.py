"""A music school: pupils, what they play or sing, and when and in which room."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/pupils")
def enrol(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO pupils (name, subject) VALUES (%s, %s) RETURNING id, name, subject AS plays",
            [given["name"], given["plays"]],
        ).fetchone()


@web.get("/pupils/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, subject AS plays FROM pupils WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such pupil")
    return found


@web.post("/lessons")
def book(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO lessons (weekday, room) VALUES (%s, %s) RETURNING id, weekday, room",
            [given["weekday"], given.get("room")],
        ).fetchone()


@web.get("/lessons/{id}")
def look_up(id):
    with connection() as c:
        found = c.execute("SELECT id, weekday, room FROM lessons WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such lesson")
    return found
