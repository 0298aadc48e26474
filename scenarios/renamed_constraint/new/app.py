"""A book club: its meetings, its readers, and how they like the books; constraints are named by convention."""

from pooled import connection
from psycopg.errors import UniqueViolation
from web import Refused, Web

web = Web()
RATE = """
    INSERT INTO ratings (reader, book, stars) VALUES (%s, %s, %s)
    ON CONFLICT ON CONSTRAINT uq_ratings_reader_book DO UPDATE SET stars = excluded.stars
"""
#: What to tell whom, by the constraint that is violated.
CONFLICTS = {"uq_readers_email": "there is a reader with this address"}


def find(statement, id):
    with connection() as c:
        found = c.execute(statement, [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/meetings")
def call(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO meetings (book, chairs) VALUES (%s, %s) RETURNING id", [given["book"], given["chairs"]]
        ).fetchone()


@web.get("/meetings/{id}")
def show_meeting(id):
    return find("SELECT id, book, chairs FROM meetings WHERE id = %s", id)


@web.post("/readers")
def join(given):
    try:
        with connection() as c:
            return c.execute("INSERT INTO readers (email) VALUES (%s) RETURNING id", [given["email"]]).fetchone()
    except UniqueViolation as error:
        if error.diag.constraint_name not in CONFLICTS:
            raise
        raise Refused(409, CONFLICTS[error.diag.constraint_name]) from error


@web.get("/readers/{id}")
def show_reader(id):
    return find("SELECT id, email FROM readers WHERE id = %s", id)


@web.put("/ratings/{reader}")
def rate(reader, given):
    with connection() as c:
        c.execute(RATE, [reader, given["book"], given["stars"]])
    return {"rated": given["book"]}


@web.get("/ratings/{reader}")
def show_ratings(reader):
    with connection() as c:
        rows = c.execute("SELECT book, stars FROM ratings WHERE reader = %s", [reader])
        return {row["book"]: row["stars"] for row in rows}
