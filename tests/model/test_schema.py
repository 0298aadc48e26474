"""What one step changed in a schema, in words."""

from __future__ import annotations

from dataclasses import replace

from harness.model.schema import Deed, ObjectKind, SchemaObject, compare_schemas


def column(name: str, number: int = 1, *, table: str = "orders", **attributes: str) -> SchemaObject:
    given = {"type": "text", "null": "nullable", "default": "none", **attributes}
    return SchemaObject(kind=ObjectKind.COLUMN, identity=f"100.{number}", name=name, owner=table, attributes=given)


def table(name: str = "orders", storage: str = "1") -> SchemaObject:
    return SchemaObject(kind=ObjectKind.TABLE, identity="100", name=name, attributes={"storage": storage})


def texts(before: list[SchemaObject], after: list[SchemaObject]) -> list[str]:
    return [change.text for change in compare_schemas(before, after)]


def test_nothing_changed() -> None:
    assert texts([table(), column("note")], [table(), column("note")]) == []


def test_a_column_that_comes_goes_is_renamed_or_changed() -> None:
    assert texts([table()], [table(), column("note")]) == ["added column orders.note (text, nullable, default none)"]
    assert texts([table(), column("note")], [table()]) == ["dropped column orders.note"]
    assert texts([column("note")], [column("remark")]) == ["renamed column orders.note to remark"]
    assert texts([column("note")], [column("note", null="NOT NULL")]) == ["column orders.note: nullable -> NOT NULL"]
    assert texts([column("note", default="'a'")], [column("note", default="'b'")]) == [
        "column orders.note: default 'a' -> 'b'"
    ]


def test_a_column_dropped_and_added_under_its_old_name_is_not_the_same_column() -> None:
    assert texts([column("note", 1)], [column("note", 2, type="integer")]) == [
        "dropped column orders.note",
        "added column orders.note (integer, nullable, default none)",
    ]


def test_what_goes_with_its_table_is_not_told_again() -> None:
    assert texts([table(), column("note")], []) == ["dropped table orders"]
    assert texts([], [table(), column("note")]) == ["added table orders"]


def test_a_rewritten_table_says_so_and_a_long_body_is_not_quoted() -> None:
    assert texts([table(storage="1")], [table(storage="2")]) == ["table orders: rewritten"]
    one, other = (
        SchemaObject(kind=ObjectKind.FUNCTION, identity="7", name="sync", attributes={"body": body * 200})
        for body in "ab"
    )
    assert texts([one], [other]) == ["function sync: another body"]


def test_a_change_knows_every_name_by_which_a_statement_could_mean_it() -> None:
    [change] = compare_schemas([column("note")], [column("remark")])
    assert change.deed is Deed.RENAMED
    assert set(change.names) == {"orders", "note", "remark"}


def function(name: str, body: str, number: str = "7") -> SchemaObject:
    return SchemaObject(kind=ObjectKind.FUNCTION, identity=number, name=name, attributes={"body": body})


def part(kind: ObjectKind, name: str, owner: str, definition: str) -> SchemaObject:
    return SchemaObject(kind=kind, identity=name, name=name, owner=owner, attributes={"definition": definition})


def thing(kind: ObjectKind, name: str, **attributes: str) -> SchemaObject:
    return SchemaObject(kind=kind, identity=name, name=name, attributes=attributes)


def reach(before: list[SchemaObject], after: list[SchemaObject]) -> list[tuple[str, ...]]:
    return [change.touched_by for change in compare_schemas(before, after)]


def test_a_statement_meets_what_belongs_to_a_table_by_the_table() -> None:
    assert reach([table(), column("note")], [table()]) == [("orders",)]
    index = part(ObjectKind.INDEX, "by_note", "orders", "CREATE INDEX by_note ON orders (note)")
    assert reach([table()], [table(), index]) == [("orders",)]


