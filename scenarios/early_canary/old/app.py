"""A climbing hall: who is inside, and its routes, whose descriptions are rendered once."""

import json
import uuid

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/entries")
def enter(given):
    token = str(uuid.uuid4())
    with connection() as c:
        c.execute("INSERT INTO sessions (token, payload) VALUES (%s, %s)", [token, json.dumps({"name": given["name"]})])
    return {"token": token}


@web.get("/entries/{token}")
def who(token):
    with connection() as c:
        found = c.execute("SELECT payload FROM sessions WHERE token = %s", [token]).fetchone()
    if found is None:
        raise Refused(404, "nobody of that name is inside")
    return json.loads(found["payload"])


@web.post("/routes")
def build(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO routes (name, grade) VALUES (%s, %s) RETURNING id", [given["name"], given["grade"]]
        ).fetchone()


@web.get("/routes/{id}")
def describe(id):
    key = f"route:{id}"
    with connection() as c:
        cached = c.execute("SELECT body FROM cache WHERE key = %s", [key]).fetchone()
        if cached is not None:
            return {"title": cached["body"]}
        found = c.execute("SELECT name, grade FROM routes WHERE id = %s", [int(id)]).fetchone()
        if found is None:
            raise Refused(404, "no such route")
        title = f"{found['name']} ({found['grade']})"
        c.execute("INSERT INTO cache (key, body) VALUES (%s, %s) ON CONFLICT DO NOTHING", [key, title])
    return {"title": title}
