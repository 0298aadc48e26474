"""A cheese shop: baskets that are being filled, kept between two visits as the objects that they are.

New: baskets have a module of their own and may be gift-wrapped, and each knows when it was touched last.
"""

import base64
import io
import json
import pickle

from baskets import Basket
from pooled import connection
from web import Web

web = Web()


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) == ("app", "Basket"):  # what was packed before there was a module of its own
            return Basket
        return super().find_class(module, name)


def pack(basket):
    return base64.b64encode(pickle.dumps(basket)).decode()


def unpack(text):
    return Unpickler(io.BytesIO(base64.b64decode(text))).load()


@web.post("/baskets")
def begin(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO baskets (packed) VALUES (%s) RETURNING id", [pack(Basket(given["customer"]))]
        ).fetchone()


@web.post("/baskets/{id}/cheeses")
def add(id, given):
    with connection() as c:
        row = c.execute("SELECT packed FROM baskets WHERE id = %s FOR UPDATE", [int(id)]).fetchone()
        basket = unpack(row["packed"])
        basket.cheeses.append(given["cheese"])
        c.execute("UPDATE baskets SET packed = %s, touched_at = now() WHERE id = %s", [pack(basket), int(id)])
    return {"cheeses": basket.cheeses}


@web.get("/baskets/{id}")
def show(id):
    with connection() as c:
        row = c.execute("SELECT packed FROM baskets WHERE id = %s", [int(id)]).fetchone()
    basket = unpack(row["packed"])
    return {"customer": basket.customer, "cheeses": basket.cheeses}


@web.post("/wishes")
def wish(given):
    with connection() as c:
        packed = json.dumps({"cheese": given["cheese"], "urgent": given.get("urgent", False)})
        return c.execute("INSERT INTO wishes (packed) VALUES (%s) RETURNING id", [packed]).fetchone()


@web.get("/wishes/{id}")
def wished(id):
    with connection() as c:
        row = c.execute("SELECT packed FROM wishes WHERE id = %s", [int(id)]).fetchone()
    return {"cheese": json.loads(row["packed"])["cheese"]}
