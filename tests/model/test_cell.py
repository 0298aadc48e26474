"""Cells by name, and the order of their statuses."""

from __future__ import annotations

from harness.model.cell import BASE, ROLLOUT, ROLLOUT_ACTORS, SEVERITY, STEP_ACTORS, Actor, Cell, Status


def test_a_cell_is_written_as_step_and_actor() -> None:
    assert str(Cell("0007_unit_price", Actor.OLD_WARM)) == "0007_unit_price-old-warm"
    assert str(Cell(BASE, Actor.CONTROL)) == "base-control"
    assert str(Cell("0007_unit_price", Actor.EARLIER, "v1")) == "0007_unit_price-earlier-v1"
    assert f"{Cell(ROLLOUT, Actor.NEW_CONTROL)}" == "rollout-new-control"


def test_every_status_has_a_severity_and_a_pass_hides_nothing() -> None:
    assert sorted(SEVERITY) == sorted(Status)
    assert SEVERITY[0] is Status.FAIL
    assert SEVERITY[-1] is Status.PASS


def test_every_actor_is_asked_at_each_step_or_once_or_apart() -> None:
    apart = (
        Actor.CONTROL,
        Actor.NEW_CONTROL,
        Actor.EARLIER,
    )  # who is earlier than the old one is no cell of the matrix
    assert sorted((*STEP_ACTORS, *ROLLOUT_ACTORS, *apart)) == sorted(Actor)
