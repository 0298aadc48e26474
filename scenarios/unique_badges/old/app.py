"""A climbing gym: members with badges, and lockers that they rent; no badge and no locker is given out twice."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/members")
def join(given):
    with connection() as c:
        if c.execute("SELECT id FROM members WHERE badge = %s", [given["badge"]]).fetchone():
            raise Refused(409, "this badge is in use")
        return c.execute(
            "INSERT INTO members (name, badge) VALUES (%s, %s) RETURNING id, name, badge",
            [given["name"], given["badge"]],
        ).fetchone()


@web.get("/badges/{badge}")
def show_badge(badge):
    with connection() as c:
        return c.execute("SELECT id, name, badge FROM members WHERE badge = %s", [badge]).fetchall()


@web.post("/lockers")
def rent(given):
    with connection() as c:
        if c.execute("SELECT id FROM lockers WHERE number = %s", [given["number"]]).fetchone():
            raise Refused(409, "this locker is taken")
        return c.execute(
            "INSERT INTO lockers (number, renter) VALUES (%s, %s) RETURNING id, number, renter",
            [given["number"], given["renter"]],
        ).fetchone()


@web.get("/lockers/{number}")
def show_locker(number):
    with connection() as c:
        return c.execute("SELECT id, number, renter FROM lockers WHERE number = %s", [number]).fetchall()
