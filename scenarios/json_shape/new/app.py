"""Keeps contacts, each a JSON document: the telephone is an object in it, so that there can be more to it."""

from pooled import connection
from psycopg.types.json import Jsonb
from web import Web

web = Web()


def pack(given):
    """How a contact is stored."""
    return {"phone": {"number": given["phone"], "kind": "work"}}


def unpack(details):
    """The telephone number out of what is stored."""
    return details["phone"]["number"].replace(" ", "")


@web.post("/contacts")
def add(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO contacts (name, details, colours) VALUES (%s, %s, %s) RETURNING id",
            [given["name"], Jsonb(pack(given)), Jsonb({"theme": given["theme"], "contrast": "plain"})],
        ).fetchone()


def find(id):
    with connection() as c:
        return c.execute("SELECT name, details, colours FROM contacts WHERE id = %s", [int(id)]).fetchone()


@web.get("/contacts/{id}/phone")
def phone(id):
    contact = find(id)
    return {"name": contact["name"], "phone": unpack(contact["details"])}


@web.get("/contacts/{id}/colours")
def colours(id):
    contact = find(id)
    return {"name": contact["name"], "theme": contact["colours"]["theme"]}
