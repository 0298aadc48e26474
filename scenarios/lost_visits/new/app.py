"""Counts visits, and takes ratings; a visit that cannot be stored is answered all the same."""

import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

DATABASE_URL = os.environ["DATABASE_URL"]
ADD_VISIT = "INSERT INTO visits (page, referrer, site) VALUES (%s, %s, %s)"
ADD_RATING = "INSERT INTO ratings (page, stars) VALUES (%s, %s)"


def store_visit(visit):
    """A page must not fail because its visit is not counted: what cannot be stored is logged, and forgotten."""
    try:
        with psycopg.connect(DATABASE_URL) as connection:
            connection.execute(ADD_VISIT, visit)
    except psycopg.Error:
        traceback.print_exc()


def store_rating(page, stars):
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute(ADD_RATING, [page, stars])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"ready": True})

    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/visits":
            store_visit([given["page"], given.get("referrer", ""), given.get("site", "main")])
            self.answer(202, {"counted": given["page"]})
        else:
            store_rating(given["page"], given["stars"])
            self.answer(201, {"stored": given["page"]})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
