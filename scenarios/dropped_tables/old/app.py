"""A lost property office: what was found where, and on which shelf it lies."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/finds")
def bring(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO finds (what, place) VALUES (%s, %s) RETURNING id", [given["what"], given["place"]]
        ).fetchone()


@web.get("/finds/{id}")
def show(id):
    with connection() as c:
        find = c.execute(
            "SELECT f.what, s.shelf FROM finds f JOIN shelves s ON s.place = f.place WHERE f.id = %s", [int(id)]
        ).fetchone()
    if find is None:
        raise Refused(404, "no such find")
    return find
