"""A vet's patients and their owners."""

from engine import Session
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Web

web = Web()


class Base(DeclarativeBase):
    pass


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Owner(Base):
    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def add(thing):
    with Session.begin() as session:
        session.add(thing)
        session.flush()
        return {"id": thing.id}


@web.post("/animals")
def add_animal(given):
    return add(Animal(name=given["name"]))


@web.get("/animals/{id}/card")
def animal_card(id):
    with Session() as session:
        animal = session.get_one(Animal, int(id))
    return {"name": animal.name, "drawer": animal.name[0].upper()}


@web.post("/owners")
def add_owner(given):
    return add(Owner(name=given["name"]))


@web.put("/owners/{id}")
def rename_owner(id, given):
    with Session.begin() as session:
        owner = session.get_one(Owner, int(id))
        owner.name = given["name"]
    return {}


@web.get("/owners/{id}/card")
def owner_card(id):
    with Session() as session:
        owner = session.get_one(Owner, int(id))
    return {"name": owner.name, "drawer": owner.name[0].upper()}
