"""Tables that a step writes anew or reads whole: ``table-rewrite`` and ``full-scan``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from evidence.builders import make_plan, rehearsed
from harness.evidence.checks import full_scan, table_rewrite
from harness.evidence.timeline import Timeline
from harness.model.cell import BASE, Actor, Cell, Status
from harness.model.events import Asked, SchemaChanged
from harness.model.finding import Weight
from harness.model.locks import LocksSeen, TableLock, TableWork, WorkBeside, say_mode
from harness.model.observed import Filed, Sent
from harness.model.rollout import Schedule, When
from harness.model.schema import Deed, ObjectKind, SchemaChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.events import Event
    from harness.model.finding import Judgement

PLAN = make_plan(1)
STEP = PLAN.labels[0]
BOTH = make_plan(2)
BIGINT = TableWork(
    table="orders",
    statement="ALTER TABLE orders ALTER COLUMN id TYPE bigint",
    rewritten=True,
    mode="AccessExclusiveLock",
    rows=1000,
    duration_ms=20.0,
)
NOT_NULL = replace(BIGINT, statement="ALTER TABLE orders ALTER COLUMN note SET NOT NULL", rewritten=False)
INDEX = replace(NOT_NULL, statement="CREATE INDEX ON orders (note)", mode="ShareLock")


def judged(judge: Callable[[Timeline, str], Judgement], *work: TableWork, label: str = STEP) -> Judgement:
    events = rehearsed(PLAN, LocksSeen(number=90, label=label, work=work))
    return judge(Timeline(plan=PLAN, events=events, outcomes={}), STEP)


def test_a_table_that_is_rewritten_fails_whatever_its_size() -> None:
    for rows in (None, 0, 1, 1000):
        judgement = judged(table_rewrite.judge, replace(BIGINT, rows=rows))
        assert judgement.status is Status.FAIL
        (finding,) = judgement.findings
        assert finding.headline == (
            "every row of orders is written anew under ACCESS EXCLUSIVE: ALTER TABLE orders ALTER COLUMN id TYPE bigint"
        )
    assert finding.details == ("it took 20.0 ms for 1000 rows here, 50000 rows a second; it grows with the table",)


def test_a_table_that_is_only_read_is_not_rewritten() -> None:
    assert judged(table_rewrite.judge, NOT_NULL, INDEX).status is Status.PASS
    assert judged(full_scan.judge, BIGINT).status is Status.PASS


def test_a_whole_scan_while_nobody_can_read_fails() -> None:
    judgement = judged(full_scan.judge, NOT_NULL)
    (finding,) = judgement.findings
    assert (judgement.status, finding.weight) == (Status.FAIL, Weight.FAIL)
    assert finding.headline.startswith(
        "orders is read from end to end under ACCESS EXCLUSIVE, and everybody waits: ALTER TABLE orders"
    )


@pytest.mark.parametrize("mode", ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock"])
def test_a_whole_scan_for_which_writes_alone_wait_is_a_note(mode: str) -> None:
    judgement = judged(full_scan.judge, replace(INDEX, mode=mode))
    (finding,) = judgement.findings
    assert (judgement.status, finding.weight) == (Status.PASS, Weight.NOTE)
    assert f"under {say_mode(mode)}, and whoever writes waits" in finding.headline


def test_a_lock_that_an_earlier_statement_took_is_told_with_it() -> None:
    work = replace(
        NOT_NULL, statement="UPDATE orders SET note = ''", taken_by="ALTER TABLE orders ADD COLUMN note text"
    )
    (finding,) = judged(full_scan.judge, work).findings
    assert finding.details[-1].endswith("in the same transaction: ALTER TABLE orders ADD COLUMN note text")
    assert "batches" in finding.remedy


def test_one_statement_and_table_are_one_finding() -> None:
    assert len(judged(full_scan.judge, NOT_NULL, replace(NOT_NULL, duration_ms=3.0), INDEX).findings) == 2


ARCHIVED = WorkBeside(
    work=replace(NOT_NULL, table="events", statement="CREATE TABLE archive AS SELECT * FROM events", mode=""),
    locks=(
        TableLock(
            table="orders", mode="AccessExclusiveLock", taken_by="ALTER TABLE orders ADD COLUMN archived boolean"
        ),
    ),
)
READ, WRITE = "SELECT what FROM orders WHERE id = $1", 'INSERT INTO "events" (what) VALUES ($1)'


def judged_beside(one: WorkBeside, *statements: str, work: tuple[TableWork, ...] = ()) -> Judgement:
    sent = Sent(number=3, cell=Cell(BASE, Actor.CONTROL), release="old", journey="a", statements=statements)
    events = rehearsed(PLAN, sent, LocksSeen(number=90, label=STEP, work=work, beside=(one,)))
    return full_scan.judge(Timeline(plan=PLAN, events=events, outcomes={}), STEP)


def test_a_table_that_is_read_while_another_one_is_locked_fails_with_both_names() -> None:
    judgement = judged_beside(ARCHIVED, READ, WRITE)
    (finding,) = judgement.findings
    assert (judgement.status, finding.weight) == (Status.FAIL, Weight.FAIL)
    assert finding.headline == (
        "events is read from end to end while ACCESS EXCLUSIVE is held on orders, and whoever uses orders waits: "
        "CREATE TABLE archive AS SELECT * FROM events"
    )
    assert finding.details[-1].endswith("same transaction: ALTER TABLE orders ADD COLUMN archived boolean")
    assert finding.remedy.startswith("put what locks orders into a migration of its own, or run it last")


def test_a_table_to_which_nobody_adds_rows_may_stay_small_and_is_a_note() -> None:
    (finding,) = judged_beside(ARCHIVED, READ, "SELECT FROM events").findings
    assert finding.weight is Weight.NOTE


def test_a_lock_on_another_table_for_which_writers_alone_wait_is_a_note() -> None:
    share = replace(ARCHIVED, locks=(replace(ARCHIVED.locks[0], mode="ShareRowExclusiveLock"),))
    (finding,) = judged_beside(share, READ, WRITE).findings
    assert finding.weight is Weight.NOTE
    assert "SHARE ROW EXCLUSIVE is held on orders, and whoever writes orders waits" in finding.headline


def test_a_lock_on_a_table_that_the_old_release_does_not_use_is_none() -> None:
    assert judged_beside(ARCHIVED, WRITE).findings == ()


def test_a_scan_that_fails_by_its_own_lock_is_told_once() -> None:
    work = replace(ARCHIVED.work, mode="AccessExclusiveLock")
    assert len(judged_beside(replace(ARCHIVED, work=work), READ, WRITE, work=(work,)).findings) == 1


@pytest.mark.parametrize("judge", [table_rewrite.judge, full_scan.judge])
def test_a_step_at_which_nobody_looked_is_skipped(judge: Callable[[Timeline, str], Judgement]) -> None:
    assert judged(judge).status is Status.PASS
    assert judged(judge, BIGINT, NOT_NULL, label="another step").status is Status.SKIPPED


LEFT = replace(BIGINT, table="import_2019", statement="ALTER TABLE import_2019 ALTER COLUMN id TYPE bigint")
LEFT_READ = replace(LEFT, statement="ALTER TABLE import_2019 ALTER COLUMN raw SET NOT NULL", rewritten=False)
LEFT_SHARED = replace(LEFT_READ, statement="CREATE INDEX ON import_2019 (raw)", mode="ShareLock")


def changed(
    *touched_by: str, near: tuple[str, ...] = (), statements: tuple[str, ...] = (), label: str = BOTH.labels[1]
) -> SchemaChanged:
    change = SchemaChange(
        deed=Deed.CHANGED,
        kind=ObjectKind.COLUMN,
        name="import_2019.id",
        text="column import_2019.id: integer -> bigint",
        names=("import_2019", "id"),
        owners=("import_2019",),
        touched_by=touched_by,
        near=near,
    )
    return SchemaChanged(number=80, label=label, changes=(change,), statements=statements)


MADE = SchemaChanged(
    number=70,
    label=BOTH.labels[0],
    changes=(
        SchemaChange(
            deed=Deed.ADDED,
            kind=ObjectKind.TABLE,
            name="import_2019",
            text="added table import_2019",
            names=("import_2019",),
        ),
    ),
)


def sent(*statements: str, release: str = "old") -> Sent:
    return Sent(number=3, cell=Cell(BASE, Actor.CONTROL), release=release, journey="a", statements=statements)


def asked(when: When = When.BEFORE, *, apart: bool = False) -> Asked:
    return Asked(schedule=Schedule(when=when, apart=apart), revisions=())


def weights(*events: Event, work: tuple[TableWork, ...] = (LEFT, LEFT_READ)) -> list[Weight]:
    """Of what both checks say of the second step."""
    step = BOTH.labels[1]
    seen = LocksSeen(number=90, label=step, work=work)
    run = Timeline(plan=BOTH, events=rehearsed(BOTH, *events, seen), outcomes={})
    checks = (table_rewrite, full_scan)
    return [finding.weight for check in checks for finding in check.judge(run, step).findings]


UNUSED = changed("import_2019")
FAILS, NOTES = [Weight.FAIL, Weight.FAIL], [Weight.NOTE, Weight.NOTE]


def test_a_table_that_nobody_was_seen_to_use_is_a_note() -> None:
    assert weights(asked(), sent(READ, WRITE), UNUSED) == NOTES
    run = (asked(), sent(READ), UNUSED, LocksSeen(number=90, label=BOTH.labels[1], work=(LEFT_READ,)))
    judgement = full_scan.judge(Timeline(plan=BOTH, events=rehearsed(BOTH, *run), outcomes={}), BOTH.labels[1])
    (finding,) = judgement.findings
    assert judgement.status is Status.PASS
    assert "under ACCESS EXCLUSIVE, and whoever uses it waits: ALTER TABLE import_2019" in finding.headline
    assert finding.details[-1].startswith("no statement of a release that serves meanwhile meets import_2019 here")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT raw FROM import_2019",
        'SELECT raw FROM public."import_2019" AS i',
        "SELECT n FROM imports",  # a view, or the table that it is a part of
        "INSERT INTO articles (id) VALUES ($1)",  # its trigger writes there
        "SELECT count_imports($1)",
        "DELETE FROM people WHERE id = $1",  # a foreign key has rows looked up
    ],
)
def test_a_table_that_is_met_in_a_roundabout_way_is_used(statement: str) -> None:
    change = changed("articles", "count_imports", "import_2019", "imports", near=("people",))
    assert weights(asked(), sent(statement), change) == FAILS


def test_who_reads_at_the_other_end_of_a_foreign_key_does_not_meet_it() -> None:
    assert weights(asked(), sent("SELECT name FROM people"), changed("import_2019", near=("people",))) == NOTES


def test_the_users_file_counts_as_sent() -> None:
    assert weights(asked(), sent(READ), Filed(statements=("SELECT raw FROM import_2019",)), UNUSED) == FAILS


def test_a_table_that_an_earlier_step_made_is_nobodys_before_the_code() -> None:
    run = (sent(READ), sent("SELECT raw FROM import_2019", release="new"), MADE, UNUSED)
    assert weights(asked(), *run, work=(LEFT, LEFT_READ, LEFT_SHARED)) == []
    assert weights(asked(When.AT_BOOT), *run) == FAILS
    assert weights(asked(When.AFTER), *run) == FAILS


def test_a_table_that_an_earlier_step_made_may_be_reached_from_one_that_is_used() -> None:
    assert weights(asked(), sent("INSERT INTO articles (id) VALUES ($1)"), MADE, changed("articles")) == FAILS


def test_behind_the_code_the_new_release_uses_what_it_uses() -> None:
    run = (sent("SELECT raw FROM import_2019"), sent(READ, release="new"), UNUSED)
    assert weights(asked(When.AFTER), *run) == NOTES
    assert weights(asked(), *run) == FAILS


@pytest.mark.parametrize(
    "events",
    [
        (asked(), UNUSED),  # no statement is known
        (asked(), sent(), UNUSED),
        (asked(When.AT_BOOT), sent(READ), UNUSED),  # those of the new release are not
        (asked(apart=True), sent(READ), UNUSED),
        (sent(READ), UNUSED),
        (asked(), sent(READ)),  # nor what leads to the table
        (asked(), sent(READ), changed()),
        (asked(), sent(READ), changed("import_2019", statements=("CREATE VIEW imports AS SELECT * FROM import_2019",))),
    ],
)
def test_where_it_cannot_be_told_it_fails(events: tuple[Event, ...]) -> None:
    assert weights(*events) == FAILS


def test_a_lock_on_a_used_table_counts_while_a_table_is_read_that_nobody_uses() -> None:
    lock = TableLock(table="orders", mode="AccessExclusiveLock", taken_by="ALTER TABLE orders ATTACH PARTITION parts")
    step = BOTH.labels[1]
    seen = LocksSeen(number=90, label=step, work=(LEFT_READ,), beside=(WorkBeside(work=LEFT_READ, locks=(lock,)),))
    events = rehearsed(BOTH, asked(), sent(READ), MADE, UNUSED, seen)
    (finding,) = full_scan.judge(Timeline(plan=BOTH, events=events, outcomes={}), step).findings
    assert "import_2019 is read from end to end while ACCESS EXCLUSIVE is held on orders" in finding.headline
