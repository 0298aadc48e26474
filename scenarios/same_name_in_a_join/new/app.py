"""A veterinary practice: pets, who owns them, and their visits, at each of which a pet is weighed."""

import os
from contextlib import contextmanager

from psycopg2.extras import Json, RealDictCursor
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
            "SELECT v.id, p.name, v.reason, coalesce(v.grams, p.grams) AS grams"
            " FROM visits v JOIN pets p ON p.id = v.pet WHERE v.id = %s",
            [int(id)],
        )
        found = c.fetchone()
    if found is None:
        raise Refused(404, "no such visit")
    return found


@web.get("/towns/{town}/owners")
def owners(town):
    with cursor() as c:
        c.execute(
            "SELECT o.id, o.name, o.contact FROM owners o"
            " WHERE o.town = %s AND EXISTS (SELECT FROM pets p WHERE p.owner = o.id) ORDER BY o.name",
            [town],
        )
        return c.fetchall()


@web.get("/owners/{id}/patients")
def patients(id):
    with cursor() as c:
        c.execute(
            "SELECT DISTINCT p.id, p.name, p.chip FROM pets p JOIN visits v ON v.pet = p.id"
            " WHERE p.owner = %s ORDER BY p.name",
            [int(id)],
        )
        return c.fetchall()


@web.put("/owners/{id}/contact")
def set_contact(id, given):
    with cursor() as c:
        c.execute("UPDATE owners SET contact = %s WHERE id = %s RETURNING id, contact", [Json(given), int(id)])
        return c.fetchone()


@web.put("/pets/{id}/chip")
def set_chip(id, given):
    with cursor() as c:
        c.execute("UPDATE pets SET chip = %s WHERE id = %s RETURNING id, chip", [Json(given), int(id)])
        return c.fetchone()


@web.put("/visits/{id}/weight")
def weigh(id, given):
    with cursor() as c:
        c.execute("UPDATE visits SET grams = %s WHERE id = %s RETURNING id, grams", [given["grams"], int(id)])
        return c.fetchone()
