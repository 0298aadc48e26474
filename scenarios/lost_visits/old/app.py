"""Counts visits, and takes ratings; a visit that cannot be stored is answered all the same."""

import os
import traceback

import psycopg
from pooled import connection
from web import Web

web = Web()


@web.post("/visits", status=202)
def visit(given):
    """A page must not fail because its visit is not counted: what cannot be stored is logged, and forgotten."""
    try:
        with connection() as c:
            c.execute(
                "INSERT INTO visits (page, referrer) VALUES (%s, %s)",
                [given["page"], given.get("referrer", "")],
            )
    except psycopg.Error:
        traceback.print_exc()
    return {"counted": given["page"]}


@web.post("/ratings")
def rate(given):
    """Without the visitor where the database does not know of visitors (any more)."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as c:
        try:
            c.execute(
                "INSERT INTO ratings (page, stars, visitor) VALUES (%s, %s, %s)",
                [given["page"], given["stars"], given["visitor"]],
            )
        except psycopg.errors.UndefinedColumn:
            c.execute("INSERT INTO ratings (page, stars) VALUES (%s, %s)", [given["page"], given["stars"]])
    return {"stored": given["page"]}
