"""What a statement names, by where its words stand."""

from __future__ import annotations

import pytest

from harness.model.named import find_named, find_words

#: Column, value or comment: by chance they have the name of another table, which is ``notes`` in all of them.
BY_CHANCE = (
    "INSERT INTO orders (what, notes) VALUES ('x', 'y') RETURNING id, notes",
    "INSERT INTO orders (what) VALUES ('notes')",
    r"INSERT INTO orders (what) VALUES (E'it\'s notes')",
    "INSERT INTO orders (what) VALUES ($q$ FROM notes $q$)",
    "SELECT what FROM orders -- FROM notes",
    "/* FROM notes */ SELECT what FROM orders",
    "SELECT o.notes, count(*) AS notes FROM orders AS o WHERE notes = $1 GROUP BY notes",
    "SELECT a FROM orders JOIN lines USING (notes) WHERE orders.notes IS NOT DISTINCT FROM notes",
    "SELECT extract(year FROM notes) FROM orders ORDER BY notes",
    "UPDATE orders SET notes = 1, what = notes WHERE id IN (1, 2)",
    "INSERT INTO orders (notes) VALUES (1) ON CONFLICT (notes) DO UPDATE SET notes = excluded.notes",
    "SELECT * FROM unnest($1, $2) AS t(what, notes)",
    'SELECT * FROM "Notes"',
    "SET app.place = notes",
    "SELECT what FROM orders /* FROM notes /* inner */ FROM notes */",
    "INSERT INTO orders AS notes (what) SELECT what FROM lines ON CONFLICT DO NOTHING",
    "SELECT * FROM unnest($1) AS notes(what)",
    "SELECT * FROM unnest($1) notes(what), orders",
    "WITH notes AS (SELECT * FROM orders) SELECT * FROM notes",
    "WITH gone AS (DELETE FROM orders RETURNING *), notes (a, b) AS MATERIALIZED (TABLE gone) TABLE notes",
    "SELECT * FROM (WITH x AS (SELECT 1), notes AS (SELECT 1) SELECT * FROM notes, x) AS y, orders",
    "WITH RECURSIVE notes(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM notes) SELECT (SELECT max(n) FROM notes)",
    "COPY (SELECT what FROM orders WHERE what = $x$ FROM notes $x$) TO STDOUT",
)

#: All of them name the relation, the function or the type ``notes``.
NAMING = (
    "SELECT 1 FROM notes",
    "SELECT 1 FROM orders, public.notes",
    "SELECT 1 FROM NOTES",
    'SELECT 1 FROM ONLY "notes"',
    "SELECT 1 FROM orders AS o LEFT JOIN (lines JOIN notes ON true) ON o.id = lines.id",
    "SELECT 1 FROM orders JOIN lines ON orders.id = lines.id AND lines.x IN (1, 2), notes",
    "SELECT (SELECT max(id) FROM notes) FROM orders",
    "WITH gone AS (DELETE FROM orders USING lines, notes WHERE true RETURNING *) SELECT * FROM gone",
    "MERGE INTO orders USING notes ON true WHEN MATCHED THEN DELETE",
    "UPDATE orders SET a = 1 FROM lines, notes",
    "INSERT INTO notes (a) VALUES (1)",
    "COPY notes (a) FROM STDIN",
    "COPY (SELECT a FROM notes) TO STDOUT",
    "TRUNCATE orders, notes",
    "LOCK TABLE notes IN SHARE MODE",
    "TABLE notes",
    "SELECT notes(1)",
    "SELECT * FROM notes(1)",
    "SELECT nextval('notes')",
    "SELECT 1 FROM books WHERE to_tsvector('notes', title) @@ websearch_to_tsquery('notes', $1)",
    "SELECT 'public.notes'::regclass",
    "SELECT $1::notes[], CAST($1 AS text)",
    "SELECT CAST($1 AS notes)",
    "SELECT a FROM jsonb_to_recordset($1) AS t(a notes)",
    "DO $$ BEGIN EXECUTE 'DELETE FROM notes'; END $$",
    "EXPLAIN SELECT 1 FROM notes",
    "CALL keep(1); SELECT 1 FROM notes",
    "WITH notes AS (SELECT * FROM notes) SELECT * FROM notes",
    "SELECT * FROM (WITH notes AS (SELECT 1) SELECT * FROM notes) AS x, notes",
    "WITH notes AS (SELECT 1) SELECT * FROM public.notes",
    "WITH what AS (SELECT 1) SELECT * FROM what, notes(1) AS (a integer)",
    "SELECT * FROM orders, notes(1) AS (a integer)",
    "WITH notes AS (SELECT 1) SELECT * FROM notes(1)",
    "WITH notes AS (SELECT 1) UPDATE notes SET a = 1",
    "WITH what AS (SELECT 1) MERGE INTO orders USING what ON true WHEN MATCHED THEN UPDATE SET a = (TABLE notes)",
    "SELECT what, /* /* inner */ */ b FROM notes",
    "SELECT DISTINCT ON (what) notes(1) FROM orders",
    "SELECT CAST(what AS notes(3)) FROM orders",
    r"SELECT 1 FROM orders WHERE what = E'\\' OR what IN (SELECT what FROM notes)",
    "SELECT 1 FROM orders WHERE what = '\\' OR what IN (SELECT what FROM notes)",
)


