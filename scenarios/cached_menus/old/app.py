"""Menus of a canteen; what was rendered is kept in a table until the menu is changed."""

from pooled import connection
from web import Web

web = Web()


@web.post("/menus")
def add(given):
    with connection() as c:
        return c.execute("INSERT INTO menus (dish) VALUES (%s) RETURNING id", [given["dish"]]).fetchone()


@web.put("/menus/{id}")
def change(id, given):
    with connection() as c:
        c.execute("UPDATE menus SET dish = %s WHERE id = %s", [given["dish"], int(id)])
        c.execute("DELETE FROM rendered WHERE id = %s", [int(id)])
    return {}


@web.get("/menus/{id}")
def menu(id):
    with connection() as c:
        kept = c.execute("SELECT text FROM rendered WHERE id = %s", [int(id)]).fetchone()
        if kept is None:
            kept = c.execute(
                "INSERT INTO rendered SELECT id, upper(dish) FROM menus WHERE id = %s RETURNING text", [int(id)]
            ).fetchone()
    return kept
