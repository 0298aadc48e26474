from typing import Self

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from shop.db import Session
from shop.models import Customer

router = APIRouter(prefix="/customers", tags=["customers"])


class NewCustomer(BaseModel):
    email: str = Field(max_length=200)
    name: str = Field(max_length=100)
    nickname: str | None = Field(default=None, max_length=40)


class CustomerChange(BaseModel):
    name: str = Field(max_length=100)


class Profile(BaseModel):
    id: int
    email: str
    name: str
    greeting: str

    @classmethod
    def of(cls, customer: Customer) -> Self:
        greeting = f"Hello {customer.nickname or customer.name}"
        return cls(id=customer.id, email=customer.email, name=customer.name, greeting=greeting)


@router.post("", status_code=201)
def register(body: NewCustomer) -> Profile:
    with Session.begin() as session:
        customer = Customer(email=body.email, name=body.name, nickname=body.nickname)
        session.add(customer)
        session.flush()
        return Profile.of(customer)


@router.get("/{customer_id}")
def read_profile(customer_id: int) -> Profile:
    with Session.begin() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise HTTPException(404, "no such customer")
        return Profile.of(customer)


@router.patch("/{customer_id}")
def change_profile(customer_id: int, body: CustomerChange) -> Profile:
    with Session.begin() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise HTTPException(404, "no such customer")
        customer.name = body.name
        return Profile.of(customer)
