"""A museum's cloakroom: which coat hangs there, and on which hook."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.get("/livez")
def live():
    with connection() as c:
        return c.execute("SELECT count(*) AS rooms FROM rooms").fetchone()


@web.get("/readyz")
def ready():
    with connection() as c:
        return c.execute("SELECT 1 AS ok").fetchone()


@web.post("/coats")
def hang(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO coats (colour, hook) VALUES (%s, %s) RETURNING id", [given["colour"], given.get("hook")]
        ).fetchone()


@web.get("/coats/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, colour, hook FROM coats WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such coat")
    return found
