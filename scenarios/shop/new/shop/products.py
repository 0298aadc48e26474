from typing import Self

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import select

from shop.db import Session
from shop.models import Product

router = APIRouter(prefix="/products", tags=["products"])


class NewProduct(BaseModel):
    sku: str = Field(max_length=40)
    name: str = Field(max_length=100)
    price_cents: int = Field(ge=0)
    stock: int = Field(default=0, ge=0)


class StockChange(BaseModel):
    change: int


class ProductView(BaseModel):
    sku: str
    name: str
    price_cents: int
    stock: int

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(sku=product.sku, name=product.name, price_cents=product.unit_price_cents, stock=product.stock)


@router.post("", status_code=201)
def add_product(body: NewProduct) -> ProductView:
    with Session.begin() as session:
        product = Product(sku=body.sku, name=body.name, unit_price_cents=body.price_cents, stock=body.stock)
        session.add(product)
        session.flush()
        return ProductView.of(product)


@router.get("/{sku}")
def read_product(sku: str) -> ProductView:
    with Session.begin() as session:
        product = session.scalar(select(Product).where(Product.sku == sku))
        if product is None:
            raise HTTPException(404, "no such product")
        return ProductView.of(product)


@router.post("/{sku}/stock")
def change_stock(sku: str, body: StockChange) -> ProductView:
    with Session.begin() as session:
        product = session.scalar(select(Product).where(Product.sku == sku).with_for_update())
        if product is None:
            raise HTTPException(404, "no such product")
        if product.stock + body.change < 0:
            raise HTTPException(409, "not enough in stock")
        product.stock += body.change
        return ProductView.of(product)
