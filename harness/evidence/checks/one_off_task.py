"""One-off tasks that fail, that do more when they are run again, or that those who serve do not live with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.differences import say_difference
from harness.evidence.failures import elsewhere, group_failures, say_failure
from harness.evidence.locks import short
from harness.model.cell import Status
from harness.model.events import Asked
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.locks import Party, say_mode
from harness.model.task import TaskRan, TaskTried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.failures import Elsewhere
    from harness.evidence.timeline import Timeline
    from harness.model.task import Repeat

_RERUNNABLE = (
    "let a run look for what is still to be done (WHERE total IS NULL, ON CONFLICT DO NOTHING), so that it may be "
    "repeated and cut off anywhere"
)


_ATOMIC = (
    "commit together what requests must not see apart, and lock what is read before it is written (SELECT ... FOR "
    "UPDATE): by then it is old"
)


def judge(timeline: Timeline, step: str) -> Judgement:  # noqa: ARG001  it asks of the rollout alone
    """What came of each task, wherever it was run.

    Args:
        timeline: What happened.
        step: ``rollout``.
    """
    names = next((asked.tasks for asked in timeline.of(Asked)), ())
    tried = {event.task: event for event in timeline.of(TaskTried)}
    failed: dict[str, TaskRan] = {}
    for ran in timeline.of(TaskRan):
        if ran.error:
            failed.setdefault(ran.task, ran)
    other = elsewhere(timeline)
    findings = [_say_failed(ran) for ran in failed.values()]
    for event in tried.values():
        findings.extend(_findings(event, timeline.limits.lock_wait_ms, other))
    judgement = judged(tuple(findings))
    if judgement.status is Status.FAIL:
        return judgement
    unseen = [name for name in names if name not in tried]
    if unseen:
        reason = timeline.why_stopped() or "the rehearsal ended before"
        return Judgement(status=Status.UNTESTED, reason=f"{', '.join(unseen)} was never tried: {reason}")
    idle = [event.task for event in tried.values() if not event.written]
    if idle:
        reason = f"{', '.join(idle)} wrote nothing: the journeys and the seed leave nothing for it to do"
        return Judgement(status=Status.UNTESTED, reason=reason, findings=judgement.findings)
    unseen = [event.task for event in tried.values() if event.beside_s is None or not event.torn]
    if unseen:
        reason = f"{', '.join(unseen)} was never cut off in what it wrote, or nobody served beside it"
        return Judgement(status=Status.UNTESTED, reason=reason, findings=judgement.findings)
    return judgement


def _say_failed(ran: TaskRan) -> Finding:
    return Finding(
        headline=f"{ran.task} fails: {ran.error}",
        details=tuple(f"it printed: {line}" for line in ran.output),
        remedy="see whether it is run at the right point (when =, step =), and on what it relies there",
    )


def _findings(tried: TaskTried, budget_ms: float, other: Elsewhere) -> Iterator[Finding]:
    name = tried.task
    repeats = [(f"run twice, {name}", tried.twice)] if tried.twice is not None else []
    repeats += [(f"killed at {short(repeat.statement)} and run again, {name}", repeat) for repeat in tried.torn]
    groups: dict[tuple[object, ...], list[tuple[str, Repeat]]] = {}
    for where, repeat in repeats:
        groups.setdefault((repeat.error, repeat.schema, repeat.rows), []).append((where, repeat))
    for key, ((where, repeat), *more) in groups.items():
        if key != ("", (), ()):
            yield _say_repeat(where, repeat, killed=sum(other.statement != "" for _, other in more))
    for unserved in tried.unserved:
        who = f"{unserved.journey} fails through {unserved.replica}" if unserved.journey else "it fails"
        yield Finding(
            headline=f"{name} is run, and {who}: {unserved.reason}",
            details=(f"run {tried.point}; {unserved.journey} went well before it",) if unserved.journey else (),
            remedy="write only what whoever serves then can read, or run the task once they are gone (when =)",
            sqlstates=unserved.sqlstates,
        )
    longest = next((w for w in tried.waits if w.party is Party.REPLICA and w.waited_ms > budget_ms), None)
    if longest is not None:
        yield Finding(
            headline=f"requests waited up to {longest.waited_ms:.0f} ms (budget {budget_ms:g} ms) for "
            f"{say_mode(longest.mode)} on {longest.on}, which {name} held",
            details=(f"{longest.who} waited with {short(longest.statement)}",),
            remedy="change rows in batches, each in a transaction of its own",
        )
    told = frozenset(unserved.journey for unserved in tried.unserved)
    for group in group_failures(tried.met, other, told):
        yield say_failure(group, f"{name} runs", _ATOMIC)
    if tried.lost:
        yield Finding(
            headline=f"{tried.lost} of {tried.requests} requests got no response while {name} ran", weight=Weight.NOTE
        )


def _say_repeat(where: str, repeat: Repeat, killed: int) -> Finding:
    """What a second run does, and at so many other points likewise."""
    also = (f"the same where it is killed at one of {killed} statements and run again",) if killed else ()
    if repeat.error:
        details = tuple(f"it printed: {line}" for line in repeat.output)
        headline = f"{where} fails: {repeat.error}"
    elif repeat.schema:
        first, *rest = map(say_difference, repeat.schema)
        details, headline = tuple(rest), f"{where} leaves another schema than run once: {first}"
    else:
        details, headline = (), f"{where} leaves other rows in {', '.join(repeat.rows)} than run once"
    return Finding(headline=headline, details=(*details, *also), remedy=_RERUNNABLE)


CHECK = Check(
    name="one-off-task",
    title="can each task be run beside traffic, cut off, and run again?",
    judge=judge,
    each_step=False,
    rollout=True,
    old_alone=False,
    of_tasks=True,
)
