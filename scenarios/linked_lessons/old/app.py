"""A music school: pupils, the lessons that they have had, and what they have paid."""

from pooled import connection
from web import Refused, Web

web = Web()


def require_pupil(c, pupil):
    if c.execute("SELECT name FROM pupils WHERE id = %s", [pupil]).fetchone() is None:
        raise Refused(404, "no such pupil")


@web.post("/pupils")
def enrol(given):
    with connection() as c:
        return c.execute("INSERT INTO pupils (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.post("/lessons")
def teach(given):
    with connection() as c:
        require_pupil(c, given["pupil"])
        return c.execute(
            "INSERT INTO lessons (pupil, topic) VALUES (%s, %s) RETURNING id, pupil, topic",
            [given["pupil"], given["topic"]],
        ).fetchone()


@web.post("/payments")
def pay(given):
    with connection() as c:
        require_pupil(c, given["pupil"])
        return c.execute(
            "INSERT INTO payments (pupil, cents) VALUES (%s, %s) RETURNING id, pupil, cents",
            [given["pupil"], given["cents"]],
        ).fetchone()


@web.get("/pupils/{id}/account")
def account(id):
    with connection() as c:
        topics = c.execute("SELECT topic FROM lessons WHERE pupil = %s ORDER BY id", [int(id)]).fetchall()
        paid = c.execute("SELECT sum(cents) AS cents FROM payments WHERE pupil = %s", [int(id)]).fetchone()
    return {"topics": [row["topic"] for row in topics], "paid": paid["cents"] or 0}
