"""A library's members, what they have borrowed, and the reminders that they get."""

from datetime import date

from engine import Session
from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "members"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    fax: Mapped[str | None]


class Loan(Base):
    __tablename__ = "loans"

    id: Mapped[int] = mapped_column(primary_key=True)
    book: Mapped[str]
    due: Mapped[date]


class Reminder(Base):
    __tablename__ = "reminders"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    subject: Mapped[str]
    letter: Mapped[str | None] = mapped_column(Text, deferred=True)


@web.post("/members")
def join(given):
    with Session.begin() as session:
        member = Member(name=given["name"])
        session.add(member)
        session.flush()
        return {"id": member.id, "name": member.name}


@web.get("/members/{id}")
def show_member(id):
    with Session() as session:
        member = session.get(Member, int(id))
        if member is None:
            raise Refused(404, "no such member")
        return {"id": member.id, "name": member.name}


@web.post("/loans")
def lend(given):
    with Session.begin() as session:
        loan = Loan(book=given["book"], due=date.fromisoformat(given["due"]))
        session.add(loan)
        session.flush()
        return {"id": loan.id, "book": loan.book, "due": loan.due}


@web.get("/loans/{id}")
def show_loan(id):
    with Session() as session:
        loan = session.get(Loan, int(id))
        if loan is None:
            raise Refused(404, "no such loan")
        return {"id": loan.id, "book": loan.book, "due": loan.due}


@web.put("/loans/{id}")
def extend(id, given):
    with Session.begin() as session:
        loan = session.get(Loan, int(id))
        loan.due = date.fromisoformat(given["due"])
        return {"id": loan.id, "book": loan.book, "due": loan.due}


@web.post("/reminders")
def remind(given):
    with Session.begin() as session:
        reminder = Reminder(address=given["address"], subject=given["subject"])
        session.add(reminder)
        session.flush()
        return {"id": reminder.id, "subject": reminder.subject}


@web.get("/reminders/{id}")
def show_reminder(id):
    with Session() as session:
        reminder = session.get(Reminder, int(id))
        if reminder is None:
            raise Refused(404, "no such reminder")
        return {"id": reminder.id, "subject": reminder.subject}
