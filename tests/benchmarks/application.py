"""Writes the application that the benchmarks measure: two releases, two journeys, any number of compatible steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

#: Both releases start with this revision; the steps follow it.
FIRST = "0000"
OLD, NEW = "old", "new"
JOURNEYS_FILE = "test_diary.py"
#: As a team would start it. The access log stays on: it is how the requests of the walk are counted.
SERVE = "uvicorn diary.main:app --port {port}"
BOOT = "alembic upgrade head"
READY = "/readyz"

_SETTINGS = f"""\
[release]
serve = "{SERVE}"
boot = "{BOOT}"
ready = "{READY}"
env = {{ DATABASE_URL = "postgresql+psycopg://{{user}}:{{password}}@{{host}}:{{port}}/{{database}}" }}

[old]
source = "{OLD}"

[new]
source = "{NEW}"

[expect."*"]
old-boot = "the old image does not know the new revision: its `alembic upgrade head` ends with an error"
"""

_JOURNEYS = """\
from harness import journey


@journey
def a_note_is_kept(client):
    kept = client.post("/notes", json={"title": "Tea", "text": "is out"}).raise_for_status().json()
    while True:
        yield
        assert client.get(f"/notes/{kept['id']}").raise_for_status().json() == kept


@journey
def deposits_add_up(client):
    account = client.post("/accounts", json={"owner": "Ada"}).raise_for_status().json()
    balance = 0
    while True:
        yield
        balance += 5
        client.post(f"/accounts/{account['id']}/deposits", json={"cents": 5}).raise_for_status()
        assert client.get(f"/accounts/{account['id']}").raise_for_status().json()["cents"] == balance
"""

_MODELS = """\
import os

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"])
Session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    cents: Mapped[int] = mapped_column(default=0)
"""

_MAIN = """\
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import text

from diary.models import Account, Note, Session, engine

app = FastAPI()


class NewNote(BaseModel):
    title: str
    text: str


class NewAccount(BaseModel):
    owner: str


class Deposit(BaseModel):
    cents: int


@app.get("/readyz")
def readyz() -> dict[str, str]:
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ready"}


@app.post("/notes", status_code=201)
def write_note(body: NewNote) -> dict[str, int | str]:
    with Session.begin() as session:
        note = Note(title=body.title, text=body.text)
        session.add(note)
        session.flush()
        return {"id": note.id, "title": note.title, "text": note.text}


@app.get("/notes/{note_id}")
def read_note(note_id: int) -> dict[str, int | str]:
    with Session.begin() as session:
        note = session.get(Note, note_id)
        if note is None:
            raise HTTPException(404)
        return {"id": note.id, "title": note.title, "text": note.text}


@app.post("/accounts", status_code=201)
def open_account(body: NewAccount) -> dict[str, int | str]:
    with Session.begin() as session:
        account = Account(owner=body.owner)
        session.add(account)
        session.flush()
        return {"id": account.id, "cents": account.cents}


@app.post("/accounts/{account_id}/deposits", status_code=201)
def deposit(account_id: int, body: Deposit) -> dict[str, int]:
    with Session.begin() as session:
        account = session.get(Account, account_id, with_for_update=True)
        if account is None:
            raise HTTPException(404)
        account.cents += body.cents
        return {"cents": account.cents}


@app.get("/accounts/{account_id}")
def read_account(account_id: int) -> dict[str, int]:
    with Session.begin() as session:
        account = session.get(Account, account_id)
        if account is None:
            raise HTTPException(404)
        return {"cents": account.cents}
"""

_INI = """\
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = %(here)s
path_separator = os
"""

_ENV = """\
from alembic import context

from diary.models import Base, engine

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""

_REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
{upgrade}
"""

_FIRST = """\
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("title", sa.String, nullable=False), sa.Column("text", sa.String, nullable=False))
    op.create_table("accounts", sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("owner", sa.String, nullable=False), sa.Column("cents", sa.Integer, nullable=False))"""

#: A step is one of these in turn; the old release works on all that they leave.
_ADDITIONS = (
    '    op.add_column("notes", sa.Column("extra_{n}", sa.String))',
    '    op.create_index("notes_by_title_{n}", "notes", ["title", "id"])',
    '    op.create_table("things_{n}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String))',
)


def plan_revisions(steps: int) -> list[str]:
    """The ids of the steps, in order."""
    return [f"{n:04}" for n in range(1, steps + 1)]


def write_application(folder: Path, steps: int) -> None:
    """Writes settings, journeys and both releases; nothing of the folder's own surroundings is used.

    Args:
        folder: An empty folder.
        steps: How many revisions the new release is ahead of the old one.
    """
    _write(folder / "pytest.ini", "[pytest]\n")
    _write(folder / "rolldeploy.toml", _SETTINGS)
    _write(folder / JOURNEYS_FILE, _JOURNEYS)
    for release, own in ((OLD, 0), (NEW, steps)):
        root = folder / release
        _write(root / "diary" / "__init__.py", "")
        _write(root / "diary" / "models.py", _MODELS)
        _write(root / "diary" / "main.py", _MAIN)
        _write(root / "alembic.ini", _INI)
        _write(root / "migrations" / "env.py", _ENV)
        down: str | None = None
        for n, revision in enumerate([FIRST, *plan_revisions(own)]):
            upgrade = _ADDITIONS[(n - 1) % len(_ADDITIONS)].format(n=n) if n else _FIRST
            text = _REVISION.format(revision=revision, down=down, upgrade=upgrade)
            _write(root / "migrations" / "versions" / f"{revision}_step.py", text)
            down = revision


def send(client: httpx.Client, request: str, known: dict[str, int]) -> None:
    """Sends one request of a kind that the journeys send too.

    Args:
        client: Where to.
        request: Method and path, with ``{id}`` for a number.
        known: The id that was made last, by collection; a collection's own POST has to come first.
    """
    method, _, path = request.partition(" ")
    collection = path.split("/")[1]
    bodies = {"notes": {"title": "Tea", "text": "is out"}, "accounts": {"owner": "Ada"}}
    body = None if method == "GET" else {"cents": 5} if path.endswith("/deposits") else bodies[collection]
    answer = client.request(method, path.format(id=known.get(collection)), json=body).raise_for_status()
    if path == f"/{collection}":
        known[collection] = answer.json()["id"]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
