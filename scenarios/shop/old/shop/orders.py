from datetime import datetime
from typing import Self

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import orm, select

from shop.db import Session
from shop.models import Delivery, Order, Product

router = APIRouter(prefix="/orders", tags=["orders"])


class NewOrder(BaseModel):
    email: str = Field(max_length=200)
    sku: str
    quantity: int = Field(gt=0)


class OrderView(BaseModel):
    id: int
    email: str
    sku: str
    quantity: int
    status: str
    placed_at: datetime

    @classmethod
    def of(cls, order: Order, sku: str) -> Self:
        return cls(
            id=order.id,
            email=order.email,
            sku=sku,
            quantity=order.quantity,
            status=order.status,
            placed_at=order.placed_at,
        )


class DeliveryNote(BaseModel):
    note: str = Field(max_length=20)


class DeliveryView(BaseModel):
    order_id: int
    note: str


def find_order(session: orm.Session, order_id: int) -> tuple[Order, str]:
    with_sku = select(Order, Product.sku).join(Product, Product.id == Order.product_id)
    row = session.execute(with_sku.where(Order.id == order_id)).one_or_none()
    if row is None:
        raise HTTPException(404, "no such order")
    order, sku = row
    return order, sku


@router.post("", status_code=201)
def place_order(body: NewOrder) -> OrderView:
    with Session.begin() as session:
        product_id = session.scalar(select(Product.id).where(Product.sku == body.sku))
        if product_id is None:
            raise HTTPException(404, "no such product")
        order = Order(email=body.email, product_id=product_id, quantity=body.quantity)
        session.add(order)
        session.flush()
        return OrderView.of(order, body.sku)


@router.get("")
def list_orders(email: str) -> list[OrderView]:
    with Session.begin() as session:
        with_sku = select(Order, Product.sku).join(Product, Product.id == Order.product_id)
        rows = session.execute(with_sku.where(Order.email == email).order_by(Order.id))
        return [OrderView.of(order, sku) for order, sku in rows]


@router.get("/{order_id}")
def read_order(order_id: int) -> OrderView:
    with Session.begin() as session:
        order, sku = find_order(session, order_id)
        return OrderView.of(order, sku)


@router.post("/{order_id}/cancellation")
def cancel_order(order_id: int) -> OrderView:
    with Session.begin() as session:
        order, sku = find_order(session, order_id)
        order.status = "cancelled"
        return OrderView.of(order, sku)


@router.put("/{order_id}/delivery")
def write_delivery(order_id: int, body: DeliveryNote) -> DeliveryView:
    with Session.begin() as session:
        if session.get(Order, order_id) is None:
            raise HTTPException(404, "no such order")
        delivery = session.get(Delivery, order_id)
        if delivery is None:
            delivery = Delivery(order_id=order_id)
            session.add(delivery)
        delivery.note = body.note
        return DeliveryView(order_id=order_id, note=delivery.note)


@router.get("/{order_id}/delivery")
def read_delivery(order_id: int) -> DeliveryView:
    with Session.begin() as session:
        delivery = session.get(Delivery, order_id)
        if delivery is None:
            raise HTTPException(404, "nothing noted")
        return DeliveryView(order_id=delivery.order_id, note=delivery.note)
