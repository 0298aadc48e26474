"""Which change of a step explains what PostgreSQL refused, and which near miss does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.causes import describe, find_cause
from harness.model.events import SchemaChanged
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange


def change(deed: Deed, kind: ObjectKind, *names: str, text: str = "") -> SchemaChange:
    tables = {ObjectKind.TABLE, ObjectKind.VIEW}
    alone = kind in tables | {ObjectKind.TYPE, ObjectKind.FUNCTION, ObjectKind.SEQUENCE, ObjectKind.SCHEMA}
    return SchemaChange(
        deed=deed,
        kind=kind,
        name=".".join(names[:2]),
        text=text or f"{deed} {names}",
        names=names,
        owners=() if alone else names[:1],
    )


def refused(sqlstate: str, message: str, statement: str = "") -> SqlError:
    return SqlError(replica="old-1", sqlstate=sqlstate, message=message, statement=statement)


NO_NICKNAME = refused("42703", "column users.nickname does not exist", "SELECT users.id, users.nickname FROM users")
DROPPED = change(Deed.DROPPED, ObjectKind.COLUMN, "users", "nickname")


def test_the_object_that_the_message_names_is_the_cause() -> None:
    other = change(Deed.DROPPED, ObjectKind.COLUMN, "users", "legacy_flag")
    found = find_cause(NO_NICKNAME, [other, DROPPED])
    assert found is not None
    assert found.text == DROPPED.text
    assert "users.nickname" in found.remedy


def test_a_column_of_that_name_in_another_table_is_not() -> None:
    assert find_cause(NO_NICKNAME, [change(Deed.DROPPED, ObjectKind.COLUMN, "orders", "nickname")]) is None


def test_a_change_of_something_else_in_the_same_table_is_not() -> None:
    assert find_cause(NO_NICKNAME, [change(Deed.DROPPED, ObjectKind.COLUMN, "users", "legacy_flag")]) is None


def test_a_constraint_that_the_commit_meets_is_found_by_its_name_alone() -> None:
    deferred = change(Deed.ADDED, ObjectKind.CONSTRAINT, "seats", "one_guest")
    message = 'duplicate key value violates unique constraint "one_guest"'
    found = find_cause(refused("23505", message, "COMMIT;"), [deferred])
    assert found is not None
    assert found.text == deferred.text
    assert find_cause(refused("23505", message, "INSERT INTO chairs VALUES (1)"), [deferred]) is None


@pytest.mark.parametrize(
    ("sqlstate", "message"),
    [
        ("23514", 'new row for relation "ledger" violates check constraint "upper"'),
        ("23505", 'duplicate key value violates unique constraint "upper"'),
        ("23503", 'insert or update on table "ledger" violates foreign key constraint "upper"'),
        ("23P01", 'conflicting key value violates exclusion constraint "upper"'),
    ],
)
def test_another_constraint_of_the_table_than_the_one_that_is_violated_is_not(sqlstate: str, message: str) -> None:
    error = refused(sqlstate, message, "INSERT INTO ledger (what) VALUES ($1)")
    other, guilty = (change(Deed.ADDED, ObjectKind.CONSTRAINT, "ledger", name) for name in ("filled", "upper"))
    assert find_cause(error, [other]) is None
    found = find_cause(error, [other, guilty])
    assert found is not None
    assert found.text == guilty.text


def test_a_part_that_was_attached_is_the_cause_where_it_is_named_and_not_the_one_that_went() -> None:
    went = change(Deed.CHANGED, ObjectKind.TABLE, "logs", text="table logs: logs_2026 is no part of it any more")
    text = "table logs: logs_strict is a part of it now"
    came = replace(went, text=text, names=("logs", "logs_strict", "logs_strict_key"), owners=("logs",))
    statement = "INSERT INTO logs (code) VALUES ($1)"
    for error in (
        refused("23514", 'new row for relation "logs_strict" violates check constraint "upper_case"', statement),
        refused("23505", 'duplicate key value violates unique constraint "logs_strict_key"', statement),
    ):
        found = find_cause(error, [went, came])
        assert found is not None
        assert found.text == text
        assert found.remedy.endswith("attach it to logs in the release after")
    missing = refused("23514", 'no partition of relation "logs" found for row', statement)
    found = find_cause(missing, [went, came])
    assert found is not None
    assert found.text == went.text
    assert find_cause(missing, [came]) is None


BOUNDS = "FOR VALUES FROM (0) TO (10)"
BECAME_PART = change(Deed.CHANGED, ObjectKind.TABLE, "visits", text=f"table visits: it is a part of all now ({BOUNDS})")
NARROWED = replace(
    change(Deed.CHANGED, ObjectKind.TABLE, "bounds_1", text=f"table bounds_1: bounds FOR VALUES IN (1, 2) -> {BOUNDS}"),
    names=("bounds_1", "bounds"),
)
GONE = replace(change(Deed.DROPPED, ObjectKind.TABLE, "bounds_1"), touched_by=("bounds", "bounds_1"))
OUTSIDE = refused(
    "23514", 'new row for relation "visits" violates partition constraint', "INSERT INTO visits (d) VALUES (15)"
)
HOMELESS = refused("23514", 'no partition of relation "bounds" found for row', "INSERT INTO bounds (d) VALUES (15)")


@pytest.mark.parametrize(("error", "guilty"), [(OUTSIDE, BECAME_PART), (HOMELESS, NARROWED), (HOMELESS, GONE)])
def test_a_row_outside_of_all_bounds_is_refused_by_what_made_them_so(error: SqlError, guilty: SchemaChange) -> None:
    other = change(Deed.CHANGED, ObjectKind.COLUMN, guilty.names[-1], "note")
    found = find_cause(error, [other, guilty], [(guilty.names[-1], 39)])
    assert found is not None
    assert found.text == guilty.text
    assert found.remedy.startswith("have a partition for every row that is written")


@pytest.mark.parametrize("change_", [BECAME_PART, NARROWED])
def test_the_bounds_of_a_part_refuse_nothing_else(change_: SchemaChange) -> None:
    error = refused("42703", f'column "note" of relation "{change_.name}" does not exist')
    assert find_cause(error, [change_]) is None


def test_a_part_of_a_table_that_was_there_is_the_cause_for_who_writes_to_it_by_itself() -> None:
    text = "table logs: visits is a part of it now"
    names = ("logs", "visits")
    came = replace(change(Deed.CHANGED, ObjectKind.TABLE, *names, text=text), owners=("logs",), touched_by=names)
    found = find_cause(OUTSIDE, [came])
    assert found is not None
    assert (found.text, found.remedy[:16]) == (text, "have a partition")


def test_a_new_unrelated_table_is_not() -> None:
    assert find_cause(NO_NICKNAME, [change(Deed.ADDED, ObjectKind.TABLE, "audits")]) is None
    assert find_cause(NO_NICKNAME, []) is None


@pytest.mark.parametrize(
    ("error", "guilty"),
    [
        (
            refused("0A000", "cached plan must not change result type", "SELECT orders.id, orders.note FROM orders"),
            change(Deed.CHANGED, ObjectKind.COLUMN, "orders", "note"),
        ),
        (
            refused("0A000", "cached plan must not change result type", "SELECT * FROM orders"),
            change(Deed.ADDED, ObjectKind.COLUMN, "orders", "note"),
        ),
        (
            refused("23502", 'null value in column "tenant" of relation "orders" violates not-null constraint'),
            change(Deed.ADDED, ObjectKind.COLUMN, "orders", "tenant"),
        ),
        (
            refused("23505", 'duplicate key value violates unique constraint "uq_email"', "INSERT INTO users ..."),
            change(Deed.ADDED, ObjectKind.CONSTRAINT, "users", "uq_email"),
        ),
        (
            refused("42P01", 'relation "orders" does not exist'),
            change(Deed.RENAMED, ObjectKind.TABLE, "orders", "sales"),
        ),
        (
            refused("42P10", "there is no unique or exclusion constraint", "INSERT INTO users ... ON CONFLICT (email)"),
            change(Deed.DROPPED, ObjectKind.INDEX, "users", "ix_users_email"),
        ),
        (
            refused("P0001", "not allowed any more", "UPDATE orders SET total = 1"),
            change(Deed.ADDED, ObjectKind.TRIGGER, "orders", "refuse_updates"),
        ),
    ],
)
def test_each_family_finds_its_change_among_others(error: SqlError, guilty: SchemaChange) -> None:
    others = [change(Deed.ADDED, ObjectKind.TABLE, "audits"), change(Deed.CHANGED, ObjectKind.COLUMN, "shops", "name")]
    found = find_cause(error, [others[0], guilty, others[1]])
    assert found is not None
    assert found.text == guilty.text


SWAPPED = (
    change(Deed.DROPPED, ObjectKind.TABLE, "orders"),
    change(Deed.RENAMED, ObjectKind.TABLE, "orders", "orders_old"),
    replace(change(Deed.ADDED, ObjectKind.TABLE, "orders", text="made table orders anew"), takes_rights=True),
)


@pytest.mark.parametrize("changes", [SWAPPED, SWAPPED[::-1]])
def test_a_missing_right_is_the_fault_of_the_table_that_came_and_not_of_the_one_that_went(
    changes: tuple[SchemaChange, ...],
) -> None:
    error = refused("42501", "permission denied for table orders", "SELECT id FROM orders")
    found = find_cause(error, changes)
    assert found is not None
    assert found.text == "made table orders anew"
    assert found.remedy.startswith("grant the application's role what it needs on table orders in the same migration;")
    assert find_cause(error, SWAPPED[:2]) is None


def test_a_sequence_that_nobody_may_use_is_to_be_granted_and_one_that_is_not_there_comes_before() -> None:
    added = change(Deed.ADDED, ObjectKind.SEQUENCE, "orders_number")
    denied = find_cause(refused("42501", "permission denied for sequence orders_number"), [added])
    missing = find_cause(refused("42P01", 'relation "orders_number" does not exist'), [added])
    assert denied is not None
    assert missing is not None
    assert denied.remedy.startswith("grant the application's role what it needs on sequence orders_number")
    assert missing.remedy.startswith("run this step before")


@pytest.mark.parametrize(
    ("kind", "name", "sqlstate", "message"),
    [
        (ObjectKind.FUNCTION, "place_order", "42725", "function place_order(unknown) is not unique"),
        (ObjectKind.VIEW, "singers", "42809", 'cannot copy from view "singers"'),
    ],
)
def test_what_is_in_the_way_of_the_old_release_is_to_have_another_name_and_not_to_come_sooner(
    kind: ObjectKind, name: str, sqlstate: str, message: str
) -> None:
    found = find_cause(refused(sqlstate, message), [change(Deed.ADDED, kind, name)])
    assert found is not None
    assert found.remedy.startswith(f"give {kind} {name} another name")


def test_rights_taken_from_a_table_come_before_what_else_was_done_to_it() -> None:
    revoked = change(Deed.CHANGED, ObjectKind.TABLE, "orders", text="shop_app lost UPDATE")
    policy = change(Deed.ADDED, ObjectKind.POLICY, "orders", "own_rows")
    denied = refused("42501", "permission denied for table orders", "UPDATE orders SET total = 1")
    others = [change(Deed.CHANGED, ObjectKind.TABLE, "orders", text="rewritten"), policy]
    found = find_cause(denied, [*others, replace(revoked, takes_rights=True)])
    assert found is not None
    assert found.text == "shop_app lost UPDATE"
    assert "grant" in found.remedy


def test_a_policy_that_is_not_met_is_no_missing_right() -> None:
    refusal = 'new row violates row-level security policy "own_rows" for table "orders"'
    found = find_cause(refused("42501", refusal), [change(Deed.CHANGED, ObjectKind.POLICY, "orders", "own_rows")])
    assert found is not None
    assert "grant" not in found.remedy


def test_a_prepared_star_is_cured_by_naming_columns_and_not_by_another_kind_of_column() -> None:
    added = change(Deed.ADDED, ObjectKind.COLUMN, "orders", "note")
    found = find_cause(refused("0A000", "cached plan must not change result type", "SELECT * FROM orders"), [added])
    assert found is not None
    assert found.remedy.startswith("name the columns instead of SELECT *")
    wider = change(Deed.CHANGED, ObjectKind.COLUMN, "orders", "note")
    found = find_cause(refused("0A000", "cached plan must not change result type", "SELECT note FROM orders"), [wider])
    assert found is not None
    assert "prepared statements" in found.remedy


def test_a_step_that_changed_nothing_says_so() -> None:
    nothing = SchemaChanged(number=9, label="0001_first", changes=())
    assert describe(nothing) == "the step changed nothing in the schema"
    unseen = replace(nothing, statements=("ALTER SEQUENCE tickets_id_seq RESTART", "SELECT 1"))
    assert describe(unseen) == (
        "the step changed nothing in the schema that is compared; it ran ALTER SEQUENCE tickets_id_seq RESTART"
    )
    both = replace(nothing, changes=(DROPPED,), written=(("users", 3),))
    assert describe(both) == f"{DROPPED.text}; wrote 3 rows of users"


def test_of_a_constraint_that_is_replaced_under_its_own_name_the_new_one_is_violated() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.CONSTRAINT, "orders", "orders_phone_check")
    added = change(Deed.ADDED, ObjectKind.CONSTRAINT, "orders", "orders_phone_check")
    error = refused("23514", 'new row for relation "orders" violates check constraint "orders_phone_check"')
    for changes in ([dropped, added], [added, dropped]):
        found = find_cause(error, changes)
        assert found is not None
        assert found.text == added.text
    assert find_cause(error, [dropped]) is None


def test_an_upsert_misses_the_index_that_is_gone_and_not_the_one_that_came() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.INDEX, "orders", "orders_email_key")
    added = change(Deed.ADDED, ObjectKind.INDEX, "orders", "orders_tenant_email_key")
    error = refused(
        "42P10",
        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
        "INSERT INTO orders",
    )
    for changes in ([dropped, added], [added, dropped]):
        found = find_cause(error, changes)
        assert found is not None
        assert found.text == dropped.text


def test_a_table_that_moves_is_the_cause_and_not_a_default_of_it_that_is_written_otherwise_now() -> None:
    moved = change(Deed.RENAMED, ObjectKind.TABLE, "hives", "apiary.hives")
    default = replace(
        change(Deed.CHANGED, ObjectKind.COLUMN, "hives", "id", "apiary.hives"), owners=("hives", "apiary.hives")
    )
    found = find_cause(refused("42P01", 'relation "hives" does not exist', "SELECT id FROM hives"), [default, moved])
    assert found is not None
    assert found.text == moved.text


def test_a_table_in_another_file_explains_nothing() -> None:
    rewritten = replace(change(Deed.CHANGED, ObjectKind.TABLE, "reminders"), only_rewritten=True)
    error = refused("XX000", "cache lookup failed for type 16401", "INSERT INTO reminders (contact) VALUES ($1)")
    assert find_cause(error, [rewritten]) is None


def test_a_column_that_a_function_reads_is_the_cause_though_the_statement_calls_the_function_alone() -> None:
    dropped = replace(change(Deed.DROPPED, ObjectKind.COLUMN, "tickets", "tariff"), touched_by=("fee", "tickets"))
    error = refused("42703", 'column "tariff" does not exist', "SELECT fee($1) AS fee")
    found = find_cause(error, [dropped])
    assert found is not None
    assert found.text == dropped.text
    assert find_cause(error, [replace(dropped, touched_by=("tickets",))]) is None


def test_of_a_column_that_is_made_anew_the_new_one_takes_no_values() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.COLUMN, "hires", "total")
    added = change(Deed.ADDED, ObjectKind.COLUMN, "hires", "total")
    found = find_cause(
        refused("428C9", 'cannot insert a non-DEFAULT value into column "total"', "INSERT INTO hires"), [dropped, added]
    )
    assert found is not None
    assert (found.text, found.remedy[:25]) == (added.text, "stop writing the column i")


def test_what_helps_against_one_more_column_depends_on_what_it_broke() -> None:
    added = change(Deed.ADDED, ObjectKind.COLUMN, "seats", "note")
    ambiguous = refused("42702", 'column reference "note" is ambiguous', "SELECT note FROM seats JOIN rows USING (id)")
    more = refused("42601", "INSERT has more expressions than target columns", "INSERT INTO h SELECT * FROM seats")
    remedies = [found.remedy for error in (ambiguous, more) if (found := find_cause(error, [added])) is not None]
    assert [remedy.split()[0] for remedy in remedies] == ["qualify", "name"]


def test_a_column_that_is_gone_explains_what_goes_by_position_and_no_syntax() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.COLUMN, "items", "junk")
    more = refused("42601", "INSERT has more expressions than target columns", "INSERT INTO items SELECT * FROM staged")
    found = find_cause(more, [dropped])
    assert found is not None
    assert found.text == dropped.text
    assert found.remedy.startswith("name the columns")
    assert find_cause(replace(more, statement="INSERT INTO chairs SELECT * FROM staged"), [dropped]) is None
    mistaken = replace(more, message='syntax error at or near "FORM"')
    assert find_cause(mistaken, [dropped, replace(dropped, deed=Deed.ADDED)]) is None


@pytest.mark.parametrize(
    ("details", "sqlstate", "message", "remedy"),
    [
        ("nullable, text, default none", "42804", 'column "at" is of type date but expression is of type text', "name"),
        ("NOT NULL, text, default ''::text", "42804", "structure of query does not match", "name"),
        ("NOT NULL, text, default none", "42804", "structure of query does not match", "add it nullable"),
        ("nullable, text, default none", "22001", "value too long for type text", "give column seats.note a type"),
        ("nullable, text, default none", "42703", 'column "note" does not exist', "run this step before"),
        (
            "NOT NULL, text, default 'x'::text",
            "23502",
            'null value in column "note"',
            "leave column seats.note nullable",
        ),
        ("NOT NULL, text, default none", "23502", 'null value in column "note"', "add it nullable"),
        ("NOT NULL, text, generated lower(a)", "23502", 'null value in column "note"', "add it nullable"),
    ],
)
def test_a_column_that_may_be_left_out_already_is_not_to_be_made_so(
    details: str, sqlstate: str, message: str, remedy: str
) -> None:
    text = f"added column seats.note ({details})"
    added = replace(change(Deed.ADDED, ObjectKind.COLUMN, "seats", "note", text=text), touched_by=("seats",))
    found = find_cause(refused(sqlstate, message, "INSERT INTO seats (note) SELECT * FROM rows"), [added], ahead=None)
    assert found is not None
    assert found.remedy.startswith(remedy)


def test_what_a_trigger_raises_is_the_triggers_doing_and_not_a_columns() -> None:
    column = change(Deed.ADDED, ObjectKind.COLUMN, "parcels", "changed_at")
    trigger = change(Deed.ADDED, ObjectKind.TRIGGER, "parcels", "touch_parcel")
    error = refused("54001", "stack depth limit exceeded", "UPDATE parcels SET changed_at = now()")
    found = find_cause(error, [column, trigger])
    assert found is not None
    assert found.text == trigger.text


def test_where_the_step_only_wrote_rows_these_are_the_cause_of_what_speaks_of_their_table() -> None:
    error = refused("23503", 'insert or update on table "visits" violates foreign key constraint', "INSERT INTO visits")
    detailed = replace(error, detail='Key (tariff)=(a) is not present in table "tariffs".')
    found = find_cause(detailed, [], [("tariffs", 1)])
    assert found is not None
    assert found.text == "wrote 1 row of tariffs"
    assert find_cause(error, [], [("prices", 2)]) is None


def test_a_policy_that_reads_a_setting_is_the_cause_where_the_setting_is_not_known() -> None:
    policy = change(
        Deed.ADDED,
        ObjectKind.POLICY,
        "invoices",
        "own",
        text="added policy invoices.own (using current_setting('app.x'))",
    )
    secured = change(Deed.CHANGED, ObjectKind.TABLE, "invoices", text="table invoices: row security false -> true")
    error = refused("42704", 'unrecognized configuration parameter "app.x"', "SELECT id FROM invoices")
    found = find_cause(error, [secured, policy])
    assert found is not None
    assert found.text == policy.text


def test_an_attribute_of_a_type_explains_what_a_column_of_it_does_not_take() -> None:
    floor = replace(change(Deed.ADDED, ObjectKind.ATTRIBUTE, "address", "floor"), touched_by=("address", "deliveries"))
    error = refused("42804", "wrong number of columns: 2, expected 3", "INSERT INTO deliveries (place) VALUES ($1)")
    found = find_cause(error, [floor])
    assert found is not None
    assert found.text == floor.text


def test_a_type_that_was_made_anew_explains_what_remembers_the_old_one_and_its_labels_explain_values() -> None:
    anew = change(Deed.CHANGED, ObjectKind.TYPE, "contact", text="made type contact anew")
    anew = replace(anew, touched_by=("contact", "reminders"))
    label = replace(change(Deed.DROPPED, ObjectKind.LABEL, "contact", "fax"), touched_by=("contact", "reminders"))
    insert = "INSERT INTO reminders (animal, contact) VALUES ($1, $2)"
    for sqlstate, message, guilty in (
        ("XX000", "cache lookup failed for type 35975", anew),
        ("22P02", 'invalid input value for enum contact: "fax"', label),
    ):
        found = find_cause(refused(sqlstate, message, insert), [anew, label])
        assert found is not None
        assert found.text == guilty.text
    found = find_cause(refused("XX000", "cache lookup failed for type 35975", "SELECT 1 FROM others"), [anew, label])
    assert found is None


def test_a_plan_gives_another_result_for_its_columns_and_not_for_the_views_text() -> None:
    view = replace(change(Deed.CHANGED, ObjectKind.VIEW, "journeys"), touched_by=("journeys",))
    column = replace(change(Deed.CHANGED, ObjectKind.COLUMN, "journeys", "minutes"), touched_by=("journeys",))
    for columns in ("*", "minutes"):
        statement = f"SELECT {columns} FROM journeys"  # noqa: S608  nobody runs it
        error = refused("0A000", "cached plan must not change result type", statement)
        found = find_cause(error, [view, column])
        assert found is not None
        assert found.text == column.text


@pytest.mark.parametrize("sqlstate", ["23514", "55000", "P0001", "42501"])
def test_one_more_column_that_nobody_names_violates_nothing(sqlstate: str) -> None:
    added = change(Deed.ADDED, ObjectKind.COLUMN, "notes", "lang")
    assert find_cause(refused(sqlstate, "it does not go", "INSERT INTO notes (text) VALUES ($1)"), [added]) is None


@pytest.mark.parametrize(
    ("sqlstate", "message"),
    [
        ("42883", "function unaccent(text) does not exist"),
        ("42704", 'text search configuration "library" does not exist'),
        ("42P01", 'relation "songs" does not exist'),
        ("55000", 'materialized view "songs" has not been populated'),
    ],
)
def test_what_came_to_a_table_takes_nothing_else_away(sqlstate: str, message: str) -> None:
    error = refused(sqlstate, message, "SELECT name FROM songs WHERE unaccent(name) = unaccent($1)")
    for kind in (ObjectKind.INDEX, ObjectKind.CONSTRAINT, ObjectKind.COLUMN):
        assert find_cause(error, [change(Deed.ADDED, kind, "songs", "songs_lower")]) is None


def test_an_index_and_a_check_that_compute_something_may_fail_as_that_does() -> None:
    error = refused("22012", "division by zero", "INSERT INTO songs (length) VALUES ($1)")
    plain, computed = (
        replace(change(Deed.ADDED, ObjectKind.INDEX, "songs", "by_tempo"), state=(("definition", definition),))
        for definition in ("CREATE INDEX t ON songs USING btree (a) INCLUDE (b)", "CREATE INDEX t ON songs ((1 / a))")
    )
    assert find_cause(error, [plain]) is None
    assert find_cause(error, [computed]) is not None
    too_long = refused("54000", "index row size 2712 exceeds btree version 4 maximum 2704", error.statement)
    assert find_cause(too_long, [plain]) is not None


def test_a_column_that_cannot_be_compared_is_found_where_every_column_is() -> None:
    error = refused("42883", "could not identify an equality operator for type json", "SELECT DISTINCT * FROM songs")
    found = find_cause(error, [change(Deed.ADDED, ObjectKind.COLUMN, "songs", "extra")])
    assert found is not None
    assert "jsonb" in found.remedy


def test_a_constraint_that_was_made_anew_is_told_with_both() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.CONSTRAINT, "items", "uq_pos", text="dropped constraint items.uq_pos")
    added = change(
        Deed.ADDED, ObjectKind.CONSTRAINT, "items", "uq_pos", text="added constraint items.uq_pos (DEFERRABLE)"
    )
    refusal = refused("55000", "ON CONFLICT does not support deferrable constraints", "INSERT INTO items")
    found = find_cause(refusal, [dropped, added])
    assert found is not None
    assert found.text == "dropped constraint items.uq_pos and added constraint items.uq_pos (DEFERRABLE)"
    assert found.remedy.startswith("keep constraint items.uq_pos as it is, and have the new one beside it")


def test_a_constraint_that_was_deferrable_is_to_stay_so() -> None:
    error = refused("23505", 'duplicate key value violates unique constraint "items_pos"', "UPDATE items SET pos = $1")
    dropped = change(Deed.DROPPED, ObjectKind.CONSTRAINT, "items", "items_pos")
    deferrable = "UNIQUE (pos) DEFERRABLE INITIALLY DEFERRED"
    for now, was, remedy in (
        ("UNIQUE (pos)", deferrable, "leave constraint items.items_pos DEFERRABLE until"),
        (deferrable, "UNIQUE (pos, kind) DEFERRABLE", "release code that meets constraint items.items_pos first"),
    ):
        text = f"added constraint items.items_pos ({now}, validated true) instead of {was}"
        added = change(Deed.ADDED, ObjectKind.CONSTRAINT, "items", "items_pos", text=text)
        found = find_cause(error, [dropped, added])
        assert found is not None
        assert found.text == text
        assert found.remedy.startswith(remedy)


def test_a_constraint_that_cannot_be_deferred_any_more_is_found_by_its_name_alone() -> None:
    error = refused("42809", 'constraint "items_pos" is not deferrable', "SET CONSTRAINTS items_pos DEFERRED")
    dropped = change(Deed.DROPPED, ObjectKind.CONSTRAINT, "items", "items_pos")
    text = "added constraint items.items_pos (UNIQUE (list, pos)) instead of UNIQUE (list, pos) DEFERRABLE"
    added = replace(dropped, deed=Deed.ADDED, text=text)
    other = change(Deed.ADDED, ObjectKind.CONSTRAINT, "items", "items_text")
    for changes in ([dropped, other, added], [added, other, dropped]):
        found = find_cause(error, changes)
        assert found is not None
        assert found.text == text
        assert found.remedy.startswith("leave constraint items.items_pos DEFERRABLE")
    gone = replace(error, sqlstate="42704", message='constraint "items_pos" does not exist')
    found = find_cause(gone, [dropped])
    assert found is not None
    assert found.text == dropped.text


def test_numbers_that_begin_again_are_cured_by_setting_their_sequence() -> None:
    text = "column notes.id: default nextval('notes_id_seq'::regclass) -> none, identity none -> by default"
    identity = change(Deed.CHANGED, ObjectKind.COLUMN, "notes", "id", text=text)
    message = 'duplicate key value violates unique constraint "notes_pkey"'
    found = find_cause(refused("23505", message, "INSERT INTO notes (text) VALUES ($1) RETURNING notes.id"), [identity])
    assert found is not None
    assert found.remedy.startswith("set the new sequence behind the highest number that is there")


@pytest.mark.parametrize(
    ("kind", "names", "message"),
    [
        (ObjectKind.SCHEMA, ("ledger",), "permission denied for schema ledger"),
        (ObjectKind.COLUMN, ("orders", "note"), "permission denied for table orders"),
        (ObjectKind.FUNCTION, ("place",), "permission denied for function place"),
    ],
)
def test_a_right_that_is_lost_is_to_be_granted(kind: ObjectKind, names: tuple[str, ...], message: str) -> None:
    taken = replace(change(Deed.CHANGED, kind, *names), takes_rights=True)
    found = find_cause(refused("42501", message, "UPDATE orders SET note = place() FROM ledger.lines"), [taken])
    assert found is not None
    assert found.remedy.startswith(f"grant the application's role what it needs on {kind} {'.'.join(names)}")


def test_the_relation_that_the_message_names_decides_between_columns_of_one_name() -> None:
    innocent = change(Deed.ADDED, ObjectKind.COLUMN, "orders", "actor")
    guilty = change(Deed.ADDED, ObjectKind.COLUMN, "journal", "actor")
    message = 'null value in column "actor" of relation "journal" violates not-null constraint'
    error = refused("23502", message, "INSERT INTO orders (what) VALUES ($1)")
    for changes in ([innocent, guilty], [guilty, innocent]):
        found = find_cause(error, changes)
        assert found is not None
        assert found.text == guilty.text
    assert find_cause(error, [innocent]) is None


def test_a_column_that_was_added_is_there_behind_its_step_and_one_that_is_dropped_is_there_ahead_of_it() -> None:
    added = change(Deed.ADDED, ObjectKind.COLUMN, "orders", "carrier")
    dropped = change(Deed.DROPPED, ObjectKind.COLUMN, "shipments", "carrier")
    statement = "SELECT s.carrier FROM orders o JOIN shipments s ON s.order_id = o.id"
    error = refused("42703", "column s.carrier does not exist", statement)
    for ahead, guilty in ((False, dropped), (True, added)):
        found = find_cause(error, [added, dropped], ahead=ahead)
        assert found is not None
        assert found.text == guilty.text
    assert find_cause(error, [added]) is None
    assert find_cause(error, [added], ahead=None) is not None


def test_an_innocent_table_is_not_blamed_for_one_that_came_behind_the_step() -> None:
    first = change(Deed.ADDED, ObjectKind.COLUMN, "t1.orders", "note")
    error = refused(
        "42703", 'column "note" of relation "orders" does not exist', "INSERT INTO orders (note) VALUES ($1)"
    )
    assert find_cause(error, [first]) is None


def test_a_view_that_cannot_be_refreshed_beside_its_readers_misses_its_unique_index() -> None:
    view = change(Deed.CHANGED, ObjectKind.VIEW, "seen_users", text="view seen_users: another definition")
    gone = change(Deed.DROPPED, ObjectKind.INDEX, "seen_users", "seen_users_id")
    message = 'cannot refresh materialized view "public.seen_users" concurrently'
    found = find_cause(refused("55000", message, "REFRESH MATERIALIZED VIEW CONCURRENTLY seen_users"), [view, gone])
    assert found is not None
    assert (found.text, found.remedy[:45]) == (gone.text, "make a unique index without WHERE on seen_use")
    other = replace(change(Deed.ADDED, ObjectKind.INDEX, "users", "by_email"), touched_by=("seen_users", "users"))
    assert find_cause(refused("55000", message, "REFRESH MATERIALIZED VIEW CONCURRENTLY seen_users"), [other]) is None


@pytest.mark.parametrize(
    ("guilty", "message", "remedy"),
    [
        (
            replace(change(Deed.CHANGED, ObjectKind.COLUMN, "orders", "what", text="lost UPDATE"), takes_rights=True),
            "permission denied for table orders",
            "grant the application's role what it needs on column orders.what",
        ),
        (
            change(Deed.CHANGED, ObjectKind.FUNCTION, "place", text="function place: security definer -> invoker"),
            "permission denied for table ledger",
            "grant the application's role what place does, or leave it SECURITY DEFINER",
        ),
        (
            replace(change(Deed.CHANGED, ObjectKind.FUNCTION, "place", text="lost EXECUTE"), takes_rights=True),
            "permission denied for function place",
            "grant the application's role what it needs on function place",
        ),
        (
            change(Deed.CHANGED, ObjectKind.TABLE, "orders", text="table orders: row security false -> true"),
            'new row violates row-level security policy for table "orders"',
            "release code that meets the policies of orders first",
        ),
    ],
)
def test_who_may_not_any_more_is_told_what_took_the_right(guilty: SchemaChange, message: str, remedy: str) -> None:
    other = change(Deed.ADDED, ObjectKind.COLUMN, "orders", "note")
    found = find_cause(refused("42501", message, "UPDATE orders SET total = place(1)"), [other, guilty])
    assert found is not None
    assert found.text == guilty.text
    assert found.remedy.startswith(remedy)


def test_a_row_that_new_rows_refer_to_is_to_take_them_along() -> None:
    child = change(Deed.ADDED, ObjectKind.TABLE, "history")
    message = (
        'update or delete on table "docs" violates foreign key constraint "history_doc_id_fkey" on table "history"'
    )
    found = find_cause(refused("23503", message, "DELETE FROM docs WHERE id = $1"), [child])
    assert found is not None
    assert found.remedy.startswith("let what refers to a row go with it (ON DELETE CASCADE, or SET NULL)")


def test_names_that_must_be_quoted_are_found_too() -> None:
    dropped = change(Deed.DROPPED, ObjectKind.COLUMN, "straßen", "größe")
    found = find_cause(refused("42703", 'column "größe" does not exist', 'SELECT "größe" FROM "straßen"'), [dropped])
    assert found is not None
    lines = change(Deed.DROPPED, ObjectKind.TABLE, "order-lines")
    assert find_cause(refused("42P01", 'relation "order-lines" does not exist'), [lines]) is not None


def test_a_right_that_was_taken_from_something_else_than_what_is_denied_is_not_missed() -> None:
    table = replace(change(Deed.CHANGED, ObjectKind.TABLE, "ledger"), takes_rights=True, touched_by=("ledger", "place"))
    invoker = change(Deed.CHANGED, ObjectKind.FUNCTION, "place", text="function place: security definer -> invoker")
    denied = refused("42501", "permission denied for function place", "SELECT place($1)")
    assert find_cause(denied, [table, invoker]) is None


def setting(text: str, name: str = "of the database") -> SchemaChange:
    return change(Deed.CHANGED, ObjectKind.SETTINGS, name, text=f"settings {name}: {text}")


@pytest.mark.parametrize(
    ("sqlstate", "message", "guilty", "remedy"),
    [
        ("42P01", 'relation "notes" does not exist', setting("search_path none -> app"), "name every table with"),
        (
            "57014",
            "canceling statement due to statement timeout",
            setting("statement_timeout none -> 200ms"),
            "set it for the new release's own sessions",
        ),
        (
            "25006",
            "cannot execute INSERT in a read-only transaction",
            setting("work_mem none -> 8MB, default_transaction_read_only none -> on"),
            "set it for the new release's own sessions",
        ),
    ],
)
def test_what_sessions_are_set_to_explains_what_is_refused_because_of_it(
    sqlstate: str, message: str, guilty: SchemaChange, remedy: str
) -> None:
    added = change(Deed.ADDED, ObjectKind.COLUMN, "notes", "pinned")
    error = refused(sqlstate, message, "INSERT INTO notes (body) VALUES ($1)")
    found = find_cause(error, [added, guilty])
    assert found is not None
    assert found.text == guilty.text
    assert found.remedy.startswith(remedy)
    assert find_cause(error, [setting("TimeZone none -> UTC")]) is None
    assert find_cause(error, [setting(guilty.text.partition(": ")[2], "of role app")]) is None, "no session has that"


def test_a_statement_that_is_cancelled_by_its_user_was_not_too_slow() -> None:
    error = refused("57014", "canceling statement due to user request", "SELECT 1")
    assert find_cause(error, [setting("statement_timeout none -> 200ms")]) is None


def test_a_table_that_is_gone_is_not_the_search_paths_doing() -> None:
    gone = replace(change(Deed.DROPPED, ObjectKind.TABLE, "notes"), touched_by=("notes",))
    error = refused("42P01", 'relation "notes" does not exist', "SELECT id FROM notes")
    found = find_cause(error, [gone, setting("search_path none -> app")])
    assert found is not None
    assert found.text == gone.text


@pytest.mark.parametrize(
    ("sqlstate", "message"),
    [
        ("42883", "function similarity(text, unknown) does not exist"),
        ("42883", "operator does not exist: text % unknown"),
        ("42704", 'type "gtrgm" does not exist'),
    ],
)
def test_what_an_extension_brought_is_missed_when_it_is_gone(sqlstate: str, message: str) -> None:
    gone, came = (
        change(deed, ObjectKind.EXTENSION, "pg_trgm", "similarity", "gtrgm", "%", text=f"{deed} extension pg_trgm")
        for deed in (Deed.DROPPED, Deed.ADDED)
    )
    error = refused(sqlstate, message, "SELECT name FROM songs WHERE similarity(name, $1) > 0.4")
    for ahead, guilty in ((False, gone), (True, came)):
        found = find_cause(error, [gone, came, change(Deed.ADDED, ObjectKind.COLUMN, "songs", "artist")], ahead=ahead)
        assert found is not None
        assert found.text == guilty.text
    violated = refused("23505", 'duplicate key value violates unique constraint "songs_pkey"', error.statement)
    assert find_cause(violated, [gone]) is None, "that a statement calls it tells nothing"


@pytest.mark.parametrize("what", ["published by none -> carts_out", "replica identity none -> nothing"])
def test_a_table_that_is_published_is_to_have_a_key(what: str) -> None:
    published = change(Deed.CHANGED, ObjectKind.TABLE, "carts", text=f"table carts: {what}")
    message = 'cannot update table "carts" because it does not have a replica identity and publishes updates'
    found = find_cause(refused("55000", message, "UPDATE carts SET n = $1"), [published])
    assert found is not None
    assert found.remedy.startswith("give table carts a primary key, or REPLICA IDENTITY")


def test_a_view_without_rows_is_to_be_filled() -> None:
    empty = change(Deed.CHANGED, ObjectKind.VIEW, "totals", text="view totals: populated yes -> no")
    error = refused("55000", 'materialized view "totals" has not been populated', "SELECT count(*) FROM totals")
    found = find_cause(error, [change(Deed.ADDED, ObjectKind.INDEX, "totals", "totals_shop_idx"), empty])
    assert found is not None
    assert (found.text, found.remedy[:40]) == (empty.text, "fill view totals in the same migration: ")


def retyped(name: str, before: str, after: str, more: str = "") -> SchemaChange:
    text = f"column posts.{name}: {more}{before} -> {after}"
    return change(Deed.CHANGED, ObjectKind.COLUMN, "posts", name, text=text)


LENGTHS = (
    retyped("body", "character varying(200)", "character varying(2000)"),
    retyped("price", "numeric(8,2)", "numeric(5,2)"),
    retyped("number", "bigint", "integer", "nullable -> NOT NULL, "),
    retyped("title", "character varying(100)", "character varying(60)"),
)


@pytest.mark.parametrize(
    ("sqlstate", "message", "detail", "guilty"),
    [
        ("22001", "value too long for type character varying(60)", "", LENGTHS[3]),
        (
            "22003",
            "numeric field overflow",
            "A field with precision 5, scale 2 must round to an absolute value less than 10^3.",
            LENGTHS[1],
        ),
        ("22003", "integer out of range", "", LENGTHS[2]),
        ("22P02", 'invalid input syntax for type integer: "x"', "", LENGTHS[2]),
    ],
)
def test_of_several_columns_the_one_is_the_cause_that_has_the_type_which_a_value_does_not_fit(
    sqlstate: str, message: str, detail: str, guilty: SchemaChange
) -> None:
    statement = "INSERT INTO posts (body, price, number, title) VALUES ($1, $2, $3, $4)"
    error = replace(refused(sqlstate, message, statement), detail=detail)
    for changes in (LENGTHS, LENGTHS[::-1]):
        found = find_cause(error, changes)
        assert found is not None
        assert found.text == guilty.text


def test_a_column_that_takes_longer_texts_now_refuses_none_unless_it_does_so_ahead_of_that() -> None:
    insert = "INSERT INTO posts (body) VALUES ($1)"
    elsewhere = refused("22001", "value too long for type character varying(60)", insert)
    assert find_cause(elsewhere, LENGTHS[:1]) is None
    short = refused("22001", "value too long for type character varying(200)", insert)
    assert find_cause(short, LENGTHS[:1]) is None
    assert find_cause(short, LENGTHS[:1], ahead=True) is not None
    assert find_cause(short, LENGTHS[:1], ahead=None) is not None
    domain = retyped("body", "text", "short_text")
    assert find_cause(short, [domain]) is not None, "a domain has another name than what it is of"


RETYPED = change(Deed.CHANGED, ObjectKind.COLUMN, "pets", "mood", text="column pets.mood: mood -> mood_t")
TYPE_RENAMED = change(Deed.RENAMED, ObjectKind.TYPE, "mood", "mood_t", text="renamed type mood to mood_t")
NO_TYPE = refused("42704", 'type "mood" does not exist', "INSERT INTO pets (mood) VALUES (CAST($1 AS mood))")
NO_COLUMN = refused("42703", 'column "mood" of relation "pets" does not exist', "INSERT INTO pets (mood) VALUES ($1)")
COLUMN_RENAMED = change(Deed.RENAMED, ObjectKind.COLUMN, "pets", "mood", "feels", text="renamed column mood to feels")
FEE_DROPPED = change(Deed.DROPPED, ObjectKind.FUNCTION, "fee", text="dropped function fee")
FEE_RETYPED = change(Deed.CHANGED, ObjectKind.COLUMN, "bills", "fee", text="column bills.fee: integer -> bigint")
NO_FEE = refused("42883", "function app.fee(integer, text) does not exist", "INSERT INTO bills (fee) VALUES (fee($1))")


@pytest.mark.parametrize(
    ("error", "guilty", "other"),
    [
        (NO_TYPE, TYPE_RENAMED, RETYPED),
        (NO_COLUMN, COLUMN_RENAMED, TYPE_RENAMED),
        (NO_FEE, FEE_DROPPED, FEE_RETYPED),
    ],
)
def test_of_several_things_of_one_name_the_one_is_the_cause_whose_kind_is_not_found(
    error: SqlError, guilty: SchemaChange, other: SchemaChange
) -> None:
    for changes in ([guilty, other], [other, guilty]):
        found = find_cause(error, changes)
        assert found is not None
        assert found.text == guilty.text


def test_a_type_that_came_behind_is_not_the_one_that_is_missing_but_it_may_be_ahead_of_its_step() -> None:
    added = change(Deed.ADDED, ObjectKind.TYPE, "mood", text="added type mood")
    for ahead, text in ((False, RETYPED.text), (True, added.text), (None, added.text)):
        found = find_cause(NO_TYPE, [RETYPED, added], ahead=ahead)
        assert found is not None
        assert found.text == text


def test_a_type_that_is_remembered_by_its_number_was_dropped_or_made_anew_and_not_renamed() -> None:
    insert = "INSERT INTO zips (zip) VALUES (CAST($1 AS zip_d))"
    error = refused("XX000", "cache lookup failed for type 16473", insert)
    column = change(Deed.CHANGED, ObjectKind.COLUMN, "zips", "zip", text="column zips.zip: zip_d -> text")
    for guilty in (
        change(Deed.DROPPED, ObjectKind.TYPE, "zip_d", text="dropped type zip_d"),
        change(Deed.CHANGED, ObjectKind.TYPE, "zip_d", text="made type zip_d anew"),
    ):
        found = find_cause(error, [column, guilty])
        assert found is not None
        assert found.text == guilty.text
    renamed = change(Deed.RENAMED, ObjectKind.TYPE, "zip_d", "zip_code", text="renamed type zip_d to zip_code")
    found = find_cause(error, [column, renamed])
    assert found is not None
    assert found.text == column.text


NO_OPERATOR = refused("42883", "operator does not exist: text ~=~ text", "SELECT v FROM words WHERE v ~=~ upper(v)")
NO_PREFIX = refused("42883", "operator does not exist: @# integer", "SELECT @# n FROM words")
NO_COLLATION = refused("42704", 'collation "my_coll" for encoding "UTF8" does not exist', "SELECT v COLLATE my_coll")
NO_CAST = refused("42804", 'column "tone" is of type tone but expression is of type text', "INSERT INTO tones (tone)")
NO_CAST_AT_ALL = refused("42846", "cannot cast type text to tone", "SELECT CAST(v AS tone) FROM words")


@pytest.mark.parametrize(
    ("error", "statement", "thing"),
    [
        (NO_OPERATOR, "DROP OPERATOR ~=~ (text, text)", "operator ~=~"),
        (NO_OPERATOR, "DROP OPERATOR IF EXISTS == (text, text), app.~=~ (text, text) CASCADE", "operator ~=~"),
        (NO_PREFIX, "DROP OPERATOR @# (NONE, integer)", "operator @#"),
        (NO_COLLATION, "drop collation if exists other, public.MY_COLL restrict", "collation my_coll"),
        (
            refused("42704", 'collation "app.My Coll" for encoding "UTF8" does not exist'),
            'DROP COLLATION app."My Coll"',
            "collation app.My Coll",
        ),
        (NO_CAST, "DROP CAST (text AS tone)", "cast (text AS tone)"),
        (NO_CAST_AT_ALL, 'DROP CAST (text AS public."tone")', "cast (text AS tone)"),
    ],
)
def test_what_is_not_compared_is_missed_behind_the_statement_that_dropped_it(
    error: SqlError, statement: str, thing: str
) -> None:
    found = find_cause(error, [], statements=["SELECT 1", f"SET x = 1; {statement}"])
    assert found is not None
    assert found.text == f"ran {statement}"
    assert found.remedy.startswith(f"stop using {thing} in one release")
    assert find_cause(error, [], statements=[statement], ahead=True) is None


@pytest.mark.parametrize(
    ("error", "statement"),
    [
        (NO_OPERATOR, "DROP OPERATOR ~=~* (text, text)"),
        (NO_OPERATOR, "DROP OPERATOR CLASS ~=~ USING btree"),
        (NO_OPERATOR, "CREATE OPERATOR ~=~ (FUNCTION = f)"),
        (NO_COLLATION, "DROP COLLATION coll"),
        (NO_COLLATION, 'DROP COLLATION "MY_COLL"'),
        (NO_CAST, "DROP CAST (tone AS text)"),
        (refused("42883", "function my_coll(text) does not exist"), "DROP COLLATION my_coll"),
    ],
)
def test_another_thing_that_was_dropped_is_not(error: SqlError, statement: str) -> None:
    assert find_cause(error, [], statements=[statement]) is None
