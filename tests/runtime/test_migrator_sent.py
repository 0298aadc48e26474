"""What a migrator wrote is a change of its step, but for what is noted in tables of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.runtime.migrator_sent import MigratorSent, Rows, read_sent
from harness.runtime.observer import Logged

RECORDED = (
    """INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('club', '0002', 'now') RETURNING "id\""""
)
NEW_TYPE = """INSERT INTO "django_content_type" ("app_label", "model") VALUES ('club', 'boat') RETURNING "id\""""
NEW_RIGHTS = (
    """INSERT INTO "auth_permission" ("name", "codename") VALUES ('Can add boat', 'add_boat') RETURNING "id\""""
)
RENAMED_TYPE = """UPDATE "django_content_type" SET "model" = 'vessel' WHERE "django_content_type"."id" = 7"""
COPIED_RIGHTS = "INSERT INTO public.auth_permission (name, codename) SELECT name, 'x' FROM auth_permission"
BY_ITSELF = (RECORDED, NEW_TYPE, NEW_RIGHTS)


def read(
    *runs: tuple[str, ...], table: str = "auth_permission", inserted: int = 0, changed: int = 0, book: str = ""
) -> MigratorSent:
    sent = [
        Logged(time=datetime(2026, 1, 1, tzinfo=UTC), replica="migrator", session=session, statement=statement)
        for session, run in enumerate(runs)
        for statement in run
    ]
    books = [book or "django_migrations"]
    rows = {table: Rows(inserted=inserted, changed=changed), books[0]: Rows(inserted=1)}
    return read_sent(rows, sent, books, str.strip)


def test_what_django_inserts_by_itself_for_a_new_model_is_no_change_of_the_step() -> None:
    sent = read(("CREATE TABLE club_boat ()", *BY_ITSELF), inserted=4)
    assert sent == MigratorSent(written={}, writes=0, statements=("CREATE TABLE club_boat ()",))


def test_rows_that_a_migration_changes_count_though_django_inserts_some_behind_it() -> None:
    sent = read((RENAMED_TYPE, *BY_ITSELF), table="django_content_type", inserted=1, changed=1)
    assert sent == MigratorSent(written={"django_content_type": 1}, writes=1, statements=(RENAMED_TYPE,))


@pytest.mark.parametrize("statement", [COPIED_RIGHTS, NEW_RIGHTS, "DO $$ BEGIN INSERT INTO auth_permission; END $$"])
def test_rows_that_a_migration_inserts_count(statement: str) -> None:
    sent = read((statement, *BY_ITSELF), inserted=5)
    assert (dict(sent.written), sent.writes) == ({"auth_permission": 5}, 1)


def test_rows_that_nobody_is_seen_to_insert_behind_the_migrations_are_their_own() -> None:
    assert dict(read(("SELECT grant_all()", RECORDED), inserted=5).written) == {"auth_permission": 5}


def test_each_run_ends_with_what_django_inserts_by_itself() -> None:
    sent = read((RECORDED, "BEGIN", *BY_ITSELF), BY_ITSELF, (NEW_RIGHTS,), inserted=4)
    assert sent == MigratorSent(written={}, writes=0)


def test_without_the_log_rows_that_were_changed_count_alone() -> None:
    rows = {"auth_permission": Rows(inserted=4, changed=2), "django_content_type": Rows(inserted=1)}
    sent = read_sent(rows, None, ["django_migrations"], str.strip)
    assert sent == MigratorSent(written={"auth_permission": 2}, writes=None)


def test_another_tool_inserts_none_by_itself() -> None:
    sent = read((NEW_RIGHTS, "UPDATE alembic_version SET version_num = 'b'"), inserted=1, book="alembic_version")
    assert (dict(sent.written), sent.writes) == ({"auth_permission": 1}, 1)