def test_a_key_that_is_made_anew_tells_how_it_was_otherwise() -> None:
    was, same, now = (
        replace(part(ObjectKind.CONSTRAINT, "items_pos", "items", definition), identity=identity)
        for identity, definition in (
            ("1", "UNIQUE (pos) DEFERRABLE"),
            ("2", "UNIQUE (pos) DEFERRABLE"),
            ("3", "UNIQUE (pos)"),
        )
    )
    added = "added constraint items.items_pos"
    assert texts([was], [now])[1] == f"{added} (UNIQUE (pos)) instead of UNIQUE (pos) DEFERRABLE"
    assert texts([was], [same]) == []


def test_a_key_that_goes_with_the_type_of_its_column_is_no_news() -> None:
    was, now = (
        [
            table(),
            column("nick", type=type_),
            replace(part(ObjectKind.CONSTRAINT, "one_nick", "orders", "UNIQUE (nick)"), identity=identity),
            replace(part(ObjectKind.INDEX, "by_nick", "orders", f"CREATE INDEX ({expression})"), identity=identity),
        ]
        for type_, identity, expression in (("text", "1", "lower(nick)"), ("citext", "2", "lower((nick)::text)"))
    )
    assert texts(was, now) == [
        "column orders.nick: text -> citext",
        "dropped index orders.by_nick",
        "added index orders.by_nick (CREATE INDEX (lower((nick)::text))) instead of CREATE INDEX (lower(nick))",
    ]
    other_table = [replace(item, owner="lines") if item.kind is ObjectKind.CONSTRAINT else item for item in now]
    assert "dropped constraint orders.one_nick" in texts(was, other_table)


def test_not_null_is_told_of_the_column_and_as_a_constraint_where_rows_from_before_are_not_checked() -> None:
    valid, invalid = (
        thing(ObjectKind.CONSTRAINT, "nn", definition=f"NOT NULL note{suffix}", validated=validated)
        for validated, suffix in (("true", ""), ("false", " NOT VALID"))
    )
    empty, filled = column("note"), column("note", null="NOT NULL")
    assert texts([empty], [filled, valid]) == ["column orders.note: nullable -> NOT NULL"]
    assert texts([filled, valid], [empty]) == ["column orders.note: NOT NULL -> nullable"]
    assert texts([empty], [filled, invalid])[1:] == ["added constraint nn (NOT NULL note NOT VALID, validated false)"]
    assert texts([filled, invalid], [filled, valid]) == [
        "constraint nn: NOT NULL note NOT VALID -> NOT NULL note, validated false -> true"
    ]


def test_what_is_of_a_type_that_is_renamed_is_not_otherwise() -> None:
    def schema(mood: str, other: str = "text") -> list[SchemaObject]:
        type_ = SchemaObject(kind=ObjectKind.TYPE, identity="9", name=mood, attributes={"labels": "sad"})
        check = part(ObjectKind.CONSTRAINT, "glad", "orders", f"CHECK (feels <> 'mood'::{mood})")
        feels = column("feels", type=mood, default=f"'sad'::{mood}")
        return [table(), type_, feels, column("all", 2, type=f"{mood}[]"), column("moods", 3, type=other), check]

    assert texts(schema("mood"), schema("feeling")) == ["renamed type mood to feeling"]
    assert texts(schema("mood"), schema("feeling", "moody")) == [
        "column orders.moods: text -> moody",
        "renamed type mood to feeling",
    ]
    assert texts(schema("mood", "moody"), schema("feeling", "moody"))[0] == "renamed type mood to feeling"


def test_nobody_meets_a_table_that_was_not_there() -> None:
    assert reach([], [table(), column("note")]) == [()]


def test_a_type_is_met_by_the_tables_that_have_a_column_of_it() -> None:
    status = thing(ObjectKind.TYPE, "order_status")
    label = part(ObjectKind.LABEL, "paid", "order_status", "")
    before = [table(), status, column("status", type="order_status")]
    assert reach(before, [*before, label]) == [("order_status", "orders")]


def test_a_trigger_function_is_met_by_the_table_that_it_is_a_trigger_of() -> None:
    trigger = part(ObjectKind.TRIGGER, "keep", "orders", "CREATE TRIGGER keep ON orders EXECUTE FUNCTION sync()")
    before = [table(), trigger, function("sync", "a")]
    assert reach(before, [table(), trigger, function("sync", "b")]) == [("orders", "sync")]


