"""A garden club: who has which plot, and the treasurer's cash book."""

from pooled import connection
from web import Refused, Web

web = Web()


def add(statement, values):
    with connection() as c:
        return c.execute(statement, values).fetchone()


def find(statement, id):
    with connection() as c:
        found = c.execute(statement, [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/plots")
def let(given):
    return add("INSERT INTO plots (tenant) VALUES (%s) RETURNING id", [given["tenant"]])


@web.put("/plots/{id}")
def let_again(id, given):
    return add("UPDATE plots SET tenant = %s WHERE id = %s RETURNING id", [given["tenant"], int(id)])


@web.get("/plots/{id}")
def show_plot(id):
    return find("SELECT id, tenant FROM plots WHERE id = %s", id)


@web.post("/entries")
def enter(given):
    return add("INSERT INTO entries (text, cents) VALUES (%s, %s) RETURNING id", [given["text"], given["cents"]])


@web.put("/entries/{id}")
def correct(id, given):
    return add("UPDATE entries SET cents = %s WHERE id = %s RETURNING id", [given["cents"], int(id)])


@web.get("/entries/{id}")
def show_entry(id):
    return find(
        "SELECT id, text, cents + coalesce((SELECT sum(cents) FROM entries c WHERE c.corrects = e.id), 0) AS cents"
        " FROM entries e WHERE id = %s",
        id,
    )
