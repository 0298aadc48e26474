"""A newsletter: who subscribes to it, and its issues."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/subscribers")
def subscribe(given):
    with connection() as c:
        return c.execute("INSERT INTO subscribers (email) VALUES (%s) RETURNING id, email", [given["email"]]).fetchone()


@web.get("/subscribers/{id}")
def show_subscriber(id):
    with connection() as c:
        found = c.execute("SELECT id, email FROM subscribers WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such subscriber")
    return found


@web.post("/issues")
def publish(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO issues (text) VALUES (%s) RETURNING id, text, summary", [given["text"]]
        ).fetchone()


@web.get("/issues/{id}")
def show_issue(id):
    with connection() as c:
        found = c.execute("SELECT id, text, summary FROM issues WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such issue")
    return found
