"""The application for a WSGI server; ``python -m club.wsgi PORT`` is one with a single thread, which answers what it has
when it is told to stop."""

import os
import signal
import sys
import threading
from wsgiref.simple_server import WSGIServer, make_server

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "club.settings")
application = get_wsgi_application()


class Server(WSGIServer):
    request_queue_size = 64


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(sys.argv[1]), application, Server)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.02)
