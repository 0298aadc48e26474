"""Serves the ``web`` of a release's ``app.py``: ``python ../serve.py PORT``, in the release's folder.

After SIGTERM it goes on for a second, since load balancers need a moment to hear of it.
"""

import importlib
import signal
import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path[:0] = ["", str(Path(__file__).resolve().parents[1] / "shared")]


class Server(ThreadingHTTPServer):
    daemon_threads = False  # at the end they are waited for
    request_queue_size = 64


if __name__ == "__main__":
    web = importlib.import_module("app").web
    with Server(("127.0.0.1", int(sys.argv[1])), web.handler()) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Timer(1.0, server.shutdown).start())
        server.serve_forever(poll_interval=0.02)
