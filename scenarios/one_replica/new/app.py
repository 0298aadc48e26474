"""Fares of a ferry, by route, with a remark; all of them are kept in memory, since everybody asks for them."""

from pooled import connection
from web import Refused, Web

web = Web()
fares = {}


@web.put("/fares/{route}")
def change(route, given):
    with connection() as c:
        fare = c.execute(
            "INSERT INTO fares (route, cents, remark) VALUES (%s, %s, %s) "
            "ON CONFLICT (route) DO UPDATE SET cents = excluded.cents, remark = excluded.remark "
            "RETURNING route, cents, remark",
            [route, given["cents"], given.get("remark")],
        ).fetchone()
    fares[route] = fare
    return fare


@web.get("/fares/{route}")
def show(route):
    if route not in fares:
        with connection() as c:
            found = c.execute("SELECT route, cents, remark FROM fares WHERE route = %s", [route]).fetchone()
        if found is None:
            raise Refused(404, "no such route")
        fares[route] = found
    return fares[route]
