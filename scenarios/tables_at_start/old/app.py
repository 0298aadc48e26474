"""A recipe box. Tables that are missing are made when it starts, which is handy on a developer's machine."""

from engine import Session, engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Base(DeclarativeBase):
    pass


class Recipe(Base):
    __tablename__ = "recipes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]


Base.metadata.create_all(engine)


def as_document(recipe):
    return {"id": recipe.id, "title": recipe.title, "text": recipe.text}


@web.post("/recipes")
def write(given):
    with Session.begin() as session:
        recipe = Recipe(title=given["title"], text=given["text"])
        session.add(recipe)
        session.flush()
        return as_document(recipe)


@web.get("/recipes/{id}")
def read(id):
    with Session() as session:
        recipe = session.get(Recipe, int(id))
    if recipe is None:
        raise Refused(404, "no such recipe")
    return as_document(recipe)
