"""An archive of maps, by region."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/maps")
def file(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO maps (title, region, year) VALUES (%s, %s, %s) RETURNING id, title, region, year",
            [given["title"], given["region"], given["year"]],
        ).fetchone()


@web.get("/maps/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, title, region, year FROM maps WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such map")
    return found


@web.get("/regions/{region}")
def list_region(region):
    with connection() as c:
        return c.execute("SELECT id, title, year FROM maps WHERE region = %s ORDER BY year", [region]).fetchall()
