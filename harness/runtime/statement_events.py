"""Tells of the old release's statements: those that are new, and whether a schema still has what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.observed import Sent, StatementsPlanned, Unplannable
from harness.model.release import ReleaseName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model.cell import Cell
    from harness.plan.steps import PlanStatements
    from harness.runtime.environment import Stagehands
    from harness.runtime.observer import Logged


def tell_new_statements(
    hands: Stagehands, logged: list[Logged], *, number: int, cell: Cell, journey: str
) -> Iterator[Sent]:
    """The old release's statements that were not known before.

    Args:
        hands: Knows the others.
        logged: What was sent and refused.
        number: Step of the plan.
        cell: In which cell.
        journey: During which journey; the empty string where that is not known.
    """
    new = []
    for item in logged:
        replica = hands.fleet.get(item.replica)
        is_old = replica is not None and replica.release.name is ReleaseName.OLD
        if is_old and item.error is None and hands.statements.learn(item.statement):
            new.append(hands.observer.show(item.statement))
    if new:
        yield Sent(number=number, cell=cell, release=ReleaseName.OLD, journey=journey, statements=tuple(new))


def tell_planned(hands: Stagehands, number: int, step: PlanStatements) -> StatementsPlanned:
    """Has every known statement planned, and tells what came of it.

    Args:
        hands: Knows them.
        number: Step of the plan.
        step: On which schema.
    """
    planned, refused = hands.workspace.plan(hands.statements, step.database)
    return StatementsPlanned(
        number=number,
        label=step.label,
        sent=sum(known.sent for known in planned),
        filed=sum(not known.sent for known in planned),
        left_out=hands.statements.left_out,
        refused=tuple(
            Unplannable(
                statement=hands.observer.show(item.known.text),
                sqlstate=item.sqlstate,
                message=hands.redact(item.message),
                sent=item.known.sent,
            )
            for item in refused
        ),
    )
