"""Appointments and invoices of several practices; the database's policies show each of them its own."""

import contextlib

from pooled import connection
from web import Web

web = Web()


@contextlib.contextmanager
def desk(practice):
    """A transaction for one practice."""
    with connection() as c:
        c.execute("SELECT set_config('app.practice', %s, true)", [practice])
        yield c


@web.post("/practices/{practice}/appointments")
def make_appointment(practice, given):
    with desk(practice) as c:
        c.execute("INSERT INTO appointments (practice, patient) VALUES (%s, %s)", [practice, given["patient"]])
    return given


@web.get("/practices/{practice}/appointments")
def appointments(practice):
    with desk(practice) as c:
        return c.execute("SELECT patient FROM appointments ORDER BY id").fetchall()


@web.post("/practices/{practice}/invoices")
def write_invoice(practice, given):
    with desk(practice) as c:
        c.execute(
            "INSERT INTO invoices (practice, patient, cents) VALUES (%s, %s, %s)",
            [practice, given["patient"], given["cents"]],
        )
    return given


@web.get("/practices/{practice}/invoices")
def invoices(practice):
    with desk(practice) as c:
        return c.execute("SELECT patient, cents FROM invoices ORDER BY id").fetchall()
