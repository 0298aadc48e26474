"""Takes orders; a loop counts them ten times a second, for a screen on the wall of the office."""

import json
import os
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
from psycopg.rows import dict_row

DATABASE_URL = os.environ["DATABASE_URL"]
PERIOD_S = 0.1
ADD = "INSERT INTO orders (item) VALUES (%s) RETURNING id, item"
FIND = "SELECT id, item FROM orders WHERE id = %s"
#: A table of the loop's own, which no request reads.
COUNT = "UPDATE order_counts SET orders = (SELECT count(*) FROM orders)"
#: What the screen shows beside it.
READ_BANNER = "SELECT text FROM banners ORDER BY id LIMIT 1"


def count_orders():
    """What fails is logged, and tried again in the next round."""
    while True:
        try:
            with psycopg.connect(DATABASE_URL) as connection:
                while True:
                    with connection.transaction():
                        connection.execute(READ_BANNER)
                        connection.execute(COUNT)
                    time.sleep(PERIOD_S)
        except psycopg.Error:
            traceback.print_exc()
            time.sleep(PERIOD_S)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/readyz":
            self.answer(200, {"ready": True})
            return
        self.query(200, FIND, self.path.rpartition("/")[2])

    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.query(201, ADD, given["item"])

    def query(self, status, statement, value):
        try:
            with psycopg.connect(DATABASE_URL, row_factory=dict_row) as connection:
                self.answer(status, connection.execute(statement, [value]).fetchone())
        except psycopg.Error as error:
            self.answer(500, {"error": str(error)})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    threading.Thread(target=count_orders, daemon=True).start()
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