def test_a_table_is_met_by_the_views_of_it_and_a_view_by_itself() -> None:
    view = thing(ObjectKind.VIEW, "open_orders", definition="SELECT orders.id FROM orders")
    assert reach([table(), column("note"), view], [table(), view]) == [("open_orders", "orders")]
    assert reach([table(), view], [table()]) == [("open_orders",)]


def test_a_partition_is_met_by_the_tables_that_it_is_part_of() -> None:
    parts = [thing(ObjectKind.TABLE, "logs", parts="logs_2026"), thing(ObjectKind.TABLE, "logs_2026", parts="logs_may")]
    before = [*parts, thing(ObjectKind.TABLE, "logs_may", parts=""), thing(ObjectKind.TABLE, "logs_mayor", parts="")]
    check = part(ObjectKind.CONSTRAINT, "short", "logs_may", "CHECK (length(text) < 9)")
    assert reach(before, [*before, check]) == [("logs", "logs_2026", "logs_may")]
    assert reach(before, [thing(ObjectKind.TABLE, "logs", parts=""), *before[1:]]) == [("logs",)], "it is detached"
    gone = [thing(ObjectKind.TABLE, "logs", parts=""), *before[2:]]
    assert reach(before, gone) == [("logs", "logs_2026")], "that it is gone is told of itself alone"


def test_a_table_that_was_there_and_becomes_a_part_is_told_with_the_names_of_its_keys() -> None:
    strict = thing(ObjectKind.TABLE, "logs_strict", parts="")
    check = part(ObjectKind.CONSTRAINT, "upper_case", "logs_strict", "CHECK (code = upper(code))")
    before = [thing(ObjectKind.TABLE, "logs", parts=""), strict, check]
    attached = [thing(ObjectKind.TABLE, "logs", parts="logs_strict"), strict, check]
    [change] = compare_schemas(before, attached)
    assert change.text == "table logs: logs_strict is a part of it now"
    assert (change.names, change.touched_by) == (
        ("logs", "logs_strict", "upper_case"),
        ("logs", "logs_strict"),
    )
    made = compare_schemas(before[:1], attached)
    assert [change.text for change in made] == ["added table logs_strict"], "a part that is made is no news"


def test_a_table_that_was_there_and_becomes_a_part_of_a_new_one_is_what_changed() -> None:
    alone = thing(ObjectKind.TABLE, "visits", parts="")
    bounds = "FOR VALUES FROM (0) TO (10)"
    within = [
        replace(alone, attributes={"parts": "", "bounds": bounds}),
        thing(ObjectKind.TABLE, "all", parts="visits"),
    ]
    became, added = sorted(compare_schemas([alone], within), key=lambda change: change.name, reverse=True)
    assert became.text == f"table visits: it is a part of all now ({bounds})"
    assert (became.deed, became.touched_by, became.within) == (Deed.CHANGED, ("visits",), ("all",))
    assert (added.text, added.touched_by) == ("added table all", ())


def test_a_table_that_becomes_a_part_of_one_that_takes_its_name_is_met_by_that() -> None:
    alone = replace(thing(ObjectKind.TABLE, "visits", parts=""), identity="1")
    after = [
        replace(alone, name="visits_1"),
        replace(thing(ObjectKind.TABLE, "visits", parts="visits_1"), identity="2"),
    ]
    changes = {change.text: change.touched_by for change in compare_schemas([alone], after)}
    assert changes["table visits_1: it is a part of visits now"] == ("visits",)


def test_a_table_of_another_schema_with_the_name_of_a_part_has_not_become_one() -> None:
    alone = thing(ObjectKind.TABLE, "one.may", parts="")
    made = [thing(ObjectKind.TABLE, "two.logs", parts="may"), thing(ObjectKind.TABLE, "two.may", parts="")]
    assert texts([alone], [alone, *made]) == ["added table two.logs", "added table two.may"]
    moved = [alone, thing(ObjectKind.TABLE, "two.logs", parts="may")]
    assert "table one.may: it is a part of two.logs now" in texts([alone], moved)


