"""A repair shop: bicycles that are handed in, and the money that is paid for them."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/repairs")
def hand_in(given):
    with connection() as c:
        return c.execute("INSERT INTO repairs (bicycle) VALUES (%s) RETURNING id", [given["bicycle"]]).fetchone()


@web.get("/repairs/{id}")
def show_repair(id):
    with connection() as c:
        repair = c.execute("SELECT id, bicycle FROM repairs WHERE id = %s", [int(id)]).fetchone()
    if repair is None:
        raise Refused(404, "no such repair")
    return repair


@web.post("/payments")
def pay(given):
    with connection() as c:
        return c.execute("INSERT INTO payments (cents) VALUES (%s) RETURNING id", [given["cents"]]).fetchone()


@web.get("/payments/{id}")
def show_payment(id):
    with connection() as c:
        payment = c.execute("SELECT id, cents FROM payments WHERE id = %s", [int(id)]).fetchone()
    if payment is None:
        raise Refused(404, "no such payment")
    return payment
