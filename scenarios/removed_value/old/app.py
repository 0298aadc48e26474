"""Reminders of a vet: which animal is to be vaccinated, and how its owner is told."""

from pooled import connection
from web import Refused, Web

web = Web()
CONTACTS = ("letter", "fax", "message")


@web.post("/reminders")
def remind(given):
    contact = given["contact"] if given["contact"] in CONTACTS else "letter"
    with connection() as c:
        return c.execute(
            "INSERT INTO reminders (animal, contact) VALUES (%s, %s) RETURNING id", [given["animal"], contact]
        ).fetchone()


@web.get("/reminders/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT animal, contact FROM reminders WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such reminder")
    return found
