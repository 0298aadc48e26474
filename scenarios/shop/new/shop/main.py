from fastapi import FastAPI
from sqlalchemy import text

from shop import customers, orders, products
from shop.db import engine

app = FastAPI(title="Tea shop")
app.include_router(customers.router)
app.include_router(products.router)
app.include_router(orders.router)


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ready"}
