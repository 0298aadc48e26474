"""Signs people in: passwords are hashed with scrypt, and those of PBKDF2 are hashed anew when they are used."""

import hashlib
import hmac
import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
from psycopg.rows import dict_row

DATABASE_URL = os.environ["DATABASE_URL"]
ADD = "INSERT INTO people (name, city, password_hash) VALUES (%s, %s, %s) RETURNING id"
SIGNED_IN = "UPDATE people SET password_hash = %s, last_seen = now() WHERE id = %s"
FIND = "SELECT id, name, city, password_hash FROM people WHERE id = %s"


def pbkdf2(password, salt):
    return "pbkdf2$" + salt + "$" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex()


def scrypt(password, salt):
    return "scrypt$" + salt + "$" + hashlib.scrypt(password.encode(), salt=salt.encode(), n=16, r=8, p=1).hex()


def make_hash(password):
    return scrypt(password, os.urandom(8).hex())


def is_right(password, stored):
    scheme, salt, _ = stored.split("$")
    return hmac.compare_digest({"pbkdf2": pbkdf2, "scrypt": scrypt}[scheme](password, salt), stored)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def serve(self):
        try:
            if self.path == "/readyz":
                self.answer(200, {"ready": True})
                return
            with psycopg.connect(DATABASE_URL, row_factory=dict_row) as connection:
                self.answer(*self.route(connection))
        except Exception:
            traceback.print_exc()
            self.answer(500, {"error": "Internal Server Error"})

    def route(self, connection):
        if self.command == "GET":
            person = connection.execute(FIND, [self.path.rpartition("/")[2]]).fetchone()
            return 200, {"name": person["name"], "city": person["city"]}
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/people":
            values = [given["name"], given["city"], make_hash(given["password"])]
            return 201, connection.execute(ADD, values).fetchone()
        person = connection.execute(FIND, [given["id"]]).fetchone()
        if not is_right(given["password"], person["password_hash"]):
            return 401, {"error": "wrong name or password"}
        connection.execute(SIGNED_IN, [make_hash(given["password"]), person["id"]])
        return 201, {"welcome": person["name"]}

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
