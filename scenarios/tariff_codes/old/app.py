"""A car park: tickets and passes by tariff, and how long a car may stay after it has paid."""

from pooled import connection
from web import Web

web = Web()


def settings(c):
    return {row["key"]: row["value"] for row in c.execute("SELECT key, value FROM settings")}


@web.post("/tickets")
def enter(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO tickets (car, hour, tariff) VALUES (%s, %s, %s) RETURNING id",
            [given["car"], given["hour"], "hour"],
        ).fetchone()


@web.get("/tickets/{id}")
def ticket(id):
    with connection() as c:
        return c.execute(
            "SELECT car, tariffs.code, tariffs.cents FROM tickets JOIN tariffs ON code = tariff WHERE id = %s",
            [int(id)],
        ).fetchone()


@web.post("/passes")
def buy(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO passes (car, tariff) VALUES (%s, %s) RETURNING id", [given["car"], "month"]
        ).fetchone()


@web.get("/passes/{id}")
def show_pass(id):
    with connection() as c:
        return c.execute("SELECT car FROM passes WHERE id = %s", [int(id)]).fetchone()


@web.post("/exits")
def leave(given):
    with connection() as c:
        grace = int(settings(c)["grace_minutes"])
        c.execute("INSERT INTO exits (car, minutes) VALUES (%s, %s)", [given["car"], given["minutes"]])
    return {"gate": "open" if given["minutes"] <= grace else "closed"}
