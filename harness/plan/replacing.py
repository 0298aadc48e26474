"""Decides how replicas are replaced while clients ask for something all the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from harness.model.cell import TRAFFIC, Actor, Cell
from harness.model.release import ReleaseName
from harness.model.rollout import Kind, plan_rollout
from harness.plan.steps import Replica, StartReplicas
from harness.plan.subject import DEPLOYED, names_of, start_in_rollout
from harness.plan.traffic_steps import CloseTraffic, CountTraffic, OpenTraffic, RetireReplicas, RouteTraffic

if TYPE_CHECKING:
    from harness.plan.builder import PlanBuilder
    from harness.plan.subject import Subject


#: The state between the last old replica and the first new one.
_NOBODY = "nobody serves"


def plan_replacement(builder: PlanBuilder, subject: Subject, old: tuple[str, ...]) -> tuple[str, ...]:
    """Replaces the old replicas that run by new ones as the strategy says, and counts every request in every state.

    Args:
        builder: Its current track has the old replicas running.
        subject: What the plan is made for.
        old: Names of the old replicas.

    Returns:
        Names of the new ones.
    """
    new = tuple(
        Replica(name=f"new-replaced-{index + 1}", release=ReleaseName.NEW, database=DEPLOYED, boot=subject.new_boot)
        for index in range(subject.strategy.replicas)
    )
    builder.add(OpenTraffic(replicas=old, load=subject.load), CountTraffic(state=_say(old)))
    match subject.strategy.kind:
        case Kind.RECREATE:
            builder.add(_retire(subject, old), _start(subject, new, first=True), CountTraffic(state=_NOBODY))
            builder.add(RouteTraffic(replicas=names_of(new)), CountTraffic(state=_say(names_of(new))))
        case Kind.BLUE_GREEN:
            builder.add(_start(subject, new, first=True), CountTraffic(state=f"{_say(old)}, the others wait"))
            builder.add(RouteTraffic(replicas=names_of(new)), CountTraffic(state=f"{_say(names_of(new))}, switched"))
            builder.add(_retire(subject, old, names_of(new)), CountTraffic(state=_say(names_of(new))))
        case Kind.ROLLING | Kind.CANARY:
            _replace(builder, subject, old, new)
        case _:
            assert_never(subject.strategy.kind)
    builder.add(CloseTraffic())
    return names_of(new)


def _replace(builder: PlanBuilder, subject: Subject, old: tuple[str, ...], new: tuple[Replica, ...]) -> None:
    """A few at a time."""
    running, joined = list(old), list[str]()
    for change in plan_rollout(subject.strategy):
        if change.start:
            builder.add(_start(subject, new[change.index - 1 : change.index], first=not joined))
            joined.append(new[change.index - 1].name)
            if not running and len(joined) == 1:
                builder.add(CountTraffic(state=_NOBODY))
            builder.add(RouteTraffic(replicas=(*running, *joined)))
        else:
            builder.add(_retire(subject, (running.pop(0),), tuple(joined)))
        builder.add(CountTraffic(state=_say((*running, *joined)) if running or joined else _NOBODY))


def _start(subject: Subject, replicas: tuple[Replica, ...], *, first: bool) -> StartReplicas:
    return start_in_rollout(subject, replicas, Cell(TRAFFIC, Actor.NEW), moves_schema=first and subject.at_boot)


def _retire(subject: Subject, names: tuple[str, ...], once_ready: tuple[str, ...] = ()) -> RetireReplicas:
    return RetireReplicas(replicas=names, drain=subject.strategy.drain, once_ready=once_ready)


def _say(names: tuple[str, ...]) -> str:
    return f"{', '.join(names)} {'serves' if len(names) == 1 else 'serve'}"
