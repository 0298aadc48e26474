"""A library; a number or a mark may be typed with spaces."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/cards")
def issue(given):
    with connection() as c:
        if c.execute("SELECT id FROM cards WHERE number = %s", [given["number"].strip()]).fetchone():
            raise Refused(409, "this number is in use")
        return c.execute(
            "INSERT INTO cards (number, reader) VALUES (%s, %s) RETURNING id, number, reader",
            [given["number"].strip(), given["reader"]],
        ).fetchone()


@web.get("/cards/{number}")
def show_card(number):
    with connection() as c:
        return c.execute("SELECT id, number, reader FROM cards WHERE number = %s ORDER BY id", [number]).fetchall()


@web.post("/marks")
def shelve(given):
    with connection() as c:
        if c.execute("SELECT id FROM marks WHERE mark = %s", [given["mark"].strip()]).fetchone():
            raise Refused(409, "there is no room at this mark")
        return c.execute(
            "INSERT INTO marks (mark, title) VALUES (%s, %s) RETURNING id, mark, title",
            [given["mark"].strip(), given["title"]],
        ).fetchone()


@web.get("/marks/{mark}")
def show_mark(mark):
    with connection() as c:
        return c.execute("SELECT id, mark, title FROM marks WHERE mark = %s ORDER BY id", [mark]).fetchall()
