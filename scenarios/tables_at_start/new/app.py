"""A recipe box with ratings. Tables that are missing are made when it starts, handy on a developer's machine."""

from engine import Session, engine
from sqlalchemy import ForeignKey, func, select
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


class Rating(Base):
    __tablename__ = "ratings"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"))
    stars: Mapped[int]


Base.metadata.create_all(engine)


def as_document(recipe, stars=None):
    return {"id": recipe.id, "title": recipe.title, "text": recipe.text, "stars": stars}


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
        stars = session.scalar(select(func.avg(Rating.stars)).where(Rating.recipe_id == recipe.id))
        return as_document(recipe, stars)


@web.post("/recipes/{id}/ratings")
def rate(id, given):
    with Session.begin() as session:
        session.add(Rating(recipe_id=int(id), stars=given["stars"]))
    return {"stars": given["stars"]}
