"""Counts meters; each request has a connection of its own."""

import os

import psycopg
from psycopg.rows import dict_row
from web import Web

web = Web()


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row)


@web.post("/meters")
def add(given):
    with connect() as c:
        return c.execute("INSERT INTO meters (place) VALUES (%s) RETURNING id, place", [given["place"]]).fetchone()


@web.get("/meters/{id}")
def show(id):
    with connect() as c:
        return c.execute("SELECT id, place FROM meters WHERE id = %s", [int(id)]).fetchone()
