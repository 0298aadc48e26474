from typing import Self

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import select, text

from catalogue.db import Session, engine
from catalogue.models import Product

app = FastAPI(title="Catalogue")


class NewProduct(BaseModel):
    sku: str = Field(max_length=40)
    name: str = Field(max_length=100)
    price_cents: int = Field(ge=0)


class ProductChange(BaseModel):
    name: str | None = Field(default=None, max_length=100)
    price_cents: int | None = Field(default=None, ge=0)


class ProductView(BaseModel):
    sku: str
    name: str
    price_cents: int

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(sku=product.sku, name=product.name, price_cents=product.unit_price_cents)


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ready"}


@app.post("/products", status_code=201)
def add_product(body: NewProduct) -> ProductView:
    with Session.begin() as session:
        product = Product(sku=body.sku, name=body.name, unit_price_cents=body.price_cents)
        session.add(product)
        session.flush()
        return ProductView.of(product)


@app.get("/products/{sku}")
def read_product(sku: str) -> ProductView:
    with Session.begin() as session:
        product = session.scalar(select(Product).where(Product.sku == sku))
        if product is None:
            raise HTTPException(404, "no such product")
        return ProductView.of(product)


@app.patch("/products/{sku}")
def change_product(sku: str, body: ProductChange) -> ProductView:
    with Session.begin() as session:
        product = session.scalar(select(Product).where(Product.sku == sku).with_for_update())
        if product is None:
            raise HTTPException(404, "no such product")
        if body.name is not None:
            product.name = body.name
        if body.price_cents is not None:
            product.unit_price_cents = body.price_cents
        return ProductView.of(product)
