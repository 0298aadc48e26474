"""A climbing wall: its climbers with whom to call for them, and when they came and to which wall."""

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


@contextlib.asynccontextmanager
async def transaction(request):
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        yield connection


async def join(request):
    given = await request.json()
    async with transaction(request) as db:
        id = await db.fetchval(
            "INSERT INTO climbers (name, contact) VALUES ($1, $2) RETURNING id", given["name"], given.get("contact")
        )
    return JSONResponse({"id": id}, 201)


async def show_climber(request):
    async with transaction(request) as db:
        climber = await db.fetchrow("SELECT * FROM climbers WHERE id = $1", request.path_params["id"])
    if climber is None:
        raise HTTPException(404)
    return JSONResponse(dict(climber))


async def check_in(request):
    given = await request.json()
    async with transaction(request) as db:
        id = await db.fetchval(
            "INSERT INTO visits (day, wall) VALUES ($1, $2) RETURNING id", given["day"], given.get("wall", "main")
        )
    return JSONResponse({"id": id}, 201)


async def show_visit(request):
    async with transaction(request) as db:
        visit = await db.fetchrow("SELECT id, day, wall FROM visits WHERE id = $1", request.path_params["id"])
    if visit is None:
        raise HTTPException(404)
    return JSONResponse(dict(visit))


async def ready(request):
    return JSONResponse({"ok": True})


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/climbers", join, methods=["POST"]),
        Route("/climbers/{id:int}", show_climber),
        Route("/visits", check_in, methods=["POST"]),
        Route("/visits/{id:int}", show_visit),
        Route("/readyz", ready),
    ],
)
