"""A parcel service: its customers, who may have several addresses, and what a parcel costs this half year."""

from pooled import connection
from web import Refused, Web

web = Web()
with connection() as c:
    CENTS = {rate["kilos"]: rate["cents"] for rate in c.execute("SELECT kilos, cents FROM rates")}


@web.post("/customers")
def sign_up(given):
    with connection() as c:
        customer = c.execute("INSERT INTO customers (name) VALUES (%s) RETURNING id", [given["name"]]).fetchone()
        c.execute(
            "INSERT INTO addresses (customer_id, number, address) VALUES (%s, 1, %s)",
            [customer["id"], given["address"]],
        )
    return customer


@web.get("/customers/{id}/label")
def label(id):
    with connection() as c:
        customer = c.execute(
            "SELECT name, address.address FROM customers LEFT JOIN addresses address "
            "ON customer_id = id AND number = 1 WHERE id = %s",
            [int(id)],
        ).fetchone()
    if customer is None:
        raise Refused(404, "no such customer")
    return customer


@web.get("/postage/{kilos}")
def postage(kilos):
    return {"cents": CENTS[int(kilos)]}
