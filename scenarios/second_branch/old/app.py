"""A physiotherapist's appointments, and the rooms for them."""

from engine import Session
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Base(DeclarativeBase):
    pass


class Appointment(Base):
    __tablename__ = "appointments"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient: Mapped[str]
    hour: Mapped[int]


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@web.post("/appointments")
def make(given):
    with Session.begin() as session:
        made = Appointment(patient=given["patient"], hour=given["hour"])
        session.add(made)
        session.flush()
        return {"id": made.id}


@web.get("/appointments/{id}")
def look_up(id):
    with Session() as session:
        found = session.scalar(select(Appointment).where(Appointment.id == int(id)))
    if found is None:
        raise Refused(404, "no such appointment")
    return {"patient": found.patient, "hour": found.hour}


@web.post("/rooms")
def furnish(given):
    with Session.begin() as session:
        made = Room(name=given["name"])
        session.add(made)
        session.flush()
        return {"id": made.id}


@web.get("/rooms/{id}")
def room(id):
    with Session() as session:
        found = session.scalar(select(Room).where(Room.id == int(id)))
    if found is None:
        raise Refused(404, "no such room")
    return {"name": found.name}
