"""A Procfile as settings."""

from __future__ import annotations

from typing import Any

import pytest

from harness.deploy.procfile import read_procfile
from harness.errors import SettingsError


def values(text: str, name: str | None = None) -> dict[str, Any]:
    return {".".join(value.path): value.value for value in read_procfile(text, "Procfile", name).values}


def told(text: str) -> list[str]:
    return [f"{item.where}: {item.sentence}" for item in read_procfile(text, "Procfile").open]


def test_web_serves_and_release_migrates_before() -> None:
    text = "# processes\nweb: gunicorn shop:app --bind 0.0.0.0:$PORT\n\nrelease: alembic -c db/a.ini upgrade head\n"
    assert values(text) == {
        "release.serve": "gunicorn shop:app --bind 0.0.0.0:{port}",
        "migrations.when": "before",
        "migrations.alembic": "db/a.ini",
    }
    assert told(text) == []


def test_a_web_process_that_migrates_first() -> None:
    assert values("web: alembic upgrade head && uvicorn shop:app --port $PORT") == {
        "release.serve": "uvicorn shop:app --port {port}",
        "release.boot": "alembic upgrade head",
        "migrations.when": "at-boot",
    }


def test_what_is_left_is_told_with_its_line() -> None:
    text = "web: python app.py\nrelease: ./prepare\nworker: celery -A shop worker\n"
    assert [line.partition(" is ")[0][:60] for line in told(text)] == [
        "Procfile, line 1: the command does not say where it listens:",
        "Procfile, line 2: release runs './prepare', which",
        "Procfile, line 3: the process worker",
    ]


def test_another_process_is_chosen_by_its_name() -> None:
    assert values("web: a $PORT\napi: b $PORT\n", "api")["release.serve"] == "b {port}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("web gunicorn\n", "Procfile, line 1: 'web gunicorn' is no line like web: COMMAND"),
        ("worker: x\n", "Procfile has no process 'web' (known: worker): say which, by name under [deploy]"),
        ("", "Procfile has no process 'web' (known: none)"),
    ],
)
def test_what_is_no_procfile_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_procfile(text, "Procfile")
    assert sentence in str(caught.value)
