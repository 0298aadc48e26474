"""A vet's practice: who owns which animal, and how they are reached."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/owners")
def register(given):
    for field in ("name", "phone", "email"):
        if not given.get(field):
            raise Refused(422, f"{field} is missing")
    with connection() as c:
        return c.execute(
            "INSERT INTO owners (name, phone, email) VALUES (%s, %s, %s) RETURNING id, name, phone, email",
            [given["name"], given["phone"], given["email"]],
        ).fetchone()


@web.get("/owners/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, name, phone, email FROM owners WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such owner")
    return found
