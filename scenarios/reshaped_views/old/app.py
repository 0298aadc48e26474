"""The timetable of a bus company: stops, departures and how long it takes."""

from pooled import connection
from web import Refused, Web

web = Web()
CHANGE = 5


@web.post("/stops")
def add_stop(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO stops (name, platform, line) VALUES (%s, %s, %s) RETURNING id",
            [given["name"], given["platform"], given["line"]],
        ).fetchone()


@web.post("/rides")
def add_ride(given):
    with connection() as c:
        return c.execute("INSERT INTO rides (seconds) VALUES (%s) RETURNING id", [60 * given["minutes"]]).fetchone()


@web.get("/departures/{stop}")
def departure(stop):
    with connection() as c:
        found = c.execute("SELECT line, platform FROM departures WHERE name = %s", [stop]).fetchone()
    if found is None:
        raise Refused(404, "no such stop")
    return found


def minutes(ride):
    with connection() as c:
        found = c.execute("SELECT minutes FROM journeys WHERE id = %s", [int(ride)]).fetchone()
    if found is None:
        raise Refused(404, "no such ride")
    return found["minutes"]


@web.get("/rides/{first}/{second}")
def duration(first, second):
    return {"minutes": minutes(first) + CHANGE + minutes(second)}


@web.get("/lines/{stop}")
def lines(stop):
    with connection() as c:
        found = c.execute("SELECT line FROM stops_of_lines WHERE name = %s ORDER BY line", [stop]).fetchall()
    return {"lines": [row["line"] for row in found]}
