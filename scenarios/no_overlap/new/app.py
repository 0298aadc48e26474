"""A lake club: boats and courts by the hour, each to one member at a time; a rental that is changed is replaced."""

from pooled import connection
from web import Refused, Web

web = Web()
ADD = "INSERT INTO {} (what, hours) VALUES (%s, int4range(%s, %s)) RETURNING id"
CHANGE = "INSERT INTO {0} (what, hours) SELECT what, int4range(%s, %s) FROM {0} WHERE id = %s RETURNING id"
REPLACE = "UPDATE {} SET replaced = true WHERE id = %s"
FIND = "SELECT id, what, lower(hours) AS since, upper(hours) AS until FROM {} WHERE id = %s AND NOT replaced"


def rent(table, given):
    with connection() as c:
        return c.execute(ADD.format(table), [given["what"], *given["hours"]]).fetchone()


def change(table, id, given):
    with connection() as c:
        c.execute(REPLACE.format(table), [int(id)])
        return c.execute(CHANGE.format(table), [*given["hours"], int(id)]).fetchone()


def find(table, id):
    with connection() as c:
        found = c.execute(FIND.format(table), [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such rental")
    return found


@web.post("/boats")
def rent_boat(given):
    return rent("boats", given)


@web.put("/boats/{id}")
def change_boat(id, given):
    return change("boats", id, given)


@web.get("/boats/{id}")
def show_boat(id):
    return find("boats", id)


@web.post("/courts")
def rent_court(given):
    return rent("courts", given)


@web.put("/courts/{id}")
def change_court(id, given):
    return change("courts", id, given)


@web.get("/courts/{id}")
def show_court(id):
    return find("courts", id)
