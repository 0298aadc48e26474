"""Signs people in: passwords are hashed with PBKDF2."""

import hashlib
import hmac
import os

from pooled import connection
from web import Refused, Web

web = Web()


def pbkdf2(password, salt):
    return "pbkdf2$" + salt + "$" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex()


def make_hash(password):
    return pbkdf2(password, os.urandom(8).hex())


def is_right(password, stored):
    scheme, salt, _ = stored.split("$")
    return scheme == "pbkdf2" and hmac.compare_digest(pbkdf2(password, salt), stored)


def find(c, id):
    return c.execute("SELECT id, name, city, password_hash FROM people WHERE id = %s", [int(id)]).fetchone()


@web.post("/people")
def sign_up(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO people (name, city, password_hash) VALUES (%s, %s, %s) RETURNING id",
            [given["name"], given["city"], make_hash(given["password"])],
        ).fetchone()


@web.get("/people/{id}")
def show(id):
    with connection() as c:
        person = find(c, id)
    return {"name": person["name"], "city": person["city"]}


@web.post("/sign-ins")
def sign_in(given):
    with connection() as c:
        person = find(c, given["id"])
        if not is_right(given["password"], person["password_hash"]):
            raise Refused(401, "wrong name or password")
    return {"welcome": person["name"]}
