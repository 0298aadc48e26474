"""A swimming pool: guests, and the courses that they may take."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/guests")
def enter(given):
    with connection() as c:
        return c.execute("INSERT INTO guests (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()


@web.get("/guests/{id}")
def show_guest(id):
    with connection() as c:
        guest = c.execute("SELECT id, name FROM guests WHERE id = %s", [int(id)]).fetchone()
    if guest is None:
        raise Refused(404, "no such guest")
    return guest


@web.post("/courses")
def open_course(given):
    with connection() as c:
        return c.execute("INSERT INTO courses (title) VALUES (%s) RETURNING id, title", [given["title"]]).fetchone()


@web.get("/courses/{id}")
def show_course(id):
    with connection() as c:
        course = c.execute("SELECT id, title FROM courses WHERE id = %s", [int(id)]).fetchone()
    if course is None:
        raise Refused(404, "no such course")
    return course
