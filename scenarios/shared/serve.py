"""Serves the ``web`` of a release's ``app.py``: ``python ../../shared/serve.py PORT``, in the release's folder.

The folder of this file is searched for modules too, so that an application imports ``web``, ``pooled`` and ``engine``.
"""

import importlib
import sys
from http.server import ThreadingHTTPServer

sys.path.insert(0, "")  # the application's own modules first


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    web = importlib.import_module("app").web
    Server(("127.0.0.1", int(sys.argv[1])), web.handler()).serve_forever()
