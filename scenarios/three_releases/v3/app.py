"""A hotel's guest book, which asks for their address too."""

from engine import Session
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Base(DeclarativeBase):
    pass


class Guest(Base):
    __tablename__ = "guests"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    language: Mapped[str | None]
    email: Mapped[str | None]


def show(guest):
    return {"id": guest.id, "name": guest.name, "language": guest.language, "email": guest.email}


@web.post("/guests")
def check_in(given):
    with Session.begin() as session:
        guest = Guest(name=given["name"], language=given.get("language"), email=given.get("email"))
        session.add(guest)
        session.flush()
        return show(guest)


@web.get("/guests/{id}")
def look_up(id):
    with Session() as session:
        guest = session.get(Guest, int(id))
        if guest is None:
            raise Refused(404, "no such guest")
        return show(guest)
