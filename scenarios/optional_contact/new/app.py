"""A choir: its singers, and guests who sing along; what they do not tell is not known."""

from pooled import connection
from web import Refused, Web

web = Web()


def add(statement, values):
    with connection() as c:
        return c.execute(statement, values).fetchone()


def find(statement, id):
    with connection() as c:
        found = c.execute(statement, [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "nobody of that number")
    return found


@web.post("/guests")
def welcome(given):
    values = [given["name"], given.get("voice")]
    return add("INSERT INTO guests (name, voice) VALUES (%s, %s) RETURNING id", values)


@web.get("/guests/{id}")
def show_guest(id):
    guest = find("SELECT id, name, voice FROM guests WHERE id = %s", id)
    return {"name": guest["name"], "voice": guest["voice"] or "any"}


@web.post("/singers")
def join(given):
    values = [given["name"], given.get("email")]
    return add("INSERT INTO singers (name, email) VALUES (%s, %s) RETURNING id", values)


@web.get("/singers/{id}")
def show_singer(id):
    singer = find("SELECT id, name, email FROM singers WHERE id = %s", id)
    return {"name": singer["name"], "email": singer["email"] and singer["email"].lower()}
