"""A village cinema: films, and the seats that are taken. Flask on psycopg2, with its pool."""

import contextlib
import os

from flask import Flask, abort, jsonify, request
from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool

app = Flask(__name__)
pool = ThreadedConnectionPool(1, 8, os.environ["DATABASE_URL"])


@contextlib.contextmanager
def transaction():
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        pool.putconn(connection)


@app.post("/films")
def add_film():
    with transaction() as cursor:
        cursor.execute("INSERT INTO films (title) VALUES (%s) RETURNING id", [request.json["title"]])
        return jsonify(id=cursor.fetchone()[0]), 201


@app.get("/films/<int:id>")
def show_film(id):
    with transaction() as cursor, cursor.connection.cursor(cursor_factory=RealDictCursor) as rows:
        rows.execute("SELECT * FROM films WHERE id = %s", [id])
        film = rows.fetchone() or abort(404)
    return jsonify(id=film["id"], title=film["title"], minutes=film["minutes"])


@app.post("/seats")
def take_seat():
    with transaction() as cursor:
        cursor.execute("INSERT INTO seats (guest) VALUES (%s) RETURNING id", [request.json["guest"]])
        return jsonify(id=cursor.fetchone()[0]), 201


@app.get("/seats/<int:id>")
def show_seat(id):
    with transaction() as cursor:
        cursor.execute("SELECT * FROM seats WHERE id = %s", [id])
        seat, guest = cursor.fetchone() or abort(404)
    return jsonify(id=seat, guest=guest)


@app.get("/readyz")
def ready():
    return jsonify(ok=True)
