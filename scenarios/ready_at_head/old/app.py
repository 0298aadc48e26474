"""Allotments: who waits for a garden. A replica is ready while the database is at the revision it was written for."""

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
            "INSERT INTO applicants (name, wish) VALUES (%s, %s) RETURNING id, name, wish",
            [given["name"], given["wish"]],
        ).fetchone()


@web.get("/applicants/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, wish FROM applicants WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such applicant")
    return found
