"""A museum: visits may be in another language, and it is kept when a letter was delivered."""

import os
import threading
import time
import traceback

import psycopg
from pooled import connection
from psycopg.rows import dict_row
from web import Refused, Web

web = Web()
PERIOD_S = 0.05
NEXT = """
SELECT id, visitor, text FROM letters WHERE delivered_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
DONE = "UPDATE letters SET delivered_at = now() WHERE id = %s"


def send(letter):
    """To the printer, in this miniature nowhere."""


def work():
    """One letter at a time; several replicas take different ones. What fails is logged and tried again."""
    while True:
        try:
            with psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row) as c:
                while True:
                    with c.transaction():
                        letter = c.execute(NEXT).fetchone()
                        if letter is not None:
                            send(letter)
                            c.execute(DONE, [letter["id"]])
                    if letter is None:
                        time.sleep(PERIOD_S)
        except psycopg.Error:
            traceback.print_exc()
            time.sleep(PERIOD_S)


@web.post("/visits")
def book(given):
    with connection() as c:
        visit = c.execute(
            "INSERT INTO visits (visitor, room, language) VALUES (%s, %s, %s) RETURNING id, visitor, room",
            [given["visitor"], given["room"], given.get("language")],
        ).fetchone()
        text = f"Welcome to the {given['room']}"
        c.execute("INSERT INTO letters (visitor, text) VALUES (%s, %s)", [given["visitor"], text])
        return visit


@web.get("/visits/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, visitor, room, language FROM visits WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such visit")
    return found


threading.Thread(target=work, daemon=True).start()
