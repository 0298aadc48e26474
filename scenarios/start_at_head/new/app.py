"""A swimming school; a child may have a swimming teacher. It does not start on a schema that is not its own."""

import sys

import schema
from pooled import connection
from web import Refused, Web

web = Web()

with connection() as c:
    found = schema.current(c)
if found != schema.EXPECTED:
    sys.exit(f"out-of-date database schema: found {found}, expected {schema.EXPECTED}; run 'alembic upgrade head'")


@web.post("/children")
def enrol(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO children (name, badge, teacher) VALUES (%s, %s, %s) RETURNING id, name, badge, teacher",
            [given["name"], given["badge"], given.get("teacher")],
        ).fetchone()


@web.get("/children/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, badge, teacher FROM children WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such child")
    return found
