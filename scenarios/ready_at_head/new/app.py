"""Allotments; whoever waits may have a garden in sight. Ready while the database is at this release's revision."""

import schema
from pooled import connection
from web import Refused, Web

web = Web()


@web.get("/readyz")
def ready():
    with connection() as c:
        found = schema.current(c)
    if found != schema.EXPECTED:
        raise Refused(503, f"migrations are pending: the database is at {found}, not at {schema.EXPECTED}")
    return {"ready": True}


@web.post("/applicants")
def apply(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO applicants (name, wish, garden) VALUES (%s, %s, %s) RETURNING id, name, wish, garden",
            [given["name"], given["wish"], given.get("garden")],
        ).fetchone()


@web.get("/applicants/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, wish, garden FROM applicants WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such applicant")
    return found
