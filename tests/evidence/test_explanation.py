"""Which of several steps explains what PostgreSQL refused behind all of them."""

from __future__ import annotations

import pytest

from harness.evidence.explanation import find_best
from harness.model.events import SchemaChanged
from harness.model.observed import SqlError
from harness.model.schema import Deed, ObjectKind, SchemaChange

VIOLATED = SqlError(
    replica="new-control",
    sqlstate="23503",
    message='insert or update on table "nodes" violates foreign key constraint "nodes_twin"',
    statement="INSERT INTO nodes (code, twin) VALUES ($1, $2)",
)
KEY = "FOREIGN KEY (twin) REFERENCES nodes(code)"


def step(number: int, text: str, deed: Deed = Deed.CHANGED, name: str = "nodes_twin") -> SchemaChanged:
    change = SchemaChange(
        deed=deed,
        kind=ObjectKind.CONSTRAINT,
        name=f"nodes.{name}",
        text=text,
        names=("nodes", name),
        owners=("nodes",),
    )
    return SchemaChanged(number=number, label=f"000{number}", changes=(change,))


LOOSENED = step(2, f"constraint nodes.nodes_twin: {KEY} DEFERRABLE -> {KEY} DEFERRABLE INITIALLY DEFERRED")
TIGHTENED = step(6, f"constraint nodes.nodes_twin: {KEY} DEFERRABLE INITIALLY DEFERRED -> {KEY}")
ADDED = step(2, f"added constraint nodes.nodes_twin ({KEY} NOT VALID, validated false)", Deed.ADDED)
ADDED_AGAIN = step(6, f"added constraint nodes.nodes_twin ({KEY}, validated true)", Deed.ADDED)
VALIDATED = step(6, f"constraint nodes.nodes_twin: {KEY} NOT VALID -> {KEY}, validated false -> true")
UNENFORCED = step(6, "constraint nodes.nodes_twin: enforced true -> false")
OTHER = step(6, f"added constraint nodes.nodes_code ({KEY}, validated true)", Deed.ADDED, name="nodes_code")


@pytest.mark.parametrize(
    ("first", "last", "guilty"),
    [
        (LOOSENED, TIGHTENED, TIGHTENED),
        (ADDED, ADDED_AGAIN, ADDED_AGAIN),
        (ADDED, VALIDATED, ADDED),
        (LOOSENED, UNENFORCED, LOOSENED),
        (ADDED, OTHER, ADDED),
    ],
)
def test_of_several_steps_that_made_something_of_one_thing_the_last_one_is_the_cause(
    first: SchemaChanged, last: SchemaChanged, guilty: SchemaChanged
) -> None:
    found = find_best(VIOLATED, [(first, False), (last, False)])
    assert found is not None
    assert found.text == f"{guilty.label} {guilty.changes[0].text}"


@pytest.mark.parametrize("ahead", [None, True])
def test_a_step_that_may_not_have_been_made_yet_takes_no_earlier_ones_place(ahead: bool | None) -> None:
    found = find_best(VIOLATED, [(LOOSENED, False), (TIGHTENED, ahead)])
    assert found is not None
    assert found.text.startswith(LOOSENED.label)
