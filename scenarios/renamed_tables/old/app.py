"""A library: its books, and who has borrowed them for how long."""

from pooled import connection
from web import Refused, Web

web = Web()


def one(statement, *values):
    with connection() as c:
        found = c.execute(statement, values).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/books")
def add(given):
    return one("INSERT INTO books (title) VALUES (%s) RETURNING id", given["title"])


@web.get("/books/{id}")
def show_book(id):
    return one("SELECT id, title FROM books WHERE id = %s", int(id))


@web.post("/loans")
def lend(given):
    return one("INSERT INTO loans (reader, book) VALUES (%s, %s) RETURNING id, days", given["reader"], given["book"])


@web.get("/loans/{id}")
def show_loan(id):
    return one("SELECT book, days FROM loans WHERE id = %s", int(id))


@web.put("/loans/{id}")
def prolong(id, given):
    return one("UPDATE loans SET days = %s WHERE id = %s RETURNING id, days", given["days"], int(id))


@web.delete("/loans/{id}")
def give_back(id):
    return one("DELETE FROM loans WHERE id = %s RETURNING id", int(id))
