"""A car park: tickets and what they cost, season passes, and bays that can be hired; fees are computed here."""

from pooled import connection
from web import Refused, Web

web = Web()
PENCE_AN_HOUR = 150


def found(row):
    if row is None:
        raise Refused(404, "not found")
    return row


@web.post("/tickets")
def enter(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO tickets (plate, hours) VALUES (%s, %s) RETURNING id, plate", [given["plate"], given["hours"]]
        ).fetchone()


@web.get("/tickets/{id}/fee")
def fee(id):
    with connection() as c:
        ticket = found(c.execute("SELECT hours FROM tickets WHERE id = %s", [int(id)]).fetchone())
    return {"fee": PENCE_AN_HOUR * ticket["hours"]}


@web.post("/passes")
def issue(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO passes (holder, valid) VALUES (%s, %s) RETURNING id, holder", [given["holder"], given["valid"]]
        ).fetchone()


@web.post("/passes/{id}/transfer")
def transfer(id, given):
    with connection() as c:
        return found(
            c.execute(
                "INSERT INTO passes (holder, valid, replaces) SELECT %s, valid, id FROM passes WHERE id = %s"
                " RETURNING id, holder",
                [given["holder"], int(id)],
            ).fetchone()
        )


@web.get("/passes/{id}")
def show_pass(id):
    with connection() as c:
        return found(c.execute("SELECT id, holder, valid FROM passes WHERE id = %s", [int(id)]).fetchone())


@web.post("/bays")
def offer(given):
    with connection() as c:
        return c.execute("INSERT INTO bays (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.get("/bays/{id}")
def show_bay(id):
    with connection() as c:
        return found(c.execute("SELECT id, name FROM bays WHERE hirer IS NULL AND id = %s", [int(id)]).fetchone())


@web.post("/gates")
def install(given):
    with connection() as c:
        return c.execute("INSERT INTO gates (street) VALUES (%s) RETURNING id", [given["street"]]).fetchone()


@web.get("/gates/{id}/sign")
def sign(id):
    with connection() as c:
        return c.execute("SELECT gate_sign(%s) AS sign", [int(id)]).fetchone()
