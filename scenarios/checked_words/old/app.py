"""Bookings of a cinema, and what it shows."""

import enum

from engine import Session
from sqlalchemy import Enum
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Seats(enum.StrEnum):
    STALLS = "stalls"
    BALCONY = "balcony"


class Rating(enum.StrEnum):
    ALL = "all"
    ADULTS = "adults"


EUROS = {Seats.STALLS: 9, Seats.BALCONY: 12}


def words(kind):
    return Enum(kind, native_enum=False, values_callable=lambda members: [member.value for member in members])


class Base(DeclarativeBase):
    pass


class Booking(Base):
    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    seats: Mapped[Seats] = mapped_column(words(Seats))


class Film(Base):
    __tablename__ = "films"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    rating: Mapped[Rating] = mapped_column(words(Rating))


def add(item):
    with Session.begin() as session:
        session.add(item)
        session.flush()
        return {"id": item.id}


def find(kind, id):
    with Session() as session:
        found = session.get(kind, int(id))
    if found is None:
        raise Refused(404, "not found")
    return found


@web.post("/bookings")
def book(given):
    return add(Booking(name=given["name"], seats=Seats.STALLS if given["row"] < 20 else Seats.BALCONY))


@web.get("/bookings/{id}")
def show_booking(id):
    booking = find(Booking, id)
    return {"name": booking.name, "euros": EUROS[booking.seats]}


@web.post("/films")
def announce(given):
    return add(Film(title=given["title"], rating=Rating(given["rating"])))


@web.get("/films/{id}")
def show_film(id):
    film = find(Film, id)
    return {"title": film.title, "rating": film.rating}
