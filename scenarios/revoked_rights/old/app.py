"""A choir: singers, and the rehearsals to which they come."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/singers")
def add_singer(given):
    with connection() as c:
        return c.execute("INSERT INTO singers (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.get("/singers/{id}")
def show_singer(id):
    with connection() as c:
        singer = c.execute("SELECT id, name FROM singers WHERE id = %s", [int(id)]).fetchone()
    if singer is None:
        raise Refused(404, "no such singer")
    return singer


@web.post("/rehearsals")
def plan(given):
    with connection() as c:
        return c.execute("INSERT INTO rehearsals (day) VALUES (%s) RETURNING id, day", [given["day"]]).fetchone()


@web.get("/rehearsals/{id}")
def show_rehearsal(id):
    with connection() as c:
        rehearsal = c.execute("SELECT id, day FROM rehearsals WHERE id = %s", [int(id)]).fetchone()
    if rehearsal is None:
        raise Refused(404, "no such rehearsal")
    return rehearsal


@web.delete("/rehearsals/{id}")
def cancel(id):
    with connection() as c:
        c.execute("DELETE FROM rehearsals WHERE id = %s", [int(id)])
    return {}
