"""A newsletter; subscribers have a language, and every issue gets a summary."""

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/subscribers")
def subscribe(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO subscribers (email, language) VALUES (%s, %s) RETURNING id, email, language",
            [given["email"], given.get("language", "en")],
        ).fetchone()


@web.get("/subscribers/{id}")
def show_subscriber(id):
    with connection() as c:
        found = c.execute(
            "SELECT id, email, coalesce(language, 'en') AS language FROM subscribers WHERE id = %s", [int(id)]
        ).fetchone()
    if found is None:
        raise Refused(404, "no such subscriber")
    return found


@web.post("/issues")
def publish(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO issues (text, summary) VALUES (%s, %s) RETURNING id, text, summary",
            [given["text"], given["text"][:40]],
        ).fetchone()


@web.get("/issues/{id}")
def show_issue(id):
    with connection() as c:
        found = c.execute("SELECT id, text, summary FROM issues WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such issue")
    return found
