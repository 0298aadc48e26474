"""Requests that waited too long for a lock that a migration held, or queued for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.evidence.checks.check import Check
from harness.evidence.locks import locks_of, short, traffic_of, unseen
from harness.model.cell import ROLLOUT, Status
from harness.model.finding import Finding, Judgement, Weight, judged
from harness.model.locks import Link, LocksSeen, LockWait, Party, TrafficRan, say_mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.timeline import Timeline

#: Of the requests that waited behind one statement, so many are shown.
_MOST_SHOWN = 3


def judge(timeline: Timeline, step: str) -> Judgement:
    """Requests that waited longer than the budget; in both looks, where there was a second.

    Args:
        timeline: What happened.
        step: Label of the step, or ``rollout`` for all of them by one call.
    """
    off = next((e for e in timeline.of(TrafficRan) if not e.clients and e.reason), None)
    ran, seen = traffic_of(timeline, step), locks_of(timeline, step)
    if off is not None and (ran is None or ran is off or not ran.clients):
        return Judgement(status=Status.UNTESTED, reason=off.reason)
    if ran is None or seen is None:
        return unseen(timeline, step)
    if not ran.requests:
        return Judgement(status=Status.UNTESTED, reason="no request was sent while the migration ran")
    groups = _over_budget(seen, timeline.limits.lock_wait_ms)
    second = locks_of(timeline, step, again=True)
    again = _over_budget(second, timeline.limits.lock_wait_ms) if second is not None else None
    own = {label: locks_of(timeline, label) for label in timeline.plan.labels} if step == ROLLOUT else {}
    told = {
        key: label
        for label, locks in own.items()
        if locks is not None
        for key in _over_budget(locks, timeline.limits.lock_wait_ms)
    }
    return judged(
        tuple(
            _tell_once(_finding(group, timeline.limits.lock_wait_ms, ran, (again or {}).get(key)), told.get(key))
            for key, group in groups.items()
            if again is None or key in again
        )
    )


def _tell_once(finding: Finding, label: str | None) -> Finding:
    """What makes requests wait in its own step is told there; of the whole it is only a note."""
    if label is None:
        return finding
    return replace(finding, weight=Weight.NOTE, details=(f"it fails {label} already, see there", *finding.details))


def _over_budget(seen: LocksSeen, budget_ms: float) -> dict[str, list[LockWait]]:
    """The waits that were too long, the longest first, by the statement of the migration that they were behind."""
    groups: dict[str, list[LockWait]] = {}
    for wait in sorted(seen.waits, key=lambda wait: -wait.waited_ms):
        if wait.party is Party.REPLICA and wait.waited_ms > budget_ms:
            groups.setdefault(" ".join(_guilty(wait).statement.split()), []).append(wait)
    return groups


def _guilty(wait: LockWait) -> Link:
    """The nearest link of a chain that is the migration's."""
    return next(link for link in wait.chain if link.party is Party.MIGRATION)


def _finding(group: list[LockWait], budget_ms: float, ran: TrafficRan, again: list[LockWait] | None) -> Finding:
    longest = group[0]
    guilty = _guilty(longest)
    lock = f" ({say_mode(guilty.mode)} on {guilty.on})" if guilty.mode else f" ({guilty.on})"
    verb = "held by" if guilty.holds else "queued for by"
    behind = longest.chain[longest.chain.index(guilty) + 1 :]
    head = f", itself behind {_say_who(behind[-1])}" if behind else ""
    return Finding(
        headline=f"requests waited up to {longest.waited_ms:.0f} ms (budget {budget_ms:g} ms) for what is {verb} "
        f"{short(guilty.statement) or 'the migration'}{lock}{head}",
        details=tuple(_details(group, ran, again)),
        remedy=_remedy(longest, guilty, behind),
    )


def _details(group: list[LockWait], ran: TrafficRan, again: list[LockWait] | None) -> Iterator[str]:
    for wait in group[:_MOST_SHOWN]:
        how = "" if wait.granted else ", in vain,"
        request = f", for {wait.request}" if wait.request else ""
        yield (
            f"{wait.who} waited {wait.waited_ms:.0f} ms{how} for {say_mode(wait.mode)} on {wait.on}{request}: "
            f"{short(wait.statement)}"
        )
    if len(group) > _MOST_SHOWN:
        yield f"and {len(group) - _MOST_SHOWN} more that waited too long"
    for link in group[0].chain:
        yield _say_link(link)
    if ran.refused_after_ms:
        after = ", ".join(f"{after_ms:.0f} ms" for after_ms in ran.refused_after_ms)
        yield f"the migration gave up its lock after {after} (lock_timeout), and was run again"
    yield (
        f"traffic: {ran.clients} clients, {ran.requests} requests, {ran.lost} without a response; the slowest took "
        f"{ran.slowest_ms:.0f} ms"
    )
    if again:
        yield f"the second look shows it too: up to {again[0].waited_ms:.0f} ms"


def _say_who(link: Link) -> str:
    return f"{link.who} (long_transaction_s)" if link.party is Party.REHEARSAL else link.who


def _say_link(link: Link) -> str:
    what = "held" if link.holds else "was queued for"
    mode = f"{say_mode(link.mode)} on " if link.mode else ""
    text = f"behind {_say_who(link)}, which {what} {mode}{link.on}"
    if link.statement:
        text += f": {short(link.statement)}"
    if link.meanwhile:
        ran = ", ".join(f"{short(statement)} ({ms:.0f} ms)" for statement, ms in link.meanwhile)
        text += f"; in the same transaction ran {ran}"
    return text


def _remedy(wait: LockWait, guilty: Link, behind: tuple[Link, ...]) -> str:
    if behind:
        return (
            "SET lock_timeout in the migration to less than the budget, and run it again where it gives up: a lock "
            "that is queued for stops everybody behind it"
        )
    if wait.on.startswith("a row of"):
        return "change rows in batches, each in a transaction of its own"
    if guilty.meanwhile:
        return (
            "end the transaction behind the statement that takes the lock: transaction_per_migration = True in env.py, "
            "and what takes long in a revision of its own"
        )
    return "look for a form of the statement that does not read or write the table while it holds the lock"


CHECK = Check(
    name="lock-wait",
    title="does no request wait too long behind the migration?",
    judge=judge,
    rollout=True,
    of_steps=True,
    old_alone=False,
)
