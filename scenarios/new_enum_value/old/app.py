"""A bicycle workshop: jobs, how far they are, and how they were paid."""

import enum

from engine import Session
from sqlalchemy import Enum, ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from web import Refused, Web

web = Web()


class State(enum.StrEnum):
    WAITING = "waiting"
    DONE = "done"


class Way(enum.StrEnum):
    CASH = "cash"
    CARD = "card"


def values(kind):
    return [member.value for member in kind]


class Base(DeclarativeBase):
    pass


class Job(Base):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
    work: Mapped[str]
    state: Mapped[State] = mapped_column(Enum(State, name="job_state", values_callable=values))

    def view(self):
        return {"id": self.id, "work": self.work, "state": self.state}


class Payment(Base):
    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    cents: Mapped[int]
    way: Mapped[Way] = mapped_column(Enum(Way, name="payment_way", values_callable=values))


@web.post("/jobs")
def take_in(given):
    with Session.begin() as session:
        job = Job(customer=given["customer"], work=given["work"], state=State.WAITING)
        session.add(job)
        session.flush()
        return job.view()


@web.get("/jobs/{id}")
def show(id):
    with Session() as session:
        job = session.get(Job, int(id))
        if job is None:
            raise Refused(404, "no such job")
        return job.view()


@web.get("/customers/{customer}/jobs")
def jobs_of(customer):
    with Session() as session:
        return [job.view() for job in session.scalars(select(Job).where(Job.customer == customer).order_by(Job.id))]


@web.post("/jobs/{id}/payments")
def pay(id, given):
    with Session.begin() as session:
        session.add(Payment(job_id=int(id), cents=given["cents"], way=Way(given["by"])))
    return {"paid": given["cents"]}


@web.get("/jobs/{id}/payments")
def payments_for(id):
    with Session() as session:
        found = session.scalars(select(Payment).where(Payment.job_id == int(id)).order_by(Payment.id))
        return [{"cents": payment.cents, "by": payment.way} for payment in found]
