"""Veterinary surgeries on one database, which keeps the patients, visits and invoices of each to itself."""

import contextlib
from uuid import uuid4

from pooled import connection
from web import Refused, Web

web = Web()


@contextlib.contextmanager
def connection_of(surgery):
    """A transaction that sees what belongs to one surgery."""
    with connection() as c:
        c.execute("SELECT set_config('app.surgery', %s, true)", [surgery])
        yield c


def one(row):
    if row is None:
        raise Refused(404, "no such thing")
    return row


@web.post("/{surgery}/patients")
def admit(surgery, given):
    with connection_of(surgery) as c:
        added = "INSERT INTO patients (surgery, name) VALUES (%s, %s) RETURNING id"
        return c.execute(added, [surgery, given["name"]]).fetchone()


@web.get("/{surgery}/patients/{id}")
def show_patient(surgery, id):
    with connection_of(surgery) as c:
        found = "SELECT id, name FROM patients WHERE surgery = %s AND id = %s"
        return one(c.execute(found, [surgery, int(id)]).fetchone())


@web.post("/{surgery}/visits")
def enter_visit(surgery, given):
    id = uuid4()
    with connection_of(surgery) as c:
        c.execute("INSERT INTO visits (id, surgery, reason) VALUES (%s, %s, %s)", [id, surgery, given["reason"]])
    return {"id": id}


@web.get("/{surgery}/visits/{id}")
def show_visit(surgery, id):
    with connection_of(surgery) as c:
        found = "SELECT id, reason FROM visits WHERE surgery = %s AND id = %s"
        return one(c.execute(found, [surgery, id]).fetchone())


@web.post("/{surgery}/invoices")
def charge(surgery, given):
    with connection_of(surgery) as c:
        added = "INSERT INTO invoices (surgery, cents) VALUES (%s, %s) RETURNING id"
        return c.execute(added, [surgery, given["cents"]]).fetchone()


@web.get("/{surgery}/invoices/{id}")
def show_invoice(surgery, id):
    with connection_of(surgery) as c:
        found = "SELECT id, cents FROM invoices WHERE surgery = %s AND id = %s"
        return one(c.execute(found, [surgery, int(id)]).fetchone())
