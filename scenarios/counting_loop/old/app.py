"""Takes orders; a loop counts them ten times a second, for a screen on the wall of the office."""

import os
import threading
import time
import traceback

import psycopg
from pooled import connection
from web import Web

web = Web()
PERIOD_S = 0.1


@web.post("/orders")
def place(given):
    with connection() as c:
        return c.execute("INSERT INTO orders (item) VALUES (%s) RETURNING id, item", [given["item"]]).fetchone()


@web.get("/orders/{id}")
def show(id):
    with connection() as c:
        return c.execute("SELECT id, item FROM orders WHERE id = %s", [int(id)]).fetchone()


def count_orders():
    """What fails is logged, and tried again in the next round."""
    while True:
        try:
            with psycopg.connect(os.environ["DATABASE_URL"]) as own:
                while True:
                    with own.transaction():
                        own.execute("SELECT text FROM banners ORDER BY id LIMIT 1")
                        own.execute("UPDATE order_counts SET orders = (SELECT count(*) FROM orders)")
                    time.sleep(PERIOD_S)
        except psycopg.Error:
            traceback.print_exc()
            time.sleep(PERIOD_S)


threading.Thread(target=count_orders, daemon=True).start()
