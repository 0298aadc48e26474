"""Reading clubs and their members, and what is written about books; how many there are of each is not counted
anew for every page."""

from engine import engine
from sqlalchemy import text
from web import Web

web = Web()


@web.post("/clubs")
def found(given):
    with engine.begin() as c:
        return {"id": c.scalar(text("INSERT INTO clubs (name) VALUES (:name) RETURNING id"), given)}


@web.post("/clubs/{id}/members")
def join(id, given):
    with engine.begin() as c:
        c.execute(text("INSERT INTO members (club, name) VALUES (:club, :name)"), {"club": int(id), **given})
        c.execute(text("UPDATE clubs SET member_count = member_count + 1 WHERE id = :id"), {"id": int(id)})
    return {}


@web.get("/clubs/{id}")
def club(id):
    with engine.connect() as c:
        members = c.scalar(text("SELECT member_count FROM clubs WHERE id = :id"), {"id": int(id)})
    return {"members": members}


@web.post("/books")
def add_book(given):
    with engine.begin() as c:
        return {"id": c.scalar(text("INSERT INTO books (title) VALUES (:title) RETURNING id"), given)}


@web.post("/books/{id}/reviews")
def review(id, given):
    with engine.begin() as c:
        c.execute(text("INSERT INTO reviews (book, stars) VALUES (:book, :stars)"), {"book": int(id), **given})
    return {}


@web.get("/books/{id}")
def book(id):
    with engine.connect() as c:
        reviews = c.scalar(text("SELECT reviews FROM review_counts WHERE book = :id"), {"id": int(id)})
    return {"reviews": reviews or 0}
