"""A cooking school: who comes as a guest, with which allergies and in which language, and how many a course takes.

New: an allergy is a text, maybe an empty one, and a course without a limit has no number of places.
."""

from engine import engine
from sqlalchemy import text
from web import Refused, Web

web = Web()


@web.post("/guests")
def welcome(given):
    with engine.begin() as c:
        guest = c.execute(
            text("INSERT INTO guests (name, allergies, language) VALUES (:name, :allergies, :language) RETURNING id"),
            {"name": given["name"], "allergies": given.get("allergies", ""), "language": given.get("language")},
        ).one()
    return {"id": guest.id}


@web.get("/guests/{id}/allergies")
def for_the_kitchen(id):
    with engine.connect() as c:
        guest = c.execute(text("SELECT allergies FROM guests WHERE id = :id"), {"id": int(id)}).one()
    return {"avoid": guest.allergies.split(", ") if guest.allergies else []}


@web.get("/guests/{id}/greeting")
def greeting(id):
    with engine.connect() as c:
        guest = c.execute(text("SELECT name, language FROM guests WHERE id = :id"), {"id": int(id)}).one()
    return {"text": {"en": "Welcome", "fr": "Bienvenue"}[guest.language or "en"] + ", " + guest.name}


@web.post("/courses")
def plan(given):
    with engine.begin() as c:
        course = c.execute(
            text("INSERT INTO courses (dish, places, booked) VALUES (:dish, :places, 0) RETURNING id"),
            {"dish": given["dish"], "places": given.get("places")},
        ).one()
    return {"id": course.id}


@web.post("/courses/{id}/bookings")
def book(id, given):
    with engine.begin() as c:
        course = c.execute(text("SELECT places, booked FROM courses WHERE id = :id FOR UPDATE"), {"id": int(id)}).one()
        if course.places is not None and course.booked >= course.places:
            raise Refused(409, "this course is full")
        c.execute(text("UPDATE courses SET booked = booked + 1 WHERE id = :id"), {"id": int(id)})
    return {"name": given["name"]}