def test_a_part_that_is_renamed_has_not_become_one() -> None:
    whole, part_ = thing(ObjectKind.TABLE, "logs", parts="may"), replace(thing(ObjectKind.TABLE, "may"), identity="1")
    after = [thing(ObjectKind.TABLE, "logs", parts="june"), replace(part_, name="june")]
    assert texts([whole, part_], after) == ["renamed table may to june"]


def test_a_part_that_takes_other_rows_is_told_and_met_by_the_whole() -> None:
    wide, narrow = (
        [thing(ObjectKind.TABLE, "logs", parts="may"), thing(ObjectKind.TABLE, "may", parts="", bounds=bounds)]
        for bounds in ("FOR VALUES FROM (0) TO (100)", "FOR VALUES FROM (0) TO (10)")
    )
    [change] = compare_schemas(wide, narrow)
    assert change.text == "table may: bounds FOR VALUES FROM (0) TO (100) -> FOR VALUES FROM (0) TO (10)"
    assert (change.names, change.touched_by) == (("may", "logs"), ("logs", "may"))


def test_a_column_type_that_is_called_like_another_table_leads_nowhere() -> None:
    other = SchemaObject(kind=ObjectKind.TABLE, identity="200", name="users", attributes={"storage": "9"})
    before = [table(), other, column("note"), column("name", 2, table="users")]
    assert reach(before, [table(), other, column("name", 2, table="users")]) == [("orders",)]


def test_foreign_keys_say_which_tables_are_near() -> None:
    line = SchemaObject(kind=ObjectKind.TABLE, identity="200", name="lines", attributes={"storage": "9"})
    key = part(ObjectKind.CONSTRAINT, "fk", "lines", "FOREIGN KEY (order_id) REFERENCES orders(id)")
    [change] = compare_schemas([table(), column("note"), line, key], [table(), line, key])
    assert change.near == ("lines",)


def granted(rights: str, identity: str = "100", name: str = "orders") -> SchemaObject:
    return SchemaObject(kind=ObjectKind.TABLE, identity=identity, name=name, attributes={"rights": rights})


def test_rights_that_are_given_and_taken_are_told_by_role() -> None:
    before, after = granted("app: INSERT, SELECT; owner: SELECT"), granted("owner: SELECT; app: SELECT; bi: SELECT")
    [change] = compare_schemas([before], [after])
    assert change.text == "table orders: app lost INSERT, bi got SELECT"
    assert change.takes_rights
    [change] = compare_schemas([granted("app: SELECT")], [granted("app: INSERT, SELECT")])
    assert change.text == "table orders: app got INSERT"
    assert not change.takes_rights


def test_a_table_made_anew_under_its_name_tells_who_lost_rights_on_it() -> None:
    before, after = granted("app: SELECT; owner: SELECT"), granted("owner: SELECT", identity="200")
    [made] = compare_schemas([before], [after])
    assert (made.text, made.takes_rights) == ("made table orders anew, and app lost SELECT", True)
    kept = granted("app: SELECT; owner: SELECT", name="orders_old")
    assert [change.text for change in compare_schemas([before], [kept, after])] == [
        "renamed table orders to orders_old",
        "made table orders anew, and app lost SELECT",
    ]


def test_a_table_made_anew_with_the_same_rights_has_lost_none() -> None:
    again = granted("owner: SELECT; app: SELECT", identity="200")
    [made] = compare_schemas([granted("app: SELECT; owner: SELECT")], [again])
    assert (made.text, made.takes_rights) == ("made table orders anew", False)


