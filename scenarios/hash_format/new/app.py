"""Signs people in: passwords are hashed with scrypt, and those of PBKDF2 are hashed anew when they are used."""

import hashlib
import hmac
import os

from pooled import connection
from web import Refused, Web

web = Web()


def pbkdf2(password, salt):
    return "pbkdf2$" + salt + "$" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex()


def scrypt(password, salt):
    return "scrypt$" + salt + "$" + hashlib.scrypt(password.encode(), salt=salt.encode(), n=16, r=8, p=1).hex()


def make_hash(password):
    return scrypt(password, os.urandom(8).hex())


def is_right(password, stored):
    scheme, salt, _ = stored.split("$")
    return hmac.compare_digest({"pbkdf2": pbkdf2, "scrypt": scrypt}[scheme](password, salt), stored)


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
        c.execute(
            "UPDATE people SET password_hash = %s, last_seen = now() WHERE id = %s",
            [make_hash(given["password"]), person["id"]],
        )
    return {"welcome": person["name"]}
