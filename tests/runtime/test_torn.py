"""What is done to tear a migration, and what counts as other rows, where databases are compared by their columns."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.model.events import Migrated
from harness.model.release import ReleaseName
from harness.model.schema import ObjectKind, SchemaObject
from harness.model.torn import Torn
from harness.plan.traffic_steps import TearMigration
from harness.runtime import torn
from harness.runtime.torn import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model.events import Event


def column(table: str, name: str, **attributes: str) -> SchemaObject:
    return SchemaObject(
        kind=ObjectKind.COLUMN, identity=f"column {table}.{name}", name=name, owner=table, attributes=attributes
    )


SCHEMA = (
    column("tags", "id", default="nextval('tags_id_seq'::regclass)"),
    column("tags", "name", default="none"),
    column("turns", "id", default="none", identity="always"),
)
WHOLE = State(SCHEMA, {("tags", "id"): "1..10", ("tags", "name"): "a..j", ("turns", "id"): "1..3"})


def unlike(**other: str) -> set[str]:
    changed = {tuple(key.split("__")): digest for key, digest in other.items()}
    found = WHOLE.rows_unlike(State(SCHEMA, {**WHOLE.columns, **changed}))  # type: ignore[dict-item]
    return {".".join(key) for key in found}


def test_numbers_of_a_sequence_alone_are_no_other_rows() -> None:
    assert unlike() == set()
    assert unlike(tags__id="1..5, 11..15") == set()
    assert unlike(tags__id="1..20", tags__name="a..j, a..j") == {"tags.id", "tags.name"}
    assert unlike(tags__name="a..i") == {"tags.name"}


def test_those_of_a_table_that_has_nothing_else_are() -> None:
    assert unlike(turns__id="1..6") == {"turns.id"}


class Hands:
    """Those of a rehearsal whose migrations are one transaction each; what costs something is written down."""

    can_kill_migrator = True
    redact = SimpleNamespace()

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.observer = SimpleNamespace(take=lambda _: [], show=str)
        self.workspace = SimpleNamespace(
            clone=lambda source, target: self.calls.append(f"copy {source} to {target}"),
            drop=lambda name: self.calls.append(f"drop {name}"),
            rename=lambda source, target: self.calls.append(f"rename {source} to {target}"),
        )

    def migrator_name(self, database: str) -> str:
        return f"migrator of {database}"

    def migrator(self, database: str) -> SimpleNamespace:
        def upgrade(revision: str) -> None:
            self.calls.append(f"run {revision} on {database}")

        def upgrade_until_killed(revision: str, point: int) -> bool:
            self.calls.append(f"run {revision} on {database}, killed at {point}")
            return point == 1

        return SimpleNamespace(upgrade=upgrade, upgrade_until_killed=upgrade_until_killed)

    def renew_migrator(self, _: str) -> None:
        return

    def contents(self, database: str) -> tuple[tuple[SchemaObject, ...], dict[tuple[str, str], str]]:
        self.calls.append(f"look at {database}")
        return SCHEMA, {}


@pytest.fixture
def tear(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], list[str]]:
    """Tears one step of the plan, by its number and revision; gives what was done for it."""
    monkeypatch.setattr(torn, "capture_sequences", lambda *_: {})
    monkeypatch.setattr(torn, "put_back_sequences", lambda *_: None)
    hands: Any = Hands()
    traffic: Any = SimpleNamespace()
    events: list[Event] = []
    tearing = torn.Tearing(hands, traffic, events.append, itertools.count(1))

    def do(number: int, revision: str) -> list[str]:
        hands.calls.clear()
        events.clear()
        step = TearMigration(
            source="lane",
            target="half",
            revision=revision,
            label=revision,
            aside="torn",
            replica="old-torn",
            release=ReleaseName.OLD,
            journeys=("a_story",),
        )
        tearing.do(number, step)
        assert [type(event) for event in events] == [Torn, Migrated]
        return list(hands.calls)

    return do


def test_the_copy_on_which_nobody_disturbed_the_migration_takes_the_place_of_the_source(
    tear: Callable[[int, str], list[str]],
) -> None:
    assert tear(7, "0002") == [
        "look at lane",
        "copy lane to half",
        "run 0002 on half, killed at 1",
        "look at half",
        "run 0002 on half",
        "look at half",
        "copy lane to half",
        "run 0002 on half, killed at 2",
        "look at half",
        "drop lane",
        "rename half to lane",
    ]


def test_what_is_known_of_the_source_is_not_looked_at_again_unless_something_came_in_between(
    tear: Callable[[int, str], list[str]],
) -> None:
    assert "look at lane" in tear(7, "0002")
    assert "look at lane" not in tear(8, "0003")
    assert "look at lane" in tear(10, "0004")
