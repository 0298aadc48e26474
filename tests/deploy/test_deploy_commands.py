"""Command lines of containers as those of the settings."""

from __future__ import annotations

import shlex

import pytest

from harness.deploy.commands import alembic_settings, find_port, migration_tool, place_port, read_start
from harness.template import fill


@pytest.mark.parametrize(
    ("words", "serve"),
    [
        (["uvicorn", "a:b", "--port", "8000"], "uvicorn a:b --port {port}"),
        (["uvicorn", "a:b", "--port=8000"], "uvicorn a:b --port={port}"),
        (["gunicorn", "-b", "0.0.0.0:8000", "a:b"], "gunicorn -b 0.0.0.0:{port} a:b"),
        (["hypercorn", "--bind", ":8000", "a:b"], "hypercorn --bind :{port} a:b"),
        (["python", "manage.py", "runserver", "0.0.0.0:8000"], "python manage.py runserver 0.0.0.0:{port}"),
        (["flask", "run", "-p", "8000"], "flask run -p {port}"),
        (["uvicorn", "a:b"], "uvicorn a:b --port {port}"),
        (["python", "-m", "uvicorn", "a:b"], "python -m uvicorn a:b --port {port}"),
        (["flask", "--app", "a", "run"], "flask --app a run --port {port}"),
        (["gunicorn", "a:b"], "gunicorn a:b"),
        (["sh", "-c", "exec uvicorn a:b --port $PORT"], "uvicorn a:b --port {port}"),
        (["sh", "-c", "uvicorn a:b --port ${PORT:-8000}"], "uvicorn a:b --port {port}"),
        (["sh", "-c", "exec serve --port $PORT --name $NAME"], "sh -c 'exec serve --port {port} --name $NAME'"),
        (["sh", "-c", "LEVEL=x serve --port $PORT"], "sh -c 'LEVEL=x serve --port {port}'"),
        (["sh", "-c", "date; serve --port 8000"], "sh -c 'date; serve --port {port}'"),
        (["poetry", "run", "uvicorn", "a:b"], "uvicorn a:b --port {port}"),
        (["uv", "run", "--no-sync", "uvicorn", "a:b"], "uvicorn a:b --port {port}"),
    ],
)
def test_a_command_gets_the_port_of_its_replica(words: list[str], serve: str) -> None:
    placed, told = place_port(read_start(words).words, None)
    assert (placed, told) == (serve, True)


def test_a_port_that_is_known_is_found_wherever_it_stands() -> None:
    assert place_port(["python", "app.py", "8000"], 8000) == ("python app.py {port}", True)
    assert place_port(["python", "app.py", "18000", "1.8000"], 8000) == ("python app.py 18000 1.8000", False)


def test_a_command_that_does_not_say_where_it_listens_is_known() -> None:
    assert place_port(["python", "app.py"], 8000) == ("python app.py", False)
    assert place_port(["sh", "-c", "date; python app.py"], None)[1] is False


@pytest.mark.parametrize(
    ("script", "boot", "last"),
    [
        ("alembic upgrade head && exec uvicorn a:b", ("alembic upgrade head",), ("uvicorn", "a:b")),
        ("set -e\necho go\nalembic upgrade head\nexec uvicorn a:b", ("alembic upgrade head",), ("uvicorn", "a:b")),
        ("alembic -c '{a}.ini' upgrade head && serve", ("alembic -c {{a}}.ini upgrade head",), ("serve",)),
        ("alembic upgrade head || true && serve", ("sh -c 'alembic upgrade head || true'",), ("serve",)),
        ("alembic \\\n  upgrade head && serve", ("alembic upgrade head",), ("serve",)),
        ("uvicorn a:b", (), ("uvicorn", "a:b")),
        ("python manage.py migrate && gunicorn a", ("python manage.py migrate",), ("gunicorn", "a")),
    ],
)
def test_what_migrates_before_the_last_command_is_boot(
    script: str, boot: tuple[str, ...], last: tuple[str, ...]
) -> None:
    start = read_start(["sh", "-c", script])
    assert (start.boot, start.words, start.unsplit) == (boot, last, False)


@pytest.mark.parametrize(
    "script",
    [
        "alembic upgrade head; uvicorn a:b",  # which serves although the migration failed
        "./wait && alembic upgrade head && uvicorn a:b",
        "set -e; ./wait; alembic upgrade head; uvicorn a:b",
    ],
)
def test_a_script_that_means_something_else_in_pieces_stays_whole(script: str) -> None:
    start = read_start(["sh", "-c", script])
    assert (start.words, start.boot, start.unsplit) == (("sh", "-c", script), (), True)


def test_the_rest_of_a_script_keeps_its_shell_and_stops_where_it_did() -> None:
    start = read_start(["/bin/bash", "-c", "set -e\n# first\nalembic upgrade head\n./prepare\nexec serve"])
    assert start.boot == ("alembic upgrade head",)
    assert start.words == ("bash", "-c", "set -e\n./prepare\nexec serve")


def test_a_template_stands_for_the_words_of_the_command() -> None:
    words = ["serve", "--json", '{"a": "it\'s"}', "--port", "8000", "two words", "{port}"]
    filled = fill(place_port(words, 8000)[0], {"port": "21000"})
    assert shlex.split(filled) == ["serve", "--json", '{"a": "it\'s"}', "--port", "21000", "two words", "{port}"]


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("alembic upgrade head", "Alembic"),
        ("python -m alembic -c a.ini upgrade heads", "Alembic"),
        ("flask --app a db upgrade", "Flask-Migrate"),
        ("python manage.py migrate --noinput", "Django"),
        ("alembic current", None),
        ("curl -X POST http://shop/migrate", None),
    ],
)
def test_the_tool_of_a_migration(command: str, tool: str | None) -> None:
    assert migration_tool(command) == tool


def test_options_of_alembic() -> None:
    words = ["alembic", "-c", "db/a.ini", "-n", "shop", "-x", "a=1", "-x", "b=2", "upgrade", "heads"]
    assert alembic_settings(words) == {"alembic": "db/a.ini", "section": "shop", "x": ["a=1", "b=2"], "target": "heads"}
    assert alembic_settings(["sh", "-c", "alembic -c a.ini upgrade head"]) == {"alembic": "a.ini", "target": "head"}


def test_a_port_is_found_by_the_options_of_servers() -> None:
    assert find_port(["sh", "-c", "date && uvicorn a:b --port 8123"]) == 8123
    assert find_port(["uwsgi", "--http", ":8001"]) == 8001
    assert find_port(["serve", "--timeout", "8000"]) is None
