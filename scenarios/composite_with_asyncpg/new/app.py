"""A flower shop's deliveries: customers and on which floor they live, couriers and from which depot they start."""

import contextlib
import os

import asyncpg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route


@contextlib.asynccontextmanager
async def lifespan(app):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4) as pool:
        app.state.pool = pool
        yield


async def add(request, statement, *names):
    given = await request.json()
    id = await request.app.state.pool.fetchval(statement, *(given[name] for name in names))
    return JSONResponse({"id": id}, 201)


async def find(request, statement):
    found = await request.app.state.pool.fetchrow(statement, request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    return found


async def add_customer(request):
    given = await request.json()
    statement = "INSERT INTO customers (home.street, home.city, home.floor) VALUES ($1, $2, $3) RETURNING id"
    id = await request.app.state.pool.fetchval(statement, given["street"], given["city"], given.get("floor"))
    return JSONResponse({"id": id}, 201)


async def show_customer(request):
    customer = await find(request, "SELECT id, home FROM customers WHERE id = $1")
    return JSONResponse({"id": customer["id"], **customer["home"]})


async def add_courier(request):
    given = await request.json()
    statement = "INSERT INTO couriers (start) VALUES ($1) RETURNING id"
    id = await request.app.state.pool.fetchval(statement, (given["x"], given["y"], given.get("depot")))
    return JSONResponse({"id": id}, 201)


async def show_courier(request):
    courier = await find(request, "SELECT id, (start).x, (start).y, (start).depot FROM couriers WHERE id = $1")
    return JSONResponse(dict(courier))


async def add_bouquet(request):
    return await add(request, "INSERT INTO bouquets (size) VALUES ($1) RETURNING id", "size")


async def show_bouquet(request):
    return JSONResponse(dict(await find(request, "SELECT id, size FROM bouquets WHERE id = $1")))


async def ready(request):
    return JSONResponse({"ok": True})


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/customers", add_customer, methods=["POST"]),
        Route("/customers/{id:int}", show_customer),
        Route("/couriers", add_courier, methods=["POST"]),
        Route("/couriers/{id:int}", show_courier),
        Route("/bouquets", add_bouquet, methods=["POST"]),
        Route("/bouquets/{id:int}", show_bouquet),
        Route("/readyz", ready),
    ],
)
