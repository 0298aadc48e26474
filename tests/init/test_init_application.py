"""What ``rolldeploy init`` sees of an application, from the texts of its files alone."""

from __future__ import annotations

import ast

import pytest

from harness.init.application import find_application, find_live, find_ready, find_routes
from harness.init.draft import Draft, render_journey, render_settings
from harness.init.environment import find_scheme, find_variables
from harness.init.history import find_steps
from harness.init.project import Project

FAST = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\n\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": FAST}, "uvicorn main:app --port {port}"),
        ({"shop/main.py": FAST}, "uvicorn shop.main:app --port {port}"),
        ({"src/shop/asgi.py": FAST}, "uvicorn shop.asgi:app --port {port}"),
        ({"shop/__init__.py": FAST}, "uvicorn shop:app --port {port}"),
        ({"a.py": "import fastapi\napi: fastapi.FastAPI = fastapi.FastAPI()\n"}, "uvicorn a:api --port {port}"),
        (
            {"a.py": "from starlette.applications import Starlette\nsite = Starlette()\n"},
            "uvicorn a:site --port {port}",
        ),
        ({"app.py": FLASK}, "flask --app app:app run --port {port}"),
        ({"app.py": FLASK, "requirements.txt": "gunicorn\n"}, "gunicorn --bind 127.0.0.1:{port} app:app"),
        ({"shop/app.py": FACTORY}, "flask --app shop.app:create_app run --port {port}"),
        (
            {"shop/app.py": FACTORY, "requirements.txt": "gunicorn"},
            "gunicorn --bind 127.0.0.1:{port} 'shop.app:create_app()'",
        ),
        ({"shop/app.py": FACTORY.replace("Flask", "FastAPI")}, "uvicorn shop.app:create_app --port {port} --factory"),
        (
            {"shop/app.py": FACTORY, "wsgi.py": "from shop.app import create_app\napplication = create_app()\n"},
            "flask --app wsgi:application run --port {port}",
        ),
        ({"tests/app.py": FAST, "shop/site.py": FAST}, "uvicorn shop.site:app --port {port}"),
        ({"z.py": FAST, "main.py": FAST}, "uvicorn main:app --port {port}"),
        ({"app.py": "app = Something()\n"}, None),
        ({"app.py": "def create_app(config): return Flask(config)\n"}, None),
        ({"app.py": "this is no Python\n", "main.py": FAST}, "uvicorn main:app --port {port}"),
    ],
)
def test_how_an_application_is_served(files: dict[str, str], expected: str | None) -> None:
    project = Project(files)
    application = find_application(project)
    assert (application.serve(project) if application else None) == expected


ROUTERS = """\
from fastapi import APIRouter
router = APIRouter(prefix="/notes")

@router.get("")
def all(): ...

@router.post("")
def new(): ...

@router.get("/{id}")
def one(id): ...
"""


def paths(files: dict[str, str]) -> list[str]:
    return [f"{route.verb} {route.path}" for route in find_routes(Project(files))]


def test_routes_of_an_application() -> None:
    text = (
        FAST + "\n@app.get('/a')\ndef a(): ...\n\n@app.post('/b')\nasync def b(): ...\n\n@app.put('/c')\ndef c(): ...\n"
    )
    assert paths({"main.py": text}) == ["get /a", "post /b"]
    text = FLASK + "\n@app.route('/a')\ndef a(): ...\n\n@app.route('/b', methods=['GET', 'POST'])\ndef b(): ...\n"
    assert paths({"app.py": text}) == ["get /a", "get /b", "post /b"]
    assert paths({"a.py": "routes = [Route('/a', a), Route('/b', b, methods=['POST'])]\n"}) == ["get /a"]


@pytest.mark.parametrize(
    "main",
    [
        "from shop.routers import notes\napp.include_router(notes.router, prefix='/api')\n",
        "from shop.routers.notes import router\napp.include_router(router, prefix='/api')\n",
        "from .routers.notes import router as n\napp.include_router(n, prefix='/api')\n",
    ],
)
def test_routes_of_a_router_are_where_it_is_included(main: str) -> None:
    files = {"shop/main.py": FAST + main, "shop/routers/notes.py": ROUTERS}
    assert paths(files) == ["get /api/notes", "post /api/notes", "get /api/notes/{id}"]


def test_routes_of_a_router_that_nobody_includes_are_none() -> None:
    assert paths({"shop/main.py": FAST, "shop/routers/notes.py": ROUTERS}) == []


@pytest.mark.parametrize(
    ("found", "ready", "live"),
    [
        (["/", "/health", "/readyz", "/livez"], "/readyz", "/livez"),
        (["/api/health/", "/items"], "/api/health/", None),
        (["/healthz"], "/healthz", None),
        (["/live"], "/live", "/live"),
        (["/users", "/readyz/{x}"], None, None),
    ],
)
def test_readiness_and_liveness_are_known_by_their_names(found: list[str], ready: str | None, live: str | None) -> None:
    text = FAST + "".join(f"\n@app.get('{path}')\ndef f{index}(): ...\n" for index, path in enumerate(found))
    routes = find_routes(Project({"main.py": text}))
    chosen = [route.path if route else None for route in (find_ready(routes), find_live(routes))]
    assert chosen == [ready, live]


# Variables

