"""A veterinary practice: pets, who owns them, and their visits."""

import os
from contextlib import contextmanager

from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool
from web import Refused, Web

web = Web()
pool = ThreadedConnectionPool(1, 20, os.environ["DATABASE_URL"], cursor_factory=RealDictCursor)


@contextmanager
def cursor():
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as c:
            yield c
    finally:
        pool.putconn(connection)


@web.post("/owners")
def add_owner(given):
    with cursor() as c:
        c.execute("INSERT INTO owners (name, town) VALUES (%s, %s) RETURNING id", [given["name"], given["town"]])
        return c.fetchone()


@web.post("/pets")
def add_pet(given):
    with cursor() as c:
        c.execute(
            "INSERT INTO pets (owner, name, species, grams) VALUES (%s, %s, %s, %s) RETURNING id",
            [given["owner"], given["name"], given["species"], given["grams"]],
        )
        return c.fetchone()


@web.post("/visits")
def visit(given):
    with cursor() as c:
        c.execute("INSERT INTO visits (pet, reason) VALUES (%s, %s) RETURNING id", [given["pet"], given["reason"]])
        return c.fetchone()


@web.get("/visits/{id}")
def show_visit(id):
    with cursor() as c:
        c.execute(
            "SELECT v.id, name, reason, grams FROM visits v JOIN pets p ON p.id = v.pet WHERE v.id = %s", [int(id)]
        )
        found = c.fetchone()
    if found is None:
        raise Refused(404, "no such visit")
    return found


@web.get("/towns/{town}/owners")
def owners(town):
    with cursor() as c:
        c.execute(
            "SELECT DISTINCT o.* FROM owners o JOIN pets p ON p.owner = o.id WHERE o.town = %s ORDER BY o.name", [town]
        )
        return [{"id": row["id"], "name": row["name"]} for row in c.fetchall()]


@web.get("/owners/{id}/patients")
def patients(id):
    with cursor() as c:
        c.execute(
            "SELECT DISTINCT p.* FROM pets p JOIN visits v ON v.pet = p.id WHERE p.owner = %s ORDER BY p.name",
            [int(id)],
        )
        return [{"id": row["id"], "name": row["name"]} for row in c.fetchall()]