@pytest.mark.parametrize("statement", BY_CHANCE)
def test_a_column_a_value_and_a_comment_name_no_table(statement: str) -> None:
    assert "notes" not in find_named(statement).met


@pytest.mark.parametrize("statement", NAMING)
def test_a_name_is_found_wherever_what_has_it_may_stand(statement: str) -> None:
    assert "notes" in find_named(statement).met


@pytest.mark.parametrize(
    ("statement", "stored", "removed"),
    [
        ("INSERT INTO notes VALUES (1)", True, False),
        ("UPDATE ONLY notes SET a = 1", True, True),
        ("DELETE FROM notes", False, True),
        ("MERGE INTO notes USING orders ON true WHEN MATCHED THEN UPDATE SET a = 1", True, True),
        ("COPY notes FROM STDIN", True, False),
        ("COPY notes (a) TO STDOUT", False, False),
        ("TRUNCATE notes", False, True),
        ("SELECT 1 FROM notes FOR UPDATE", False, False),
        ("INSERT INTO orders SELECT * FROM notes", False, False),
        ("WITH one AS (INSERT INTO notes VALUES (1) RETURNING id) SELECT * FROM one", True, False),
        ("SELECT notes($1)", True, True),
    ],
)
def test_who_writes_is_told_from_who_reads(statement: str, *, stored: bool, removed: bool) -> None:
    found = find_named(statement)
    assert ("notes" in found.stored, "notes" in found.removed) == (stored, removed)


@pytest.mark.parametrize(
    ("statement", "commands"),
    [
        ("INSERT INTO notes VALUES (1) ON CONFLICT (id) DO NOTHING", "INSERT"),
        ("INSERT INTO notes (a) SELECT 1 ON CONFLICT (id) DO UPDATE SET a = 1", "INSERT UPDATE"),
        ("MERGE INTO notes USING orders ON true WHEN MATCHED THEN DELETE", "DELETE INSERT UPDATE"),
        ("UPDATE notes SET a = 1", "UPDATE"),
        ("DELETE FROM notes USING orders", "DELETE"),
        ("TRUNCATE orders, notes", "TRUNCATE"),
        ("SELECT 1 FROM orders JOIN notes ON true WHERE true FOR NO KEY UPDATE", "LOCK"),
        ("SELECT 1 FROM notes FOR SHARE", "LOCK"),
        ("LOCK TABLE notes IN EXCLUSIVE MODE", "LOCK"),
        ("SELECT substring(a FOR 3) FROM notes", ""),
        ("SELECT notes()", "DELETE INSERT LOCK TRUNCATE UPDATE"),
    ],
)
def test_what_is_done_to_a_table_is_told(statement: str, commands: str) -> None:
    used = find_named(statement).used
    assert sorted(command for command, name in used if name == "notes") == commands.split()


def test_quoted_names_keep_their_case_and_all_their_signs() -> None:
    assert find_named('SELECT "größe" FROM "order-lines", Straßen').met == {"order-lines", "straßen"}
    assert {"order-lines", "größe"} <= find_words('column "größe" of relation "order-lines"')
