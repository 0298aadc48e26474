"""A small library: readers, and what they have on loan."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/readers")
def enrol(given):
    with connection() as c:
        return c.execute("INSERT INTO readers (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.get("/readers/{id}")
def show_reader(id):
    with connection() as c:
        reader = c.execute("SELECT id, name FROM readers WHERE id = %s", [int(id)]).fetchone()
    if reader is None:
        raise Refused(404, "no such reader")
    return reader


@web.post("/loans")
def lend(given):
    with connection() as c:
        return c.execute("INSERT INTO loans (book) VALUES (%s) RETURNING id, book", [given["book"]]).fetchone()


@web.get("/loans/{id}")
def show_loan(id):
    with connection() as c:
        loan = c.execute("SELECT id, book FROM loans WHERE id = %s", [int(id)]).fetchone()
    if loan is None:
        raise Refused(404, "no such loan")
    return loan
