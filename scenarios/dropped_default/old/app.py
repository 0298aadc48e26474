"""Dogs, the walks that are booked for them, and what their owners pay."""

import datetime

from engine import Session
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Base(DeclarativeBase):
    id: Mapped[int] = mapped_column(primary_key=True)


class Dog(Base):
    __tablename__ = "dogs"
    name: Mapped[str]


class Walk(Base):
    __tablename__ = "walks"
    dog: Mapped[str]
    day: Mapped[datetime.date]


class Invoice(Base):
    __tablename__ = "invoices"
    owner: Mapped[str]
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(server_default="EUR")


def add(item):
    with Session.begin() as session:
        session.add(item)
        session.flush()
        return {"id": item.id}


def find(kind, id, *names):
    with Session() as session:
        item = session.get(kind, int(id))
        if item is None:
            raise Refused(404, f"no such {kind.__name__.lower()}")
        return {name: getattr(item, name) for name in names}


@web.post("/dogs")
def register(given):
    return add(Dog(name=given["name"]))


@web.get("/dogs/{id}")
def show_dog(id):
    return find(Dog, id, "name")


@web.post("/walks")
def book(given):
    return add(Walk(dog=given["dog"], day=datetime.date.fromisoformat(given["day"])))


@web.get("/walks/{id}")
def show_walk(id):
    return find(Walk, id, "dog", "day")


@web.post("/invoices")
def charge(given):
    return add(Invoice(owner=given["owner"], cents=given["cents"]))


@web.get("/invoices/{id}")
def show_invoice(id):
    return find(Invoice, id, "owner", "cents", "currency")
