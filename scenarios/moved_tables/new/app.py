"""A beekeeper's hives, and the honey that they give, each in a schema of its own."""

from pooled import connection
from web import Refused, Web

web = Web()


def one(statement, *values):
    with connection() as c:
        found = c.execute(statement, values).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/hives")
def add_hive(given):
    return one("INSERT INTO apiary.hives (queen) VALUES (%s) RETURNING id", given["queen"])


@web.get("/hives/{id}")
def show_hive(id):
    return one("SELECT id, queen FROM apiary.hives WHERE id = %s", int(id))


@web.post("/harvests")
def add_harvest(given):
    return one("INSERT INTO store.harvests (sort, grams) VALUES (%s, %s) RETURNING id", given["sort"], given["grams"])


@web.get("/harvests/{id}")
def show_harvest(id):
    return one("SELECT sort, grams FROM store.harvests WHERE id = %s", int(id))


@web.put("/harvests/{id}")
def weigh(id, given):
    return one("UPDATE store.harvests SET grams = %s WHERE id = %s RETURNING sort, grams", given["grams"], int(id))
