"""A pharmacy: what a product costs, and how many packs of it are on the shelf."""

from pooled import connection
from web import Refused, Web

web = Web()
SET_PRICE = """
    INSERT INTO prices (product, cents) VALUES (%s, %s)
    ON CONFLICT (product) DO UPDATE SET cents = excluded.cents
"""
SET_STOCK = """
    INSERT INTO stock (product, packs) VALUES (%s, %s)
    ON CONFLICT (product) DO UPDATE SET packs = excluded.packs
"""


def find(statement, values):
    with connection() as c:
        found = c.execute(statement, values).fetchone()
    if found is None:
        raise Refused(404, "no such product")
    return found


@web.put("/prices/{product}")
def set_price(product, given):
    with connection() as c:
        c.execute(SET_PRICE, [product, given["cents"]])
    return {"product": product}


@web.get("/prices/{product}")
def show_price(product):
    return find("SELECT cents FROM prices WHERE product = %s", [product])


@web.put("/stock/{product}")
def count(product, given):
    with connection() as c:
        c.execute(SET_STOCK, [product, given["packs"]])
    return {"product": product}


@web.get("/stock/{product}")
def show_stock(product):
    return find("SELECT packs FROM stock WHERE product = %s", [product])
