"""A greengrocer's baskets: filled by one request, paid by the next."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/baskets")
def fill(given):
    with connection() as c:
        return c.execute("INSERT INTO baskets (item) VALUES (%s) RETURNING id", [given["item"]]).fetchone()


@web.post("/baskets/{id}/payment")
def pay(id, given):
    with connection() as c:
        paid = c.execute("UPDATE baskets SET paid = true WHERE id = %s RETURNING id", [int(id)]).fetchone()
    if paid is None:
        raise Refused(404, "no such basket")
    return paid


@web.get("/baskets/{id}")
def basket(id):
    with connection() as c:
        return c.execute("SELECT item, paid FROM baskets WHERE id = %s", [int(id)]).fetchone()
