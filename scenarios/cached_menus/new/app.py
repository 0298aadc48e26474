"""Menus of a canteen, with prices; rendering is fast by now, and nothing that was rendered is kept."""

from pooled import connection
from web import Web

web = Web()


@web.post("/menus")
def add(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO menus (dish, price) VALUES (%s, %s) RETURNING id", [given["dish"], given.get("price")]
        ).fetchone()


@web.put("/menus/{id}")
def change(id, given):
    with connection() as c:
        c.execute("UPDATE menus SET dish = %s WHERE id = %s", [given["dish"], int(id)])
    return {}


@web.get("/menus/{id}")
def menu(id):
    with connection() as c:
        return c.execute("SELECT upper(dish) AS text FROM menus WHERE id = %s", [int(id)]).fetchone()
