"""What every small application needs and no scenario is about: routes, JSON in and out, a thread for each request."""

import json
import re
import traceback
from http.server import BaseHTTPRequestHandler


class Refused(Exception):
    """An answer that is no success, with its reason."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Web:
    """Routes, like ``@web.get("/notes/{id}")``; what a path holds in braces becomes an argument.

    A function of ``post``, ``put`` or ``patch`` gets the request's JSON document as its argument ``given``. What it
    returns is the answer's document: 201 for ``post`` unless it says otherwise, else 200. ``/readyz`` and ``/livez``
    answer 200 unless the application has its own.
    """

    def __init__(self):
        self._routes = []
        for path in ("/readyz", "/livez"):
            self.get(path)(lambda: {"ok": True})

    def get(self, path):
        return self._route("GET", path)

    def post(self, path, status=201):
        return self._route("POST", path, status)

    def put(self, path):
        return self._route("PUT", path)

    def patch(self, path):
        return self._route("PATCH", path)

    def delete(self, path):
        return self._route("DELETE", path)

    def _route(self, method, path, status=200):
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

        def keep(function):
            self._routes.insert(0, (method, pattern, status, function))
            return function

        return keep

    def answer(self, method, path, body):
        """Status and document."""
        for wanted, pattern, status, function in self._routes:
            match = pattern.fullmatch(path.partition("?")[0])
            if match is not None and wanted == method:
                arguments = match.groupdict()
                if method in {"POST", "PUT", "PATCH"}:
                    arguments["given"] = json.loads(body or b"{}")
                return status, function(**arguments)
        raise Refused(404, "not found")

    def handler(self):
        """A class for ``http.server``."""
        web = self

        class Handler(BaseHTTPRequestHandler):
            def parse_request(self):
                """As the base has it, but for what no client of a rehearsal sends: it takes half of a request's time."""
                self.close_connection = True
                self.command, self.path, self.request_version = self.raw_requestline.decode("latin-1").split()
                self.headers = {}
                while line := self.rfile.readline().decode("latin-1").strip():
                    name, _, value = line.partition(":")
                    self.headers[name.title()] = value.strip()
                return True

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    status, document = web.answer(self.command, self.path, body)
                except Refused as refused:
                    status, document = refused.status, {"error": str(refused)}
                except Exception as error:
                    traceback.print_exc()
                    status, document = 500, {"error": type(error).__name__}
                text = json.dumps(document, default=str)
                head = f"HTTP/1.1 {status} {self.responses[status][0]}\r\nContent-Type: application/json\r\n"
                self.wfile.write(f"{head}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        return Handler