def test_a_table_that_is_made_anew_is_told_by_what_is_otherwise_in_it() -> None:
    old = [
        member(ObjectKind.TABLE, "1", "tickets", storage="1"),
        member(ObjectKind.COLUMN, "1.1", "id", "tickets", type="integer", default="nextval('tickets_id_seq')"),
        member(ObjectKind.COLUMN, "1.2", "title", "tickets", type="text"),
        member(ObjectKind.TRIGGER, "4", "keep", "tickets", definition="CREATE TRIGGER keep"),
    ]
    new = [
        member(ObjectKind.TABLE, "9", "tickets", storage="9"),
        member(ObjectKind.COLUMN, "9.1", "id", "tickets", type="bigint", default="none"),
        member(ObjectKind.COLUMN, "9.2", "title", "tickets", type="text"),
    ]
    assert texts(old, new) == [
        "made table tickets anew",
        "column tickets.id: integer -> bigint, default nextval('tickets_id_seq') -> none",
        "dropped trigger tickets.keep",
    ]
    assert reach(old, new) == [("tickets",)] * 3
    swapped = [replace(new[1], identity="9.2"), replace(new[2], identity="9.1"), replace(new[0], identity="8")]
    assert texts(old, swapped)[0] == "made table tickets anew, and order of columns id, title -> title, id"
    kept = replace(old[0], name="tickets_old")
    assert texts(old[:1], [kept, new[0]]) == ["renamed table tickets to tickets_old", "added table tickets"]


def member(kind: ObjectKind, identity: str, name: str, owner: str = "", **attributes: str) -> SchemaObject:
    return SchemaObject(kind=kind, identity=identity, name=name, owner=owner, attributes=attributes)


def test_a_view_that_is_made_anew_is_told_by_what_is_otherwise_in_it() -> None:
    old = [
        member(ObjectKind.VIEW, "1", "departures", definition="SELECT platform, minutes"),
        member(ObjectKind.COLUMN, "1.1", "platform", "departures", type="text"),
        member(ObjectKind.COLUMN, "1.2", "minutes", "departures", type="integer"),
    ]
    new = [
        member(ObjectKind.VIEW, "9", "departures", definition="SELECT minutes"),
        member(ObjectKind.COLUMN, "9.1", "minutes", "departures", type="interval"),
    ]
    told = texts(old, new)
    assert {"dropped column departures.platform", "column departures.minutes: integer -> interval"} <= set(told)
    assert not any(text.startswith(("dropped view", "added view")) for text in told)


def test_a_type_that_is_made_anew_is_told_by_the_labels_that_it_lost() -> None:
    old = [
        member(ObjectKind.TYPE, "1", "contact"),
        member(ObjectKind.LABEL, "2", "mail", "contact"),
        member(ObjectKind.LABEL, "3", "fax", "contact"),
    ]
    new = [member(ObjectKind.TYPE, "7", "contact"), member(ObjectKind.LABEL, "8", "mail", "contact")]
    assert texts(old, new) == ["made type contact anew", "dropped enum label contact.fax"]


def test_a_definition_is_told_on_one_line() -> None:
    old, new = (
        member(ObjectKind.VIEW, "1", "departures", definition=text)
        for text in (" SELECT platform\n   FROM stops;", " SELECT track\n   FROM stops;")
    )
    assert texts([old], [new]) == ["view departures: SELECT platform FROM stops; -> SELECT track FROM stops;"]


def test_a_table_that_is_only_written_anew_is_marked_so() -> None:
    [change] = compare_schemas([table(storage="10")], [table(storage="11")])
    assert change.only_rewritten


def test_a_partition_that_is_added_tells_what_it_is_a_part_of() -> None:
    before = [thing(ObjectKind.TABLE, "logs", parts="logs_2026"), thing(ObjectKind.TABLE, "logs_2026", parts="")]
    after = [*before[:1], thing(ObjectKind.TABLE, "logs_2026", parts="may-logs")]
    (change,) = compare_schemas(before, [*after, thing(ObjectKind.TABLE, "may-logs", parts="")])
    assert (change.within, change.touched_by) == (("logs_2026", "logs"), ())


def test_a_name_that_must_be_quoted_is_found_in_definitions() -> None:
    before = [
        thing(ObjectKind.TABLE, "order-lines", parts=""),
        thing(ObjectKind.VIEW, "lines", definition='SELECT id FROM "order-lines"'),
    ]
    column = replace(thing(ObjectKind.COLUMN, "größe", type="text"), owner="order-lines")
    (change,) = compare_schemas(before, [*before, column])
    assert change.touched_by == ("lines", "order-lines")
