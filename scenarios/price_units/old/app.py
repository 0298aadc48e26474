"""A bakery's cakes, what they cost, how long they bake, and how far they are delivered."""

from decimal import Decimal

from pooled import connection
from web import Web

web = Web()


@web.post("/cakes")
def add_cake(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO cakes (name, price, baking_time) VALUES (%s, %s, %s) RETURNING id",
            [given["name"], Decimal(str(given["euros"])), given["minutes"]],
        ).fetchone()


@web.get("/cakes/{id}/price")
def price(id):
    with connection() as c:
        cake = c.execute("SELECT name, price FROM cakes WHERE id = %s", [int(id)]).fetchone()
    return {"name": cake["name"], "euros": float(cake["price"])}


@web.get("/cakes/{id}/baking")
def baking(id):
    with connection() as c:
        cake = c.execute("SELECT name, baking_time FROM cakes WHERE id = %s", [int(id)]).fetchone()
    return {"name": cake["name"], "minutes": cake["baking_time"]}


@web.post("/deliveries")
def deliver(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO deliveries (street, kilometres) VALUES (%s, %s) RETURNING id",
            [given["street"], given["kilometres"]],
        ).fetchone()


@web.get("/deliveries/{id}")
def delivery(id):
    with connection() as c:
        found = c.execute("SELECT street, kilometres FROM deliveries WHERE id = %s", [int(id)]).fetchone()
    return {"street": found["street"], "fee": 2 + int(found["kilometres"])}
