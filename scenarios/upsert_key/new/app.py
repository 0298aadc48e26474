"""A chain of pharmacies: what a product costs in each shop, and how many packs of it are on its shelf."""

import os

from pooled import connection
from web import Refused, Web

web = Web()
SHOP = os.environ.get("SHOP", "Market Square")
SET_PRICE = """
    INSERT INTO prices (shop, product, cents) VALUES (%s, %s, %s)
    ON CONFLICT (shop, product) DO UPDATE SET cents = excluded.cents
"""
SET_STOCK = """
    INSERT INTO stock (shop, product, packs) VALUES (%s, %s, %s)
    ON CONFLICT (shop, product) DO UPDATE SET packs = excluded.packs
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
        c.execute(SET_PRICE, [SHOP, product, given["cents"]])
    return {"product": product}


@web.get("/prices/{product}")
def show_price(product):
    return find("SELECT cents FROM prices WHERE shop = %s AND product = %s", [SHOP, product])


@web.put("/stock/{product}")
def count(product, given):
    with connection() as c:
        c.execute(SET_STOCK, [SHOP, product, given["packs"]])
    return {"product": product}


@web.get("/stock/{product}")
def show_stock(product):
    return find("SELECT packs FROM stock WHERE shop = %s AND product = %s", [SHOP, product])
