"""What can be told of a statement by its text."""

from __future__ import annotations

import pytest

from harness.model.statement import (
    defines,
    find_last_kept,
    fingerprint,
    leaves_nothing,
    split_statements,
    target,
    writes_rows,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 1", "SELECT  2"),
        ("SELECT * FROM t WHERE a = 'x''y' AND b = 1.5", "SELECT * FROM t\nWHERE a = '' AND b = 2"),
        ("SELECT * FROM t WHERE id IN (1, 2, 3)", "SELECT * FROM t WHERE id IN ($1)"),
        ("SELECT 1 /* trace 7f */", "SELECT 1 -- other"),
    ],
)
def test_values_comments_and_white_space_tell_no_statements_apart(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("SELECT a1 FROM t", "SELECT a2 FROM t"), ('SELECT "1" FROM t', 'SELECT "2x" FROM t'), ("SELECT a", "SELECT b")],
)
def test_names_do(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("INSERT INTO notes (text) VALUES ($1)", "INSERT notes"),
        ("update only public.notes set text = $1", "UPDATE public.notes"),
        ("WITH gone AS (DELETE FROM notes RETURNING id) SELECT * FROM gone", "DELETE notes"),
        ("MERGE INTO notes USING other ON true WHEN MATCHED THEN DELETE", "MERGE notes"),
        ("SELECT * FROM notes FOR UPDATE", ""),
        ("SELECT * FROM notes FOR UPDATE OF notes SKIP LOCKED", ""),
        ("INSERT INTO notes VALUES (1) ON CONFLICT (id) DO UPDATE SET text = ''", "INSERT notes"),
        ("SELECT updated FROM notes", ""),
    ],
)
def test_the_target_of_a_write(text: str, found: str) -> None:
    assert target(text) == found


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("UPDATE notes SET a = 1", True),
        ("DO $$ BEGIN PERFORM 1; END $$", True),
        ("DO $$ BEGIN CREATE TYPE mood AS ENUM ('fine'); EXCEPTION WHEN duplicate_object THEN NULL; END $$", False),
        ("DO $$ BEGIN EXECUTE 'UPDATE notes SET a = 1'; END $$", True),
        ("COPY notes FROM STDIN", True),
        ("ALTER TABLE notes ADD COLUMN a text", False),
        ("SELECT 1", False),
        ("", False),
    ],
)
def test_whether_rows_are_written(text: str, writes: bool) -> None:
    assert writes_rows(text) is writes


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("CREATE TABLE notes (id int)", True),
        ("alter table notes add a int", True),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE notes'; END $$", True),
        ("SELECT 1", False),
        ("BEGIN", False),
        ("SET search_path = a", False),
        ("", False),
    ],
)
def test_whether_the_schema_may_be_changed(text: str, changes: bool) -> None:
    assert defines(text) is changes


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("SELECT 1", True),
        ("/* who */ select id from notes where text = 'DELETE; INTO'", True),
        ("SELECT * FROM notes FOR NO KEY UPDATE", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("WITH some AS (SELECT 1) SELECT * FROM some", True),
        ("VALUES (1)", True),
        ("TABLE notes", True),
        ("PREPARE keep AS INSERT INTO notes VALUES (1)", True),
        ("BEGIN; SHOW work_mem; COMMIT", True),
        ("", True),
        ("SELECT * INTO archive FROM notes", False),
        ("WITH gone AS (DELETE FROM notes RETURNING id) SELECT * FROM gone", False),
        ("EXECUTE keep", False),
        ("PREPARE TRANSACTION 'one'", False),
        ("COMMIT PREPARED 'one'", False),
        ("SELECT 1; DROP TABLE notes", False),
        ("CREATE TABLE kept AS SELECT 1", False),
        ("VACUUM", False),
    ],
)
def test_whether_a_text_can_leave_anything(text: str, nothing: bool) -> None:
    assert leaves_nothing(text) is nothing


def test_a_semicolon_inside_of_something_ends_no_statement() -> None:
    text = (
        "-- a;b\nSELECT ';' || e'\\';' AS \"x;y\" /* ; */; DO $f$ BEGIN NULL; END $f$;"
        "\n;-- end;\nSELECT a$b, $1$2; SELECT $2"
    )
    parts = [part.splitlines()[-1] for part in split_statements(text)]
    assert parts == [
        "SELECT ';' || e'\\';' AS \"x;y\" /* ; */",
        "DO $f$ BEGIN NULL; END $f$",
        "SELECT a$b, $1$2",
        "SELECT $2",
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([], ""),
        ([(1, "UPDATE a SET x = 1")], "UPDATE a SET x = 1"),
        ([(1, "BEGIN"), (1, "UPDATE a SET x = 1")], ""),
        ([(1, "BEGIN"), (1, "UPDATE a SET x = 1"), (1, "SELECT 1"), (1, "COMMIT")], "UPDATE a SET x = 1"),
        ([(1, "UPDATE a SET x = 1"), (1, "begin;"), (1, "DROP TABLE b")], "UPDATE a SET x = 1"),
        ([(1, "BEGIN"), (1, "DROP TABLE b"), (1, "ROLLBACK"), (1, "CREATE TABLE c ()")], "CREATE TABLE c ()"),
        ([(1, "BEGIN"), (1, "DROP TABLE b"), (1, "ROLLBACK")], ""),
        ([(1, "BEGIN"), (1, "DROP TABLE b"), (1, "ROLLBACK TO SAVEPOINT s"), (1, "END")], "DROP TABLE b"),
        ([(1, "BEGIN"), (1, "DROP TABLE b"), (2, "CREATE TABLE c ()"), (1, "COMMIT")], "DROP TABLE b"),
        ([(1, "BEGIN"), (1, "DROP TABLE b"), (2, "CREATE TABLE c ()"), (2, "COMMIT")], "CREATE TABLE c ()"),
        ([(1, "BEGIN; CREATE TABLE c (); COMMIT; SELECT 1")], "BEGIN; CREATE TABLE c (); COMMIT; SELECT 1"),
        ([(1, "UPDATE a SET x = 1"), (1, "BEGIN"), (1, "COMMIT")], "UPDATE a SET x = 1"),
    ],
)
def test_the_last_statement_that_lasts(sent: list[tuple[int, str]], kept: str) -> None:
    assert find_last_kept(sent) == kept
