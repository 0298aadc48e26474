"""Plain SQL files are steps in the order of their names, each a transaction unless its first line says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import MigrationError
from harness.runtime.migrator import MigrationFailedError
from harness.runtime.postgres import connect, create_database, drop_database
from harness.runtime.sql_files import SqlMigrator, plan_files, read_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.runtime.postgres import Server

FIRST = "CREATE TABLE badge (id int);"
#: A transaction of two statements; statements of which one cannot run in a transaction; one that fails half-way.
NEW = {
    "0002_title": "ALTER TABLE badge ADD title text; ALTER TABLE badge ADD colour text;",
    "0003_index": "-- rolldeploy: no-transaction\n"
    "CREATE TABLE box (id int);\nCREATE INDEX CONCURRENTLY by_id ON badge (id);",
    "0004_wrong": "CREATE TABLE lost (id int); ALTER TABLE nowhere ADD x int;",
}
DATABASE = "rd_sql_files"


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    for name, files in (("old", {}), ("new", NEW)):
        (tmp_path / name / "migrations").mkdir(parents=True)
        for stem, text in {"0001_first": FIRST, **files}.items():
            (tmp_path / name / "migrations" / f"{stem}.sql").write_text(text, encoding="utf-8")
    return tmp_path / "old", tmp_path / "new"


@pytest.fixture
def migrator(roots: tuple[Path, Path], embedded_server: Server) -> Iterator[SqlMigrator]:
    create_database(embedded_server, DATABASE, owner=embedded_server.user)
    with connect(embedded_server, DATABASE) as connection:
        info = connection.info
        login = {"user": info.user, "password": info.password}
    made = SqlMigrator(read_files(roots[1], "migrations"), embedded_server, {**login, "database": DATABASE})
    made.upgrade("0001_first")
    yield made
    drop_database(embedded_server, DATABASE)


def names(server: Server) -> set[str]:
    with connect(server, DATABASE) as connection:
        rows = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'badge'::regclass AND attnum > 0 UNION "
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchall()
    return {str(row[0]) for row in rows}


def test_files_that_the_old_release_lacks_are_the_steps(roots: tuple[Path, Path]) -> None:
    steps = plan_files(*roots, "migrations")
    assert [step.label for step in steps] == list(NEW)
    assert steps[0].path == "migrations/0002_title.sql"


def test_a_file_that_was_edited_or_removed_is_refused(roots: tuple[Path, Path]) -> None:
    file = roots[1] / "migrations" / "0001_first.sql"
    file.write_text("CREATE TABLE badge (id bigint);", encoding="utf-8")
    with pytest.raises(MigrationError, match=r"migrations/0001_first\.sql was edited between the releases"):
        plan_files(*roots, "migrations")
    file.unlink()
    with pytest.raises(MigrationError, match=r"migrations/0001_first\.sql was removed between the releases"):
        plan_files(*roots, "migrations")


def test_no_file_is_refused_and_no_new_file_is_no_step(roots: tuple[Path, Path]) -> None:
    with pytest.raises(MigrationError, match=r"there is no \*\.sql file in .*elsewhere: correct sql ="):
        plan_files(*roots, "elsewhere")
    with pytest.raises(
        MigrationError, match=r"there is no \*\.sql file in elsewhere in git:main \(01\): correct sql ="
    ):
        plan_files(*roots, "elsewhere", "git:main (01)")
    assert plan_files(roots[0], roots[0], "migrations") == ()


def test_a_file_is_one_transaction(migrator: SqlMigrator, embedded_server: Server) -> None:
    with pytest.raises(MigrationFailedError, match="nowhere") as caught:
        migrator.upgrade("0004_wrong")
    assert caught.value.sqlstate == "42P01"
    assert "lost" not in names(embedded_server)
    assert migrator.upgrade_until_killed("0002_title", 1)
    assert "title" not in names(embedded_server)
    assert not migrator.upgrade_until_killed("0002_title", 2)
    assert names(embedded_server) >= {"title", "colour"}


def test_statements_are_sent_alone_where_the_first_line_says_so(migrator: SqlMigrator, embedded_server: Server) -> None:
    assert migrator.upgrade_until_killed("0003_index", 1)
    assert "box" in names(embedded_server)
    assert "by_id" not in names(embedded_server)
    with pytest.raises(MigrationFailedError, match="box"):
        migrator.upgrade("0003_index")
    with connect(embedded_server, DATABASE) as connection:
        connection.execute("DROP TABLE box")
        connection.commit()
    migrator.upgrade("0003_index")
    assert "by_id" in names(embedded_server)
