"""Writes invoices, and hands them to the accountants' program, which comes once a month."""

import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
from psycopg.rows import dict_row

DATABASE_URL = os.environ["DATABASE_URL"]
ADD = "INSERT INTO invoices (customer, cents) VALUES (%s, %s) RETURNING id, customer, cents"
FIND = "SELECT id, customer, cents FROM invoices WHERE id = %s"
ADD_CUSTOMER = "INSERT INTO newsletters (email) VALUES (%s) RETURNING id, email"
FIND_CUSTOMER = "SELECT id, email FROM newsletters WHERE id = %s"
EXPORT = (
    "INSERT INTO invoice_exports (invoice_id) SELECT id FROM invoices "
    "WHERE id NOT IN (SELECT invoice_id FROM invoice_exports) RETURNING invoice_id"
)


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
        _, what, *key = self.path.split("/")
        if self.command == "GET":
            return 200, connection.execute(FIND if what == "invoices" else FIND_CUSTOMER, key).fetchone()
        if what == "exports":
            return 201, {"exported": len(connection.execute(EXPORT).fetchall())}
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if what == "invoices":
            return 201, connection.execute(ADD, [given["customer"], given["cents"]]).fetchone()
        return 201, connection.execute(ADD_CUSTOMER, [given["email"]]).fetchone()

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
