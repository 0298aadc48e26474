"""A museum's cloakroom: which coat hangs there."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.get("/livez")
def live():
    with connection() as c:
        return c.execute("SELECT count(*) AS coats FROM coats").fetchone()


@web.get("/readyz")
def ready():
    with connection() as c:
        return c.execute("SELECT 1 AS ok").fetchone()


@web.post("/coats")
def hang(given):
    with connection() as c:
        return c.execute("INSERT INTO coats (colour) VALUES (%s) RETURNING id", [given["colour"]]).fetchone()


@web.get("/coats/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, colour FROM coats WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such coat")
    return found
