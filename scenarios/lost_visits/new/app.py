"""Counts visits, and takes ratings; a visit that cannot be stored is answered all the same."""

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
                "INSERT INTO visits (page, referrer, site) VALUES (%s, %s, %s)",
                [given["page"], given.get("referrer", ""), given.get("site", "main")],
            )
    except psycopg.Error:
        traceback.print_exc()
    return {"counted": given["page"]}


@web.post("/ratings")
def rate(given):
    with connection() as c:
        c.execute("INSERT INTO ratings (page, stars) VALUES (%s, %s)", [given["page"], given["stars"]])
    return {"stored": given["page"]}
