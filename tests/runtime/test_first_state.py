"""What is said where a release's own migrations fail on an empty database."""

from __future__ import annotations

import pytest

from harness.model.settings import ReadFrom
from harness.runtime.first_state import explain_first
from harness.runtime.migrator import MigrationFailedError

SECRET = "deploy.yaml, line 34: variable DATABASE_URL is kept in the Secret booking: name it under [release.env]"
STORE = "deploy.yaml, line 16: the variables of the Secret booking are not in this file: name them under [release.env]"
OTHER = "deploy.yaml, line 40: variable API_TOKEN is kept in the Secret booking: name it under [release.env]"
ANOTHER_WAY = 'if it is installed in another way, say so with init = ["..."]'


def said(error: str, sqlstate: str = "", migration: str = "", told: tuple[str, ...] = ()) -> str:
    read = ReadFrom(what="deploy.yaml", read=(), open=told, aside=())
    return explain_first("old", MigrationFailedError(error, sqlstate, (), migration), read)


@pytest.mark.parametrize("error", ["KeyError: 'DATABASE_URL'", "ValidationError: database_url Field required"])
def test_a_variable_that_was_not_understood_is_named_where_it_is_missed(error: str) -> None:
    text = said(error, told=(OTHER, SECRET))
    assert text == f"the old release's own migrations fail on an empty database: {error}; not understood was {SECRET}"


def test_a_store_that_is_elsewhere_may_have_what_is_missed() -> None:
    assert said("KeyError: 'DATABASE_URL'", told=(STORE,)).endswith(f"; not understood was {STORE}")
    assert said("OperationalError: no such host", told=(STORE,)).endswith(ANOTHER_WAY)


def test_a_variable_that_nobody_sets_is_to_be_set() -> None:
    assert said("KeyError: 'DATABASE_URL'").endswith("; set DATABASE_URL under [release.env]")
    assert said("KeyError: 'DATABASE_URL'", told=(OTHER,)).endswith("; set DATABASE_URL under [release.env]")


def test_the_migration_that_failed_is_named() -> None:
    text = said("CompileError: no type", migration="0001 (0001_rooms.py, line 12)")
    assert "fail on an empty database in migration 0001 (0001_rooms.py, line 12): CompileError: no type; " in text
    assert ANOTHER_WAY not in text


def test_what_postgresql_refuses_may_be_made_in_another_way() -> None:
    assert said("UndefinedTable: no rooms", "42P01", "0001 (0001_rooms.py, line 12)").endswith(ANOTHER_WAY)
    assert said("ModuleNotFoundError: No module named 'x'").endswith(ANOTHER_WAY)
