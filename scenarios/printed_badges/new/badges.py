"""A conference's printer: takes badges out of a table and prints them; nothing of it speaks HTTP.

Badges tell the company too.
"""

import os
import sys
import time
import traceback

import psycopg
from psycopg.rows import dict_row

PERIOD_S = 0.02
NEXT = "SELECT id, name, company FROM badges WHERE done_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
PRINT = "INSERT INTO prints (badge_id, text) VALUES (%s, %s)"
DONE = "UPDATE badges SET done_at = now() WHERE id = %s"


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row)


def work():
    """One badge at a time; several replicas take different ones. What fails is logged and tried again."""
    while True:
        try:
            with connect() as c:
                print("waiting for badges", flush=True)
                while True:
                    with c.transaction():
                        badge = c.execute(NEXT).fetchone()
                        if badge is not None:
                            c.execute(
                                PRINT, [badge["id"], " of ".join(filter(None, [badge["name"], badge["company"]]))]
                            )
                            c.execute(DONE, [badge["id"]])
                    if badge is None:
                        time.sleep(PERIOD_S)
        except psycopg.Error:
            traceback.print_exc()
            time.sleep(PERIOD_S)


def count():
    """What somebody at the desk asks for."""
    with connect() as c:
        print(c.execute("SELECT count(*) FROM badges WHERE done_at IS NOT NULL").fetchone()["count"])


{"work": work, "count": count}[sys.argv[1]]()
