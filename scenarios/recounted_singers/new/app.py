"""Choirs, who sings in them, and how many do. New: the largest choirs."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/choirs")
def found_choir(given):
    with connection() as c:
        return c.execute("INSERT INTO choirs (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.post("/choirs/{id}/singers")
def join(id, given):
    with connection() as c:
        c.execute("UPDATE choirs SET singers = singers + 1 WHERE id = %s", [int(id)])
        c.execute("INSERT INTO singers (choir_id, name) VALUES (%s, %s)", [int(id), given["name"]])
    return {"joined": given["name"]}


@web.get("/choirs/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, singers FROM choirs WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such choir")
    return found


@web.get("/largest")
def largest():
    with connection() as c:
        return {"choirs": c.execute("SELECT id, name, singers FROM choirs ORDER BY singers DESC LIMIT 3").fetchall()}
