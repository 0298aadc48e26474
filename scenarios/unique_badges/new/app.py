"""A climbing gym; two tills at once can no longer give out one badge or one locker twice."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def join(given):
    with connection() as c:
        made = c.execute(
            "INSERT INTO members (name, badge) VALUES (%s, %s) "
            "ON CONFLICT (badge) DO NOTHING RETURNING id, name, badge",
            [given["name"], given["badge"]],
        ).fetchone()
    if made is None:
        raise Refused(409, "this badge is in use")
    return made


@web.get("/badges/{badge}")
def show_badge(badge):
    with connection() as c:
        return c.execute("SELECT id, name, badge FROM members WHERE badge = %s", [badge]).fetchall()


@web.post("/lockers")
def rent(given):
    with connection() as c:
        made = c.execute(
            "INSERT INTO lockers (number, renter) VALUES (%s, %s) "
            "ON CONFLICT (number) DO NOTHING RETURNING id, number, renter",
            [given["number"], given["renter"]],
        ).fetchone()
    if made is None:
        raise Refused(409, "this locker is taken")
    return made


@web.get("/lockers/{number}")
def show_locker(number):
    with connection() as c:
        return c.execute("SELECT id, number, renter FROM lockers WHERE number = %s", [number]).fetchall()
