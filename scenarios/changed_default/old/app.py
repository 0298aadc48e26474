"""A photo club: its members' photographs, who may see them, and albums."""

from engine import Session
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Base(DeclarativeBase):
    pass


class Photo(Base):
    __tablename__ = "photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    visibility: Mapped[str] = mapped_column(server_default="public")


class Album(Base):
    __tablename__ = "albums"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sorting: Mapped[str]


@web.post("/photos")
def upload(given):
    with Session.begin() as session:
        photo = Photo(title=given["title"])
        session.add(photo)
        session.flush()
        return {"id": photo.id}


@web.get("/photos/{id}")
def look_at(id):
    with Session() as session:
        photo = session.scalar(select(Photo).where(Photo.id == int(id), Photo.visibility == "public"))
    if photo is None:
        raise Refused(404, "no such photograph")
    return {"id": photo.id, "title": photo.title}


@web.post("/albums")
def make_album(given):
    with Session.begin() as session:
        album = Album(name=given["name"], sorting=given.get("sorting", "by date"))
        session.add(album)
        session.flush()
        return {"id": album.id}


@web.get("/albums/{id}")
def open_album(id):
    with Session() as session:
        album = session.get_one(Album, int(id))
    return {"name": album.name, "sorting": album.sorting}
