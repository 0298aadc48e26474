"""A museum's friends and its lenders, and how to reach them."""

from pooled import connection
from web import Web

web = Web()


@web.post("/friends")
def join(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO friends (name, phone) VALUES (%s, %s) RETURNING id", [given["name"], given["phone"]]
        ).fetchone()


@web.put("/friends/{id}")
def change_friend(id, given):
    with connection() as c:
        c.execute("UPDATE friends SET phone = %s WHERE id = %s", [given["phone"], int(id)])
    return {}


@web.get("/friends/{id}")
def friend(id):
    with connection() as c:
        found = c.execute("SELECT name, phone FROM friends WHERE id = %s", [int(id)]).fetchone()
    return {"name": found["name"], "phone": found["phone"]}


@web.post("/lenders")
def lend(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO lenders (name, mail) VALUES (%s, %s) RETURNING id", [given["name"], given["mail"]]
        ).fetchone()


@web.put("/lenders/{id}")
def change_lender(id, given):
    with connection() as c:
        c.execute("UPDATE lenders SET mail = %s WHERE id = %s", [given["mail"], int(id)])
    return {}


@web.get("/lenders/{id}")
def lender(id):
    with connection() as c:
        found = c.execute("SELECT name, mail FROM lenders WHERE id = %s", [int(id)]).fetchone()
    return {"name": found["name"], "mail": found["mail"]}
