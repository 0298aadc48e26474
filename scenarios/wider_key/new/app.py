"""Counts meters."""

import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
from psycopg.rows import dict_row

DATABASE_URL = os.environ["DATABASE_URL"]
ADD = "INSERT INTO meters (place) VALUES (%s) RETURNING id, place"
FIND = "SELECT id, place FROM meters WHERE id = %s"


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
            return 200, connection.execute(FIND, [self.path.rpartition("/")[2]]).fetchone()
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return 201, connection.execute(ADD, [given["place"]]).fetchone()

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
