"""A parcel service: its customers, and what a parcel costs."""

from pooled import connection
from web import Refused, Web

web = Web()
CENTS = {1: 490, 2: 690, 5: 890}


@web.post("/customers")
def sign_up(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO customers (name, address) VALUES (%s, %s) RETURNING id", [given["name"], given["address"]]
        ).fetchone()


@web.get("/customers/{id}/label")
def label(id):
    with connection() as c:
        customer = c.execute("SELECT name, address FROM customers WHERE id = %s", [int(id)]).fetchone()
    if customer is None:
        raise Refused(404, "no such customer")
    return customer


@web.get("/postage/{kilos}")
def postage(kilos):
    return {"cents": CENTS[int(kilos)]}
