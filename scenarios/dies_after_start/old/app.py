"""A dentist's appointments."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/appointments")
def make(given):
    with connection() as c:
        return c.execute("INSERT INTO appointments (patient) VALUES (%s) RETURNING id", [given["patient"]]).fetchone()


@web.get("/appointments/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, patient FROM appointments WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such appointment")
    return found
