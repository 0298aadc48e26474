"""Serves the ``web`` of a release's ``app.py``: ``python ../../shared/serve.py PORT``, in the release's folder.

The folder of this file is searched for modules too, so that an application imports ``web``, ``pooled`` and ``engine``.
On SIGTERM no more connections are taken, and what is under way is answered.
"""

import importlib
import signal
import sys
import threading
from http.server import ThreadingHTTPServer

sys.path.insert(0, "")  # the application's own modules first


class Server(ThreadingHTTPServer):
    daemon_threads = False  # at the end they are waited for
    request_queue_size = 64


if __name__ == "__main__":
    web = importlib.import_module("app").web
    with Server(("127.0.0.1", int(sys.argv[1])), web.handler()) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=0.02)
