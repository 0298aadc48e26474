"""A village cinema: films and their languages, and the seats that are taken, in a row. Flask on psycopg2."""

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
        film = [request.json["title"], request.json.get("language", "en")]
        cursor.execute("INSERT INTO films (title, language) VALUES (%s, %s) RETURNING id", film)
        return jsonify(id=cursor.fetchone()[0]), 201


@app.get("/films/<int:id>")
def show_film(id):
    with transaction() as cursor, cursor.connection.cursor(cursor_factory=RealDictCursor) as rows:
        rows.execute("SELECT * FROM films WHERE id = %s", [id])
        film = rows.fetchone() or abort(404)
    return jsonify(film)


@app.post("/seats")
def take_seat():
    with transaction() as cursor:
        seat = [request.json["guest"], request.json.get("row", "A")]
        cursor.execute("INSERT INTO seats (guest, seat_row) VALUES (%s, %s) RETURNING id", seat)
        return jsonify(id=cursor.fetchone()[0]), 201


@app.get("/seats/<int:id>")
def show_seat(id):
    with transaction() as cursor:
        cursor.execute("SELECT id, guest, seat_row FROM seats WHERE id = %s", [id])
        seat, guest, row = cursor.fetchone() or abort(404)
    return jsonify(id=seat, guest=guest, row=row)


@app.get("/readyz")
def ready():
    return jsonify(ok=True)
