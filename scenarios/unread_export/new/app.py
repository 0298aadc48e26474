"""Writes invoices, and hands them to the accountants' program, which comes once a month."""

from pooled import connection
from web import Web

web = Web()


@web.post("/invoices")
def write(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO invoices (customer, cents) VALUES (%s, %s) RETURNING id, customer, cents",
            [given["customer"], given["cents"]],
        ).fetchone()


@web.get("/invoices/{id}")
def show(id):
    with connection() as c:
        return c.execute("SELECT id, customer, cents FROM invoices WHERE id = %s", [int(id)]).fetchone()


@web.post("/exports")
def export(given):
    with connection() as c:
        exported = c.execute(
            "INSERT INTO invoice_exports (invoice_id) SELECT id FROM invoices "
            "WHERE id NOT IN (SELECT invoice_id FROM invoice_exports) RETURNING invoice_id"
        ).fetchall()
    return {"exported": len(exported)}


@web.post("/newsletters")
def subscribe(given):
    with connection() as c:
        return c.execute("INSERT INTO newsletters (email) VALUES (%s) RETURNING id, email", [given["email"]]).fetchone()


@web.get("/newsletters/{id}")
def subscription(id):
    with connection() as c:
        return c.execute("SELECT id, email FROM newsletters WHERE id = %s", [int(id)]).fetchone()
