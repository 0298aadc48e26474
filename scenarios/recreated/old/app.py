"""A music school: pupils, what they play, and when they come."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/pupils")
def enrol(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO pupils (name, instrument) VALUES (%s, %s) RETURNING id, name, instrument AS plays",
            [given["name"], given["plays"]],
        ).fetchone()


@web.get("/pupils/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, instrument AS plays FROM pupils WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such pupil")
    return found


@web.post("/lessons")
def book(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO lessons (weekday) VALUES (%s) RETURNING id, weekday", [given["weekday"]]
        ).fetchone()


@web.get("/lessons/{id}")
def look_up(id):
    with connection() as c:
        found = c.execute("SELECT id, weekday FROM lessons WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such lesson")
    return found
