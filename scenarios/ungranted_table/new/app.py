"""A swimming pool: guests, who get a locker each, and courses, each with a list of who waits for a place."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/guests")
def enter(given):
    with connection() as c:
        guest = c.execute("INSERT INTO guests (name) VALUES (%s) RETURNING id, name", [given["name"]]).fetchone()
        locker = c.execute("INSERT INTO lockers (guest) VALUES (%s) RETURNING locker", [guest["id"]]).fetchone()
    return guest | locker


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
        course = c.execute("INSERT INTO courses (title) VALUES (%s) RETURNING id, title", [given["title"]]).fetchone()
        c.execute("INSERT INTO waiting_lists (course) VALUES (%s)", [course["id"]])
    return course


@web.get("/courses/{id}")
def show_course(id):
    with connection() as c:
        course = c.execute("SELECT id, title FROM courses WHERE id = %s", [int(id)]).fetchone()
    if course is None:
        raise Refused(404, "no such course")
    return course
