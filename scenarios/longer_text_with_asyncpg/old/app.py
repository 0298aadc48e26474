"""Allotments: gardeners, and what they are told. FastAPI with SQLAlchemy's ORM on asyncpg."""

import os
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import String
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1))
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Gardener(Base):
    __tablename__ = "gardeners"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Notice(Base):
    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(80))


class NewGardener(BaseModel):
    name: str


class NewNotice(BaseModel):
    body: str


class GardenerShown(NewGardener):
    model_config = ConfigDict(from_attributes=True)
    id: int


class NoticeShown(NewNotice):
    model_config = ConfigDict(from_attributes=True)
    id: int


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions.begin() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session, scope="function")]
app = FastAPI()


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    return {"ok": True}


@app.post("/gardeners", status_code=201)
async def add_gardener(given: NewGardener, db: Session) -> GardenerShown:
    gardener = Gardener(**given.model_dump())
    db.add(gardener)
    await db.flush()
    return GardenerShown.model_validate(gardener)


@app.get("/gardeners/{id}")
async def show_gardener(id: int, db: Session) -> GardenerShown:
    gardener = await db.get(Gardener, id)
    if gardener is None:
        raise HTTPException(404)
    return GardenerShown.model_validate(gardener)


@app.post("/notices", status_code=201)
async def post_notice(given: NewNotice, db: Session) -> NoticeShown:
    notice = Notice(body=given.body)
    db.add(notice)
    await db.flush()
    return NoticeShown.model_validate(notice)


@app.get("/notices/{id}")
async def show_notice(id: int, db: Session) -> NoticeShown:
    notice = await db.get(Notice, id)
    if notice is None:
        raise HTTPException(404)
    return NoticeShown.model_validate(notice)