URL = "{user}:{password}@{host}:{port}/{database}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import os\nos.environ["DATABASE_URL"]\n', {"DATABASE_URL": f"postgresql+psycopg://{URL}"}),
        ('from os import environ\nenviron["DATABASE_URL"]\n', {"DATABASE_URL": f"postgresql+psycopg://{URL}"}),
        ('os.getenv("DB_DSN", "postgresql+asyncpg://localhost/x")\n', {"DB_DSN": f"postgresql+asyncpg://{URL}"}),
        ('os.environ.get("SQLALCHEMY_DATABASE_URI")\n', {"SQLALCHEMY_DATABASE_URI": f"postgresql+psycopg://{URL}"}),
        ('os.environ["PGHOST"], os.getenv("PGPORT")\n', {"PGHOST": "{host}", "PGPORT": "{port}"}),
        ('os.environ["SECRET_KEY"]\n', {"SECRET_KEY": "{secret:secret_key}"}),
        ('os.environ["REGION"]\n', {"REGION": "1"}),
        ('os.getenv("REGION"), os.environ.get("SECRET_KEY"), os.environ["TEST_DATABASE_URL"]\n', {}),
        ('os.environ["DATABASE_URL"] = "x"\n', {}),
        ('config("DATABASE_URL"), config("DEBUG", default=False)\n', {"DATABASE_URL": f"postgresql+psycopg://{URL}"}),
        (
            (
                "class Settings(BaseSettings):\n    database_url: str\n    jwt_secret: str\n    debug: bool = False\n"
                '    model_config = SettingsConfigDict(env_prefix="shop_")\n'
            ),
            {"SHOP_DATABASE_URL": f"postgresql+psycopg://{URL}", "SHOP_JWT_SECRET": "{secret:shop_jwt_secret}"},
        ),
        (
            (
                'class Settings(BaseSettings):\n    url: PostgresDsn = Field(validation_alias="DATABASE_URL")\n'
                "    level: str = Field('info')\n    mode: str = Field(default='x')\n"
            ),
            {"DATABASE_URL": f"postgresql+psycopg://{URL}"},
        ),
    ],
)
def test_variables_without_which_the_application_does_not_run(text: str, expected: dict[str, str]) -> None:
    assert {item.name: item.value for item in find_variables(Project({"shop/settings.py": text}))} == expected


@pytest.mark.parametrize(
    ("files", "scheme", "guessed"),
    [
        ({".env.example": "DATABASE_URL=postgres://u@h/d\n", "a.py": "'postgresql+asyncpg://'"}, "postgresql", False),
        ({"docker-compose.yml": "X: postgresql+asyncpg://u@db/d\n"}, "postgresql+asyncpg", False),
        ({"alembic.ini": "sqlalchemy.url = postgresql+psycopg2://u@h/d\n"}, "postgresql+psycopg2", False),
        ({"a.py": "import psycopg2\n"}, "postgresql+psycopg2", True),
        ({"a.py": "create_async_engine(x)\n", "requirements.txt": "asyncpg\n"}, "postgresql+asyncpg", True),
        ({"pyproject.toml": 'dependencies = ["psycopg[binary]"]\n'}, "postgresql+psycopg", True),
        ({}, "postgresql+psycopg", True),
    ],
)
def test_the_driver_is_that_of_the_urls_that_are_there(files: dict[str, str], scheme: str, guessed: bool) -> None:
    found, guess = find_scheme(Project(files))
    assert (found, bool(guess)) == (scheme, guessed)


# Migrations


def test_the_newest_migration_is_the_one_that_no_other_follows() -> None:
    files = {
        "db/versions/b.py": 'revision: str = "b"\ndown_revision: str | None = "a"\n',
        "db/versions/a.py": 'revision = "a"\ndown_revision = None\n',
        "db/versions/c.py": 'revision = "c"\ndown_revision = ("b", "x")\n',
        "db/env.py": "x = 1\n",
        "other/versions/z.py": 'revision = "z"\ndown_revision = None\n',
    }
    assert [step.path for step in find_steps(Project(files), "db")] == [f"db/versions/{name}.py" for name in "cab"]


# What is written


def test_settings_are_written_in_the_order_of_a_reader() -> None:
    draft = Draft()
    draft.put("deploy", "from_kubernetes", ["a.yaml", "b.yaml"])
    draft.put("new", "source", ".", "here")
    draft.put("release.env", "A", 'say "x"')
    draft.put("release", "serve", "run {port}")
    draft.missing.append("look")
    assert render_settings(draft).splitlines()[1:] == [
        "# To do: look",
        "",
        "[release]",
        'serve = "run {port}"',
        "",
        "[release.env]",
        "A = 'say \"x\"'",
        "",
        "[new]",
        'source = "."                                # here',
        "",
        "[deploy]",
        'from_kubernetes = ["a.yaml", "b.yaml"]',
    ]


def test_a_first_journey_asks_for_pages_that_end_and_harm_nobody() -> None:
    text = FAST + "".join(
        f"\n@app.get('{path}')\ndef f{index}(): ...\n"
        for index, path in enumerate(["/readyz", "/notes", "/notes/{id}", "/logout", "/events", "/metrics", "/tags"])
    )
    text += "\n@app.post('/notes')\ndef new(): ...\n"
    journey = render_journey("/readyz", find_routes(Project({"main.py": text})))
    ast.parse(journey)
    assert 'PAGES = ["/notes", "/tags"]' in journey
    assert 'client.get("/readyz").raise_for_status()' in journey
    assert 'client.post("/notes"' in journey


def test_a_first_journey_of_an_application_without_routes() -> None:
    namespace: dict[str, object] = {}
    exec(render_journey(None, []), namespace)  # noqa: S102  what is written has to be Python
    assert namespace["PAGES"] == ["/"]
    assert namespace["pages_are_answered"].problem() is None  # type: ignore[attr-defined]
