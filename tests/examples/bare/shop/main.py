"""Notes over HTTP."""

import os
from typing import Annotated, Any

from fastapi import Body, FastAPI
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine(os.environ["DATABASE_URL"])
TOKEN = os.environ["API_TOKEN"]


@app.get("/readyz")
def ready() -> dict[str, bool]:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"ready": True}


@app.get("/notes")
def notes() -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text("SELECT id, body FROM notes")).mappings()]


@app.post("/notes", status_code=201)
def keep(body: Annotated[str, Body(embed=True)]) -> dict[str, int]:
    with engine.begin() as connection:
        added = text("INSERT INTO notes (body) VALUES (:body) RETURNING id")
        return {"id": connection.execute(added, {"body": body}).scalar_one()}
