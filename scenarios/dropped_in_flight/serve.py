"""Serves the ``web`` of a release's ``app.py``: ``python ../serve.py PORT``, in the release's folder."""

import importlib
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path[:0] = ["", str(Path(__file__).resolve().parents[1] / "shared")]

if __name__ == "__main__":
    web = importlib.import_module("app").web
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), web.handler()) as server:
        server.serve_forever()
