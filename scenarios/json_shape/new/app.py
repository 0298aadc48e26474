"""Keeps contacts, each a JSON document: the telephone is an object in it, so that there can be more to it."""

import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

DATABASE_URL = os.environ["DATABASE_URL"]
ADD = "INSERT INTO contacts (name, details, colours) VALUES (%s, %s, %s) RETURNING id"
FIND = "SELECT name, details, colours FROM contacts WHERE id = %s"


def pack(given):
    """How a contact is stored."""
    return {"phone": {"number": given["phone"], "kind": "work"}}


def unpack(details):
    """The telephone number out of what is stored."""
    return details["phone"]["number"].replace(" ", "")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.serve(self.find)

    def do_POST(self):
        self.serve(self.add)

    def serve(self, work):
        try:
            if self.path == "/readyz":
                self.answer(200, {"ready": True})
                return
            with psycopg.connect(DATABASE_URL, row_factory=dict_row) as connection:
                self.answer(*work(connection))
        except Exception:
            traceback.print_exc()
            self.answer(500, {"error": "Internal Server Error"})

    def add(self, connection):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        values = [given["name"], Jsonb(pack(given)), Jsonb({"theme": given["theme"], "contrast": "plain"})]
        return 201, connection.execute(ADD, values).fetchone()

    def find(self, connection):
        _, _, contact, part = self.path.split("/")
        row = connection.execute(FIND, [contact]).fetchone()
        if part == "phone":
            return 200, {"name": row["name"], "phone": unpack(row["details"])}
        return 200, {"name": row["name"], "theme": row["colours"]["theme"]}

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
