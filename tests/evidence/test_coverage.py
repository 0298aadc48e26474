"""Whether the old release met what a step changed, by its own statements and those of production."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.builders import ORDER, STOCK, at, failed_twice, make_plan, outcome_of, rehearsed
from harness.evidence.coverage import Coverage, cover
from harness.evidence.outcomes import judge_outcomes
from harness.evidence.verdicts import Half, judge
from harness.model.cell import BASE, Actor, Cell, Status, Verdict
from harness.model.events import Event, SchemaChanged
from harness.model.observed import Filed, Sent
from harness.model.release import ReleaseName
from harness.model.rollout import Schedule
from harness.model.schema import Deed, ObjectKind, SchemaChange

PLAN = make_plan(1)
STEP = PLAN.labels[0]
WARM, COLD = at(PLAN, 1, Actor.OLD_WARM), at(PLAN, 1, Actor.OLD_COLD)


def sent(*statements: str, journey: str = ORDER) -> Sent:
    return Sent(
        number=1, cell=Cell(BASE, Actor.CONTROL), release=ReleaseName.OLD, journey=journey, statements=statements
    )


def change(
    *touched_by: str,
    near: tuple[str, ...] = (),
    deed: Deed = Deed.CHANGED,
    kind: ObjectKind = ObjectKind.COLUMN,
    name: str = "coupons.code",
) -> SchemaChange:
    return SchemaChange(
        deed=deed, kind=kind, name=name, text=f"{deed} {name}", names=("coupons",), touched_by=touched_by, near=near
    )


def changed(
    *changes: SchemaChange,
    written: tuple[tuple[str, int], ...] = (),
    writes: int = 0,
    statements: tuple[str, ...] = (),
    reached: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> SchemaChanged:
    return SchemaChanged(
        number=2,
        label=STEP,
        changes=changes,
        written=written,
        writes=writes,
        statements=statements,
        reached=reached,
    )


def coverage(*events: Event) -> Coverage:
    return cover(events)[STEP]


ORDERS = sent("SELECT orders.id FROM orders WHERE orders.id = $1")
COUPONS = sent("SELECT * FROM coupons", journey="coupon")
COUPON_OF_ORDER = sent("SELECT * FROM coupons WHERE coupons.code = $1")


def test_a_change_that_a_statement_meets_is_touched() -> None:
    found = coverage(ORDERS, COUPONS, changed(change("coupons")))
    assert (found.touched, found.untested, found.describe_untouched()) == (1, "", "")


def test_a_change_that_no_statement_meets_is_untested_and_the_nearest_journeys_are_named() -> None:
    found = coverage(ORDERS, changed(change("coupons", near=("orders",))))
    assert found.untested == (
        f"no statement of the old release touches what the step changed: changed coupons.code (nearest: {ORDER})"
    )


def test_a_name_within_another_word_is_not_met() -> None:
    assert coverage(sent("SELECT 1 FROM coupons_archive"), changed(change("coupons"))).untested


def test_what_nobody_could_know_before_the_step_needs_no_touch() -> None:
    assert not coverage(ORDERS, changed(change(deed=Deed.ADDED, kind=ObjectKind.TABLE))).untested


def test_a_part_that_is_not_touched_is_named_and_the_rest_counts() -> None:
    found = coverage(ORDERS, changed(change("orders", name="orders.note"), change("coupons")))
    assert (found.touched, len(found.met), found.untested) == (1, 2, "")
    assert found.describe_untouched() == "changed coupons.code"


def test_rows_that_a_migration_writes_are_a_change_of_their_table() -> None:
    assert coverage(ORDERS, changed(written=(("coupons", 3),), writes=1)).untested.endswith("wrote 3 rows of coupons")
    assert not coverage(COUPONS, changed(written=(("coupons", 3),), writes=1)).untested


def test_rows_of_a_table_that_the_step_made_concern_nobody() -> None:
    made = change(deed=Deed.ADDED, kind=ObjectKind.TABLE, name="coupons")
    assert not coverage(ORDERS, changed(made, written=(("coupons", 3),), writes=1)).untested


def test_a_data_migration_that_found_no_row_shows_nothing() -> None:
    assert coverage(ORDERS, changed(writes=1)).untested.startswith("the migration writes rows, and found none")


def test_a_revision_that_does_nothing_is_not_doubted() -> None:
    """A merge of two branches, say."""
    assert not coverage(ORDERS, changed()).untested


def test_all_that_production_sends_passes_it_by() -> None:
    """Then it is known that nobody uses it, which a rehearsal alone cannot know."""
    found = coverage(ORDERS, Filed(statements=("SELECT 1 FROM orders",)), changed(change("coupons")))
    assert (found.touched, found.untested) == (0, "")
    assert found.describe_untouched() == "changed coupons.code (nor does any statement of the file)"


def test_what_production_alone_sends_is_still_untested() -> None:
    found = coverage(ORDERS, Filed(statements=("SELECT code FROM coupons",)), changed(change("coupons")))
    assert found.untested.endswith("changed coupons.code (statements of the file touch it)")


def test_without_the_log_nothing_is_known_and_nothing_is_doubted() -> None:
    assert cover([changed(change("coupons"))]) == {}


def test_a_release_that_is_seen_to_send_nothing_met_nothing() -> None:
    found = coverage(sent(journey=""), changed(change("coupons")))
    assert found.touched == 0
    assert found.untested.startswith("no statement of the old release touches what the step changed")


@pytest.mark.parametrize("cell", [WARM, COLD])
def test_a_pass_of_the_old_release_is_worth_nothing_there(cell: Cell) -> None:
    outcome = outcome_of(PLAN, cell, ORDERS, changed(change("coupons")))
    assert outcome.status is Status.UNTESTED
    assert "coupons.code" in outcome.reason


def test_a_failure_stays_a_failure() -> None:
    events = (ORDERS, changed(change("coupons")), *failed_twice(WARM))
    assert outcome_of(PLAN, WARM, *events).status is Status.FAIL


def test_the_verdict_of_such_a_step_is_untested() -> None:
    events = rehearsed(PLAN, ORDERS, changed(change("coupons")))
    answer = judge(PLAN, judge_outcomes(PLAN, events), Schedule())
    assert answer.steps[0].verdict is Verdict.UNTESTED
    assert all(split == 0 for split in answer.splits)  # with no old replica left, nobody asks
    touched = rehearsed(PLAN, ORDERS, COUPON_OF_ORDER, changed(change("coupons")))
    assert judge(PLAN, judge_outcomes(PLAN, touched), Schedule()).steps[0].verdict is not Verdict.UNTESTED


AHEAD = at(PLAN, 1, Actor.NEW_AHEAD)


def sent_by_new(*statements: str, journey: str = ORDER) -> Sent:
    return replace(sent(*statements, journey=journey), release=ReleaseName.NEW)


def new_coverage(*events: Event) -> Coverage:
    return cover(events, ReleaseName.NEW)[STEP]


def test_a_pass_of_the_new_release_that_did_not_meet_the_step_is_worth_nothing_either() -> None:
    added = change("coupons", deed=Deed.ADDED)
    outcome = outcome_of(PLAN, AHEAD, sent_by_new("SELECT 1 FROM orders"), changed(added))
    assert outcome.status is Status.UNTESTED
    assert outcome.reason.startswith(
        "no statement of the new release touches what the step changed: added coupons.code"
    )
    met = outcome_of(PLAN, AHEAD, sent_by_new("SELECT code FROM coupons"), changed(added))
    assert met.status is Status.PASS


def test_what_is_gone_the_new_release_is_not_to_meet_and_a_table_that_was_made_it_is() -> None:
    nobody = sent_by_new("SELECT 1 FROM orders")
    assert not new_coverage(nobody, changed(change("coupons", deed=Deed.DROPPED))).untested
    made = change(deed=Deed.ADDED, kind=ObjectKind.TABLE, name="coupons")
    assert new_coverage(nobody, changed(made)).untested
    assert not new_coverage(sent_by_new("SELECT 1 FROM coupons"), changed(made)).untested
    assert not new_coverage(nobody, changed(writes=1)).untested
    assert not new_coverage(nobody, changed(written=(("coupons", 3),))).untested


def test_what_the_new_release_has_left_off_using_it_is_not_to_meet() -> None:
    left_off = COUPON_OF_ORDER, sent_by_new("SELECT 1 FROM orders"), changed(change("coupons"))
    assert not new_coverage(*left_off).untested
    assert new_coverage(*left_off[1:]).untested, "the journeys do not ask for what uses it"
    assert new_coverage(COUPONS, *left_off).untested, "nothing is known of what the new release does there"
    added = changed(change("coupons", deed=Deed.ADDED))
    assert new_coverage(*left_off[:2], added).untested, "what is added is there for the new release"


def test_a_table_that_was_renamed_is_met_by_its_new_name() -> None:
    renamed = SchemaChange(
        deed=Deed.RENAMED,
        kind=ObjectKind.TABLE,
        name="coupons",
        text="renamed table coupons to vouchers",
        names=("coupons", "vouchers"),
        touched_by=("coupons",),
    )
    assert not new_coverage(sent_by_new("SELECT 1 FROM vouchers"), changed(renamed)).untested
    assert coverage(sent("SELECT 1 FROM vouchers"), changed(renamed)).untested


def test_where_its_statements_were_not_looked_at_the_new_release_is_not_doubted() -> None:
    assert cover((ORDERS, changed(change("coupons"))), ReleaseName.NEW) == {}


def test_the_journeys_that_pass_a_step_by_say_nothing_of_it() -> None:
    found = coverage(ORDERS, COUPONS, changed(change("coupons")))
    assert (found.is_met_by("coupon"), found.is_met_by(ORDER)) == (True, False)
    assert coverage(ORDERS, changed()).is_met_by(ORDER)
    outside = coverage(sent("SELECT 1 FROM coupons", journey=""), changed(change("coupons")))
    assert outside.is_met_by(ORDER), "by a worker, or where nobody looked which journey it was"
    two = make_plan(1, (ORDER, STOCK))
    touched = (sent("SELECT 1 FROM coupons", journey=STOCK), changed(change("coupons")))
    lost = failed_twice(at(two, 1, Actor.OLD_WARM), STOCK)
    inherited = judge_outcomes(two, rehearsed(two, *touched, *lost))
    spared = {
        key: replace(outcome, inherited_from="0000") if outcome.status is Status.FAIL else outcome
        for key, outcome in inherited.items()
        if key[0].actor is not Actor.OLD_COLD
    }
    step = judge(two, spared, Schedule()).steps[0]
    assert (step.old, step.agrees) == (Half.UNSEEN, None)


def test_a_column_or_a_value_of_a_tables_name_meets_nothing_of_it() -> None:
    chance = sent("INSERT INTO orders (what, coupons) VALUES ('coupons', 1) -- coupons")
    assert coverage(chance, changed(change("coupons"))).untested
    assert not coverage(sent("INSERT INTO Coupons (code) VALUES ('x')"), changed(change("coupons"))).untested


def test_a_name_that_must_be_quoted_is_met_too() -> None:
    assert not coverage(sent('SELECT 1 FROM "order-lines"'), changed(change("order-lines"))).untested
    assert not coverage(sent('SELECT 1 FROM "straßen"'), changed(change("straßen"))).untested


REVOKED = "REVOKE EXECUTE ON FUNCTION place_coupon FROM PUBLIC"


@pytest.mark.parametrize(
    "statement",
    [
        REVOKED,
        "ALTER TABLE ONLY coupons SET (autovacuum_enabled = off)",
        "CREATE OR REPLACE FUNCTION place_coupon() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
        "DO $$BEGIN EXECUTE 'ALTER DATABASE x SET timezone = UTC'; END$$",
    ],
)
def test_what_no_comparison_shows_is_met_by_those_who_name_it_alone(statement: str) -> None:
    """It is seen by its statements: a step that changes nothing by what is compared may change something else."""
    unseen = changed(statements=(statement,))
    found = coverage(ORDERS, unseen)
    assert found.untested.startswith("what it changed is nothing that is compared, so that nobody knows who met it")
    assert not found.is_met_by(ORDER)
    assert outcome_of(PLAN, WARM, ORDERS, unseen).status is Status.UNTESTED
    assert new_coverage(sent_by_new("SELECT 1 FROM orders"), unseen).untested
    assert coverage(ORDERS, Filed(statements=("SELECT 1 FROM coupons, place_coupon()",)), unseen).untested
    if not statement.startswith("DO"):
        assert not coverage(sent("SELECT place_coupon() FROM coupons"), unseen).untested


@pytest.mark.parametrize(
    "statement",
    [
        "COMMENT ON TABLE coupons IS 'to REVOKE'",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE SCHEMA IF NOT EXISTS meta",
        "DROP INDEX CONCURRENTLY IF EXISTS ix_coupons",
        "GRANT SELECT ON coupons TO reader",
        "CREATE INDEX IF NOT EXISTS ix_coupons ON coupons (code)",
    ],
)
def test_what_can_harm_nobody_who_is_there_needs_no_touch(statement: str) -> None:
    assert not coverage(ORDERS, changed(statements=(statement,))).untested


def tightened(deed: Deed, kind: ObjectKind, text: str, definition: str = "") -> SchemaChange:
    one = change("coupons", deed=deed, kind=kind)
    return replace(one, text=text, owners=("coupons",), state=(("definition", definition),) if definition else ())


NOT_NULL = tightened(Deed.CHANGED, ObjectKind.COLUMN, "column coupons.code: nullable -> NOT NULL")
NEW_COLUMN = tightened(Deed.ADDED, ObjectKind.COLUMN, "added column coupons.code (NOT NULL, text, default none)")
CHECKED = tightened(Deed.ADDED, ObjectKind.CONSTRAINT, "added constraint coupons.c", "CHECK ((cents > 0))")
UNIQUE = tightened(Deed.ADDED, ObjectKind.INDEX, "added index coupons.u", "CREATE UNIQUE INDEX u ON coupons (code)")
OWNED = tightened(
    Deed.ADDED, ObjectKind.CONSTRAINT, "added constraint coupons.f", "FOREIGN KEY (a) REFERENCES shops(id)"
)
TRIGGER = tightened(Deed.ADDED, ObjectKind.TRIGGER, "added trigger coupons.t")
WRITES = ("INSERT INTO coupons VALUES (1)", "UPDATE coupons SET code = 1", "COPY coupons FROM STDIN")


@pytest.mark.parametrize("one", [NOT_NULL, NEW_COLUMN, CHECKED, UNIQUE, OWNED, TRIGGER])
def test_what_is_tightened_for_those_who_write_is_met_by_those_who_write(one: SchemaChange) -> None:
    found = coverage(COUPONS, changed(one, written=(("coupons", 3),), writes=1))
    assert found.untested.startswith(
        f"no statement of the old release writes to coupons, and only that meets the change: {one.text}"
    ) is (one is not TRIGGER)
    assert not found.is_met_by(ORDER)
    assert coverage(COUPONS, changed(one)).untested
    for statement in WRITES:
        assert not coverage(sent(statement), changed(one)).untested


def test_a_row_that_is_removed_meets_a_trigger_and_the_key_that_refers_to_it() -> None:
    assert not coverage(sent("DELETE FROM shops"), changed(OWNED)).untested
    assert coverage(sent("INSERT INTO shops VALUES (1)"), changed(OWNED)).untested
    assert coverage(sent("DELETE FROM coupons"), changed(NOT_NULL)).untested
    assert not coverage(sent("DELETE FROM coupons"), changed(TRIGGER)).untested


KEPT = replace(TRIGGER, acts=(("DELETE", "coupons"),), met_by=(("DELETE", ("coupons", "shops")),))


def test_what_acts_on_one_command_is_met_by_that_alone() -> None:
    for statement in (*WRITES, "SELECT 1 FROM coupons", "TRUNCATE coupons"):
        assert coverage(sent(statement), changed(KEPT)).untested == (
            "no statement of the old release touches what the step changed: added trigger coupons.t "
            "(only DELETE on coupons meets it)"
        )
    for statement in ("DELETE FROM coupons", "MERGE INTO coupons USING x ON true WHEN MATCHED THEN DELETE"):
        assert not coverage(sent(statement), changed(KEPT)).untested
    assert not coverage(sent("DELETE FROM shops"), changed(KEPT)).untested
    assert coverage(ORDERS, Filed(statements=("DELETE FROM coupons",)), changed(KEPT)).untested
    assert not coverage(ORDERS, Filed(statements=("SELECT 1 FROM coupons",)), changed(KEPT)).untested


def test_what_a_function_or_a_view_does_cannot_be_told() -> None:
    behind = replace(NOT_NULL, touched_by=("coupons", "coupons_of_today", "keep_coupon"))
    assert not coverage(sent("SELECT keep_coupon(1)"), changed(behind)).untested
    assert not coverage(sent("INSERT INTO coupons_of_today VALUES (1)"), changed(behind)).untested
    assert coverage(sent("SELECT 1 FROM coupons_of_today"), changed(behind)).untested


@pytest.mark.parametrize(
    "one",
    [
        tightened(
            Deed.ADDED, ObjectKind.COLUMN, "added column coupons.n (NOT NULL, bigint, default none, identity always)"
        ),
        tightened(Deed.ADDED, ObjectKind.COLUMN, "added column coupons.n (NOT NULL, bigint, default 0)"),
        tightened(Deed.ADDED, ObjectKind.COLUMN, "added column coupons.n (nullable, bigint, default none)"),
        tightened(Deed.CHANGED, ObjectKind.COLUMN, "column coupons.n: integer -> bigint, nullable -> NOT NULL"),
        tightened(Deed.ADDED, ObjectKind.INDEX, "added index coupons.i", "CREATE INDEX i ON coupons (code)"),
        tightened(Deed.DROPPED, ObjectKind.COLUMN, "dropped column coupons.n"),
    ],
)
def test_whatever_else_is_done_to_a_table_is_met_by_those_who_read_it(one: SchemaChange) -> None:
    assert not coverage(COUPONS, changed(one)).untested


def test_a_table_that_is_added_as_a_part_is_met_by_way_of_the_whole() -> None:
    part = replace(change(deed=Deed.ADDED, kind=ObjectKind.TABLE, name="coupons_of_may"), names=("coupons_of_may",))
    assert new_coverage(sent_by_new("INSERT INTO coupons VALUES (1)"), changed(part)).untested
    whole = replace(part, within=("coupons",))
    assert not new_coverage(sent_by_new("INSERT INTO coupons VALUES (1)"), changed(whole)).untested
    assert new_coverage(sent_by_new("SELECT 1 FROM orders"), changed(whole)).untested


def test_a_table_that_becomes_a_part_is_met_by_itself_and_by_way_of_the_whole() -> None:
    became = replace(change("visits", kind=ObjectKind.TABLE, name="visits"), names=("visits",), within=("all_visits",))
    for statement in ("INSERT INTO visits VALUES (1)", "SELECT 1 FROM all_visits"):
        assert not new_coverage(sent_by_new(statement), changed(became)).untested
    assert new_coverage(sent_by_new("SELECT 1 FROM orders"), changed(became)).untested


TAGS = replace(change(deed=Deed.ADDED, kind=ObjectKind.TABLE, name="tags"), names=("tags",))


def on_tags(*touched_by: str, deed: Deed = Deed.CHANGED, kind: ObjectKind = ObjectKind.COLUMN) -> SchemaChange:
    return replace(change(*(touched_by or ("tags",)), deed=deed, kind=kind, name="tags.color"), names=("tags", "color"))


def behind(*events: SchemaChanged, by: Sent = ORDERS) -> Coverage:
    """The last of some steps, each by its place."""
    steps = [replace(event, label=f"{number:04}") for number, event in enumerate(events)]
    return cover((by, *steps))[steps[-1].label]


@pytest.mark.parametrize(
    "step",
    [
        changed(on_tags()),
        changed(on_tags(deed=Deed.ADDED, kind=ObjectKind.INDEX)),
        changed(replace(TAGS, deed=Deed.DROPPED, touched_by=("tags",))),
        changed(written=(("tags", 3),), writes=1),
        changed(statements=("ALTER TABLE tags SET (autovacuum_enabled = off)",)),
    ],
)
def test_what_is_done_to_what_an_earlier_step_made_concerns_nobody_who_cannot_know_it(step: SchemaChanged) -> None:
    assert behind(step).untested
    later = behind(changed(TAGS), step)
    assert (later.met, later.untested, later.is_met_by(ORDER)) == ((), "", True)
    swapped = replace(TAGS, deed=Deed.RENAMED, names=("tags_new", "tags"), name="tags_new", touched_by=("tags_new",))
    new = replace(TAGS, name="tags_new", names=("tags_new",))
    assert not behind(changed(new), changed(swapped), step).untested
    asked = sent("SELECT 1 FROM tags", journey="tag")
    assert behind(changed(TAGS), step, by=asked).is_met_by("tag"), "it knows the name all the same"
    assert not behind(changed(TAGS), step, by=asked).is_met_by(ORDER)


def test_the_new_release_has_to_meet_what_is_done_to_a_table_of_its_own_release() -> None:
    steps = (changed(TAGS), replace(changed(on_tags()), label="0003"))
    nobody = (sent_by_new("SELECT 1 FROM orders"), *steps)
    assert cover(nobody, ReleaseName.NEW)["0003"].untested
    assert not cover((sent_by_new("SELECT 1 FROM tags"), *steps), ReleaseName.NEW)["0003"].untested


@pytest.mark.parametrize(
    "step",
    [
        changed(on_tags("coupons", "tags")),  # by a trigger, a view, a column's type, a partition
        changed(change("coupons", deed=Deed.ADDED, kind=ObjectKind.TRIGGER)),
        changed(change("coupons", deed=Deed.ADDED, kind=ObjectKind.INDEX)),
        changed(change("tags", kind=ObjectKind.SETTINGS, name="of the database")),
        changed(statements=("CREATE CAST (text AS integer) WITH FUNCTION tags(text) AS IMPLICIT",)),
        changed(statements=("DO $$BEGIN EXECUTE 'ALTER TABLE tags SET (fillfactor = 70)'; END$$",)),
    ],
)
def test_what_acts_on_what_was_there_before_is_to_be_met_whatever_it_belongs_to(step: SchemaChanged) -> None:
    assert behind(changed(TAGS), step).untested


def test_a_key_of_a_new_table_to_an_old_one_is_met_by_who_removes_rows_there() -> None:
    key = replace(OWNED, touched_by=("tags",), near=("shops",))
    assert behind(changed(TAGS), changed(key)).untested.endswith(key.text)
    assert not behind(changed(TAGS), changed(key), by=sent("DELETE FROM shops")).untested
    shops = replace(TAGS, name="shops", names=("shops",))
    assert not behind(changed(TAGS, shops), changed(key)).untested


def test_a_part_of_an_old_table_is_no_new_one_to_who_asks_the_whole() -> None:
    part = replace(TAGS, within=("coupons",))
    assert behind(changed(part), changed(written=(("tags", 3),))).untested
    whole = replace(TAGS, name="coupons", names=("coupons",))
    assert not behind(changed(part, whole), changed(written=(("tags", 3),))).untested


def test_what_takes_a_name_that_was_there_before_is_met_by_the_name() -> None:
    gone = replace(change("coupons", deed=Deed.RENAMED, kind=ObjectKind.TABLE, name="coupons"), names=("coupons", "x"))
    anew = change(deed=Deed.ADDED, kind=ObjectKind.TABLE, name="coupons")
    swapped = replace(TAGS, deed=Deed.RENAMED, names=("tags", "coupons"), touched_by=("tags",))
    for steps in (
        (changed(gone), changed(anew)),
        (changed(gone), changed(anew), changed(change("coupons"))),
        (changed(gone), changed(anew, written=(("coupons", 3),))),
        (changed(TAGS), changed(gone), changed(swapped)),
        (changed(TAGS), changed(gone, swapped)),
        (changed(TAGS), changed(gone, swapped), changed(change("coupons"))),
    ):
        assert behind(*steps).untested
        assert behind(*steps, by=COUPONS).touched == len(behind(*steps).met)
    assert not behind(changed(TAGS), changed(replace(swapped, names=("tags", "labels")))).untested


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("ALTER SEQUENCE coupons_id_seq CACHE 5", "coupons_id_seq"),
        ("ALTER FUNCTION audit() COST 50", "audit"),
        ("ALTER INDEX public.coupons_pkey SET (fillfactor = 80)", "coupons_pkey"),
    ],
)
def test_what_no_comparison_shows_is_met_by_way_of_the_table_too(statement: str, name: str) -> None:
    unseen = changed(statements=(statement,), reached=((name, ("coupons",)),))
    assert coverage(ORDERS, unseen).untested
    assert not coverage(COUPONS, unseen).untested
    assert new_coverage(sent_by_new("SELECT 1 FROM orders"), unseen).untested
    assert not new_coverage(sent_by_new("SELECT 1 FROM coupons"), unseen).untested
    made = replace(TAGS, name=name, names=(name,))
    assert behind(changed(made), unseen).untested, "it is of a table that was there"
    assert not behind(changed(made, replace(made, name="coupons")), unseen).untested


def test_rows_are_met_by_way_of_a_view_and_of_what_they_are_a_part_of() -> None:
    rows = changed(written=(("tags", 3),), reached=(("tags", ("coupons",)),))
    assert coverage(ORDERS, rows).untested
    assert not coverage(COUPONS, rows).untested
    assert behind(changed(TAGS), rows).untested, "what was there before leads to what is new by now"
    assert coverage(ORDERS, replace(rows, changes=(TAGS,))).untested
    view = replace(TAGS, kind=ObjectKind.VIEW, name="coupons")
    assert not coverage(ORDERS, replace(rows, changes=(TAGS, view))).untested


def test_rows_that_are_gone_are_met_where_rows_with_their_key_are_stored() -> None:
    gone = replace(changed(written=(("levels", 1),)), bereft=(("levels", ("coupons",)),))
    assert coverage(COUPONS, gone).untested
    for statement in ("INSERT INTO coupons (level) VALUES ($1)", "UPDATE coupons SET level = $1"):
        assert not coverage(sent(statement), gone).untested
        assert coverage(sent(statement), replace(gone, bereft=())).untested
    assert coverage(sent("DELETE FROM coupons"), gone).untested
