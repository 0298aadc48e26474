"""Requests that got no response while replicas were replaced."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.failures import broken_in, is_answered_badly, say_answer, signature
from harness.evidence.locks import unsent
from harness.model.availability import Retired, Served
from harness.model.cell import ROLLOUT, Actor, Cell, Status
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.rollout import Drain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from harness.evidence.failures import Signature
    from harness.evidence.timeline import Timeline
    from harness.model.exchange import TrafficFailure

#: Of the requests that were lost in one state, so many are named.
_MOST_NAMED = 3
#: "Service Unavailable" (RFC 9110, section 15.6.4) is what a replica says that takes no more.
_UNAVAILABLE = 503


def judge(timeline: Timeline, step: str) -> Judgement:
    """What was lost: under way when a replica was told to stop, sent to it afterwards, or with nobody to take it.

    Args:
        timeline: What happened.
        step: ``rollout``.
    """
    served, retired = tuple(timeline.of(Served)), tuple(timeline.of(Retired))
    if not served:
        return unsent(timeline, step)
    if not any(state.requests for state in served):
        return Judgement(status=Status.UNTESTED, reason="no request was sent while replicas were replaced")
    told = broken_in(timeline, {Cell(ROLLOUT, actor) for actor in (Actor.OLD, Actor.MIXED, Actor.NEW)})
    lost = (*_cut_off(retired), *_sent_after(retired), *_refused(served, retired))
    return judged((*lost, *_failed(served, told), *_down(served)))


def _cut_off(retired: tuple[Retired, ...]) -> Iterator[Finding]:
    """A request that was under way when its replica was told to stop."""
    lost = [item for item in retired if item.held is not None and item.held.status is None]
    if lost:
        names = ", ".join(item.replica for item in lost)
        yield Finding(
            headline=f"{names} dropped the request that was under way when told to stop",
            details=tuple(
                f"{item.replica}: {item.held.line}, half of whose body had been sent before SIGTERM, got no response"
                for item in lost
                if item.held is not None
            ),
            remedy="on SIGTERM, take no more connections, answer what is under way, and exit then; uvicorn, gunicorn "
            "and hypercorn do, where they are the process that gets the signal: a shell does not hand it on",
        )
    unasked = [item for item in retired if item.held is None]
    if unasked:
        yield Finding(
            headline="no request was under way when replicas were told to stop: no journey sends one with a body",
            weight=Weight.NOTE,
        )


def _sent_after(retired: tuple[Retired, ...]) -> Iterator[Finding]:
    """Requests that a load balancer still sent to a replica that had been told to stop."""
    for item in retired:
        if item.drain is Drain.AFTER and item.lost_after:
            yield Finding(
                headline=f"{item.replica} lost requests that it got before the load balancer knew that it stops",
                details=(f"{item.lost_after} of {item.sent_after} of them got no response",),
                remedy="go on serving for some seconds after SIGTERM, or have a preStop hook sleep, so that the load "
                'balancer knows first; where it does, say so with drain = "before" under [strategy]',
            )
        elif item.drain is Drain.AFTER and not item.sent_after:
            yield Finding(
                headline=f"no request reached {item.replica} after it was told to stop, so nothing is known of them",
                weight=Weight.NOTE,
            )


def _refused(served: tuple[Served, ...], retired: tuple[Retired, ...]) -> Iterator[Finding]:
    """Lost beyond what replicas that were stopping lost: somebody who was to serve did not."""
    for state in served:
        earlier = max((other.number for other in served if other.number < state.number), default=0)
        stopping = sum(item.lost_after for item in retired if earlier < item.number < state.number)
        if state.lost > stopping:
            yield Finding(
                headline=f"{state.lost - stopping} of {state.requests} requests got no response while {state.state}",
                details=(_say(state), *_name_lost(state)),
                remedy="look into the replicas' logs: none of those that had to answer was stopping",
            )


def _failed(served: tuple[Served, ...], told: Collection[str]) -> Iterator[Finding]:
    """Answers that say that something went wrong: what depends on the moment is no more than a note."""
    alone, *later = sorted(served, key=lambda state: state.number)
    usual = {signature(failure) for failure in alone.failures}
    failed: dict[Signature, list[tuple[Served, TrafficFailure]]] = {}
    for state in later:
        for failure in filter(is_answered_badly, state.failures):
            new = failure.journey not in told and signature(failure) not in usual
            if new and failure.status != _UNAVAILABLE:
                failed.setdefault(signature(failure), []).append((state, failure))
    for found in failed.values():
        states = ", and while ".join(dict.fromkeys(state.state for state, _ in found))
        codes = tuple(dict.fromkeys(code for _, failure in found for code in failure.sqlstates))
        said = f" ({', '.join(codes)})" if codes else ""
        yield Finding(
            headline=f"{say_answer(found[0][1])}{said} while replicas were replaced",
            weight=Weight.NOTE,
            details=(f"{len(found)} times, in {found[0][1].journey}, while {states}; never while {alone.state}",),
            sqlstates=codes,
        )


def _down(served: tuple[Served, ...]) -> Iterator[Finding]:
    """Downtime that the strategy means to have; it is told, and fails nothing."""
    down = [state for state in served if state.unserved]
    if down:
        seconds = sum(state.duration_s for state in down)
        yield Finding(
            headline=f"downtime: nobody served for {seconds:.1f} s, and {sum(s.unserved for s in down)} requests found "
            "no replica",
            weight=Weight.NOTE,
            details=tuple(_say(state) for state in down),
        )


def _name_lost(state: Served) -> Iterator[str]:
    """Which requests these were, those that are alike once, the most frequent first."""
    lost = Counter((one.replica, one.line) for one in state.sent if one.status is None)
    for (replica, line), times in sorted(lost.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMED]:
        yield f"{replica}: {line}, {times} of {sum(one.line == line for one in state.sent)} without a response"
    if len(lost) > _MOST_NAMED:
        yield f"and {len(lost) - _MOST_NAMED} more"


def _say(state: Served) -> str:
    unserved = f", {state.unserved} found no replica" if state.unserved else ""
    return (
        f"{state.state}: {state.requests - state.lost} of {state.requests} requests answered{unserved} in "
        f"{state.duration_s:.2f} s; the slowest took {state.slowest_ms:.0f} ms"
    )


CHECK = Check(
    name="lost-request",
    title="is every request answered while replicas are replaced?",
    judge=judge,
    each_step=False,
    rollout=True,
    old_alone=False,
)
