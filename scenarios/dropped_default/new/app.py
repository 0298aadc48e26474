"""Dogs of all sizes, walks of any length, and what their owners pay, in the currency of their town."""

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
    size: Mapped[str]


class Walk(Base):
    __tablename__ = "walks"
    dog: Mapped[str]
    day: Mapped[datetime.date]
    minutes: Mapped[int]


class Invoice(Base):
    __tablename__ = "invoices"
    owner: Mapped[str]
    cents: Mapped[int]
    currency: Mapped[str]


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
    return add(Dog(name=given["name"], size=given.get("size", "medium")))


@web.get("/dogs/{id}")
def show_dog(id):
    return find(Dog, id, "name", "size")


@web.post("/walks")
def book(given):
    day = datetime.date.fromisoformat(given["day"])
    return add(Walk(dog=given["dog"], day=day, minutes=given.get("minutes", 30)))


@web.get("/walks/{id}")
def show_walk(id):
    return find(Walk, id, "dog", "day", "minutes")


@web.post("/invoices")
def charge(given):
    return add(Invoice(owner=given["owner"], cents=given["cents"], currency=given.get("currency", "EUR")))


@web.get("/invoices/{id}")
def show_invoice(id):
    return find(Invoice, id, "owner", "cents", "currency")
