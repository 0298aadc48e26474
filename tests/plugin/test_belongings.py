"""Folders, further ports, configuration files and secrets, as real releases find them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugin.projects import Project

PASSED = int(pytest.ExitCode.OK)

SETTINGS = """[release]
serve = "python app.py {private}/etc/app.ini"
init = ["python -m alembic upgrade head", "python first.py {shared}"]
ready = "/readyz"
env = { DATABASE_URL = "postgresql+psycopg://{user}:{password}@{host}:{port}/{database}", ADMIN = "{port:admin}" }

[release.files]
"etc/app.ini" = "app.template"

[old]
source = "old"

[new]
source = "new"

[strategy]
replicas = 1
"""
TEMPLATE = """[app]
url = postgresql://{user}:{password}@{host}:{port}/{database}
port = {port:serve}
admin = {port:admin}
key = {secret:session}
format = {{message}}
shared = {shared}
"""
FIRST = """
import pathlib, sys
(pathlib.Path(sys.argv[1]) / "first").write_text("made by init")
"""
#: Reads all that it needs out of the file; keeps each body in the shared folder too, signed, and one lock in its home.
APP = """
import configparser, hashlib, os, pathlib, stat, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
path = pathlib.Path(sys.argv[1])
assert stat.S_IMODE(path.stat().st_mode) == 0o600
app = configparser.RawConfigParser(); app.read(path); app = app["app"]
assert app["format"] == "{message}" and app["admin"] == os.environ["ADMIN"] != app["port"]
home = pathlib.Path.home(); assert path.parent.parent == home
(home / "lock").touch(exist_ok=False)
shared = pathlib.Path(app["shared"]); assert (shared / "first").read_text() == "made by init"
def sign(body): return hashlib.sha256((app["key"] + body).encode()).hexdigest()
class Admin(BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
threading.Thread(target=HTTPServer(("127.0.0.1", int(app["admin"])), Admin).serve_forever, daemon=True).start()
class Files(Notes):
    def answer(self, status, body):
        if "id" in body:
            file = shared / str(body["id"])
            if self.command == "POST":
                file.write_text(sign(body["body"]))
            body = {**body, "is_signed": file.is_file() and file.read_text() == sign(body["body"])}
        print("key", app["key"], file=sys.stderr)
        super().answer(status, body)
"""


def test_both_releases_find_their_folders_ports_files_and_secrets(notes: Project) -> None:
    notes.write("rolldeploy.toml", SETTINGS)
    notes.write("app.template", TEMPLATE)
    for name in ("old", "new"):
        notes.write(f"{name}/first.py", FIRST)
        notes.replace(f"{name}/app.py", "\n\nif __name__ ==", f"\n{APP}\nif __name__ ==")
        notes.replace(f"{name}/app.py", "int(sys.argv[1])), Notes)", 'int(app["port"])), Files)')
    # What was written through one release is read through the other, in every state: its row and its signed file.
    notes.replace(
        "test_notes.py", 'assert kept["body"] == "milk"', 'assert kept["body"] == "milk" and kept["is_signed"] is True'
    )
    run = notes.run("-rA", "--rolldeploy-report=report")
    assert run.status == PASSED
    logs = "".join(path.read_text() for path in (notes.folder / "report").rglob("*.log"))
    assert "key ***" in logs
    assert not re.search(r"\b[0-9a-f]{64}\b", logs), "a secret is kept"
