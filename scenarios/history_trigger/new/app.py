"""A climbing gym: who comes to climb, who is a member, and which shoes are lent.

New: what is written is kept in a history by the database, for the insurance.
"""

from pooled import connection
from web import Web

web = Web()


@web.post("/visits")
def visit(given):
    with connection() as c:
        return c.execute("INSERT INTO visits (climber) VALUES (%s) RETURNING id", [given["climber"]]).fetchone()


@web.get("/visits/{id}")
def show_visit(id):
    with connection() as c:
        return c.execute("SELECT id, climber FROM visits WHERE id = %s", [int(id)]).fetchone()


@web.post("/members")
def join(given):
    with connection() as c:
        return c.execute("INSERT INTO members (name) VALUES (%s) RETURNING id", [given["name"].strip()]).fetchone()


@web.get("/members/{id}")
def show_member(id):
    with connection() as c:
        return c.execute("SELECT id, name FROM members WHERE id = %s", [int(id)]).fetchone()


@web.post("/shoes")
def lend(given):
    with connection() as c:
        return c.execute("INSERT INTO shoes (size) VALUES (%s) RETURNING id", [given["size"]]).fetchone()


@web.get("/shoes/{id}")
def show_shoes(id):
    with connection() as c:
        return c.execute("SELECT id, size FROM shoes WHERE id = %s", [int(id)]).fetchone()
