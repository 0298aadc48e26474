"""A dentist's appointments, and a loop that reminds patients by mail."""

import os
import threading
import time
import traceback

import psycopg

from pooled import connection
from web import Refused, Web

web = Web()


@web.post("/appointments")
def make(given):
    with connection() as c:
        return c.execute(
            "INSERT INTO appointments (patient, email) VALUES (%s, %s) RETURNING id",
            [given["patient"], given.get("email")],
        ).fetchone()


@web.get("/appointments/{id}")
def show(id):
    with connection() as c:
        found = c.execute("SELECT id, patient, email FROM appointments WHERE id = %s", [int(id)]).fetchone()
    if found is None:
        raise Refused(404, "no such appointment")
    return found


def _remind():
    """Queues a mail for everybody who was not reminded yet; the database may be away for a moment."""
    while True:
        time.sleep(0.05)
        try:
            with connection() as c:
                for row in c.execute("SELECT id, email FROM appointments WHERE NOT reminded").fetchall():
                    c.execute("INSERT INTO mails (recipient) VALUES (%s)", [row["email"].lower()])
                    c.execute("UPDATE appointments SET reminded = true WHERE id = %s", [row["id"]])
        except psycopg.Error:
            traceback.print_exc()
        except Exception:
            traceback.print_exc()
            os._exit(1)  # whoever watches over us starts us anew


threading.Thread(target=_remind, daemon=True).start()
