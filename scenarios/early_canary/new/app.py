"""A climbing hall: who is inside, and its routes and who set them; sessions take less room."""

import base64
import json
import uuid
import zlib

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/entries")
def enter(given):
    token = str(uuid.uuid4())
    with connection() as c:
        c.execute("INSERT INTO sessions (token, payload) VALUES (%s, %s)", [token, _pack({"name": given["name"]})])
    return {"token": token}


@web.get("/entries/{token}")
def who(token):
    with connection() as c:
        found = c.execute("SELECT payload FROM sessions WHERE token = %s", [token]).fetchone()
    if found is None:
        raise Refused(404, "nobody of that name is inside")
    return _unpack(found["payload"])


@web.post("/routes")
def build(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO routes (name, grade, setter) VALUES (%s, %s, %s) RETURNING id",
            [given["name"], given["grade"], given.get("setter")],
        ).fetchone()


@web.get("/routes/{id}")
def describe(id):
    key = f"route:2:{id}"
    with connection() as c:
        cached = c.execute("SELECT body FROM cache WHERE key = %s", [key]).fetchone()
        if cached is not None:
            return json.loads(cached["body"])
        found = c.execute("SELECT name, grade, setter FROM routes WHERE id = %s", [int(id)]).fetchone()
        if found is None:
            raise Refused(404, "no such route")
        described = {"title": f"{found['name']} ({found['grade']})", "setter": found["setter"]}
        c.execute("INSERT INTO cache (key, body) VALUES (%s, %s) ON CONFLICT DO NOTHING", [key, json.dumps(described)])
    return described


def _pack(session):
    return "z:" + base64.b64encode(zlib.compress(json.dumps(session).encode())).decode()


def _unpack(payload):
    if payload.startswith("z:"):
        return json.loads(zlib.decompress(base64.b64decode(payload[2:])))
    return json.loads(payload)
