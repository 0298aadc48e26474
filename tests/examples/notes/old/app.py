"""Notes over HTTP, with psycopg and the standard library alone."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg
from psycopg.rows import dict_row

READ = b"SELECT id, body FROM notes WHERE id = %s"
WRITE = b"INSERT INTO notes (body) VALUES (%s) RETURNING id, body"
DATABASE_URL = os.environ["DATABASE_URL"].replace("+psycopg", "")


class Notes(BaseHTTPRequestHandler):
    """One thread and one connection, as in a worker of a larger server."""

    database: psycopg.Connection[dict[str, Any]]

    def do_GET(self) -> None:
        """``/readyz``, ``/debug`` (the careless kind) and ``/notes/ID``."""
        if self.path == "/readyz":
            self.answer(200, {"ready": True})
        elif self.path == "/debug":
            told = {"database": DATABASE_URL, "echo": os.environ.get("API_TOKEN", "")}
            print("debug:", told, file=sys.stderr)  # noqa: T201  it goes to the log
            self.answer(200, told)
        else:
            self.query(READ, self.path.rpartition("/")[2])

    def do_POST(self) -> None:
        """Keeps a note."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.query(WRITE, given["body"])

    def query(self, statement: bytes, value: str) -> None:
        """Answers with the row that a statement gives."""
        try:
            with self.database.transaction():
                row = self.database.execute(statement, [value]).fetchone()
        except psycopg.Error as error:
            self.answer(500, {"error": str(error)})
        else:
            self.answer(200 if row else 404, row or {})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        """Sends JSON."""
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    Notes.database = psycopg.connect(DATABASE_URL, autocommit=True, row_factory=dict_row)
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Notes)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())  # answers what it has
    server.serve_forever(poll_interval=0.02)
