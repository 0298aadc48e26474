"""Why a journey fails: what the guilty step did, or what else there is to know, and what to do instead."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.evidence.blame import split_of
from harness.evidence.causes import Cause, describe, explain_by_data, explain_rest, find_cause
from harness.evidence.outcome import NEW_ACTORS
from harness.model.cell import BOOT_ACTORS, ROLLOUT, Actor
from harness.model.events import Attempted, Event, MigrationFailed, ReplicaFailed, SchemaChanged
from harness.model.schema import Deed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.outcome import Evidence, Outcome
    from harness.model.observed import SqlError
    from harness.model.schema import SchemaChange
    from harness.plan.steps import Plan

#: SQLSTATEs of what is not there: a column, a table, a function, any other object (manual, "PostgreSQL Error Codes").
_UNDEFINED = frozenset({"42703", "42P01", "42883", "42704"})
_NO_COLUMN = "42703"
_NO_ROLE = re.compile(r'role "([^"]+)" does not exist')
#: What helps where somebody holds a lock that a migration cannot do without.
_LET_GO = (
    "end each transaction soon, reads too (an open one holds its locks; what a migration does belongs on "
    "one connection): the rehearsal gives up here, production waits as long as lock_timeout says, and every request "
    "behind it"
)
#: What helps where the old release makes tables by itself, of a tenant say, which it does behind a migration too.
_MADE_BY_CODE = (
    "let the release before make such tables as the migration leaves them, or the new one add what they lack"
)
#: Nothing is known that explains it.
_UNKNOWN = Cause(text="", remedy="")


def explain(  # noqa: PLR0911  one sentence for each reason
    outcome: Outcome, evidence: Evidence, plan: Plan, events: tuple[Event, ...]
) -> Cause:
    """What the guilty step did that explains the failure, and what to do instead.

    Args:
        outcome: One journey in one cell.
        evidence: What of it is told.
        plan: Its steps.
        events: What happened, for what the steps did.
    """
    guilty = outcome.inherited_from or outcome.cell.step
    changed = next((event for event in events if isinstance(event, SchemaChanged) and event.label == guilty), None)
    if changed is None and outcome.cell.step == ROLLOUT and not isinstance(evidence, MigrationFailed):
        return _explain_rollout(outcome.cell.actor, evidence, plan, events)
    if isinstance(evidence, MigrationFailed):
        return _explain_migration(evidence)
    if changed is None:
        return _UNKNOWN
    if not evidence.sql:
        if isinstance(evidence, ReplicaFailed):
            return _explain_start(outcome.cell.actor, guilty, describe(changed))
        text = f"no statement failed: it is the data, or the application's own view of it ({describe(changed)})"
        return Cause(text=text, remedy="")
    behind = outcome.cell.actor is Actor.NEW_WARM and outcome.inherited_from is None
    in_rollout, later = outcome.cell.step == ROLLOUT, guilty in plan.labels[split_of(plan) :]
    ahead = outcome.cell.actor in NEW_ACTORS and (later if in_rollout else not behind)
    known = None if in_rollout and later else ahead  # there replicas live through the step
    cause = find_cause(evidence.sql[0], changed.changes, changed.written, ahead=known, statements=changed.statements)
    if cause is None:
        return explain_rest(evidence.sql[0], f"{guilty}{' is not there yet' if ahead else ''}: {describe(changed)}")
    if ahead:
        text = f"{guilty} is not there yet: {cause.text}"
        return Cause(text=text, remedy="run this step before the code that needs it")
    return replace(cause, text=f"{guilty} {cause.text}")


def _explain_migration(failed: MigrationFailed) -> Cause:
    if failed.held:
        return Cause(text=failed.held, remedy=_LET_GO)
    if failed.sqlstate == "42501" and "permission denied to create role" in failed.error:
        text = (
            "a role belongs to the whole server, which the rehearsal shares between databases: its migrator makes none"
        )
        remedy = "name it by roles under [database], and let the migration create it only where pg_roles has none"
        return Cause(text=text, remedy=remedy)
    role = _NO_ROLE.search(failed.error) if failed.sqlstate in _UNDEFINED else None
    if role is None:
        return _UNKNOWN
    text = f"the rehearsal's own PostgreSQL has the roles of the rehearsal alone, and no {role[1]}"
    return Cause(text=text, remedy=f'name it by roles = ["{role[1]}"] under [database]')


def _explain_start(actor: Actor, guilty: str, changes: str) -> Cause:
    """PostgreSQL refused nothing: the application itself will not start, or be ready, on the schema that it finds."""
    if actor in NEW_ACTORS:
        text = f"{guilty} is not there yet, and the application does not go without it ({changes})"
        return Cause(text=text, remedy="")
    if actor in BOOT_ACTORS:
        why = (
            f"PostgreSQL refused nothing: behind {guilty} the version table has a revision that the old release has not"
        )
        remedy = "migrate by a job of the new release, not at each start, or let boot pass over unknown revisions"
        return Cause(text=why, remedy=remedy)
    why = f"PostgreSQL refused nothing: the application itself looks at the schema, or its version, behind {guilty}"
    remedy = "let a release start, and be ready, on a schema that is newer than its own"
    return Cause(text=f"{why} ({changes})", remedy=remedy)


def _explain_rollout(actor: Actor, evidence: Attempted | ReplicaFailed, plan: Plan, events: tuple[Event, ...]) -> Cause:
    """In the rollout no step is guilty by itself: the change of the step that explains it best, or the data."""
    if not evidence.sql:
        is_data = isinstance(evidence, Attempted)
        text = "no statement failed: it is the data, or what the other release wrote"
        return Cause(text=text, remedy="") if is_data else _UNKNOWN
    later = () if actor is Actor.NEW_CONTROL else plan.labels[split_of(plan) :]
    error, steps = evidence.sql[0], [event for event in events if isinstance(event, SchemaChanged)]
    cause = find_best(error, [(event, None if event.label in later else False) for event in steps])
    if cause is not None:
        return cause
    if actor is Actor.NEW_CONTROL and error.sqlstate in _UNDEFINED:
        text = "the new release has it neither from the old one nor by a migration of its own: one may be missing"
        return Cause(text=text, remedy="add the migration that the code needs")
    if actor is Actor.NEW_CONTROL:
        return _UNKNOWN
    missed = find_best(error, [(event, True) for event in steps]) if error.sqlstate == _NO_COLUMN else None
    if missed is not None:
        text = f"{missed.text}, and it is not there all the same: the code itself may have made that table, without it"
        return Cause(text=text, remedy=_MADE_BY_CODE)
    return explain_by_data(error)


def find_best(error: SqlError, steps: Iterable[tuple[SchemaChanged, bool | None]]) -> Cause | None:
    """What explains an error best of all that steps did; of several the first.

    Of several that made something else of the very same thing it is the last of those that had been made: the others
    are no more.

    Args:
        error: What PostgreSQL refused.
        steps: What they did, in their order, and whether each had not been made when it was refused; None where that is
            not known.
    """
    found = []
    for event, ahead in steps:
        cause = find_cause(error, event.changes, event.written, ahead=ahead, statements=event.statements)
        if cause is not None:
            found.append((replace(cause, text=f"{event.label} {cause.text}"), ahead))
    best = max((cause for cause, _ in found), key=lambda cause: cause.weight, default=None)
    for cause, ahead in found:
        if (
            best is not None
            and ahead is False
            and cause.weight == best.weight
            and _is_replaced(best.change, cause.change)
        ):
            best = cause
    return best


def _is_replaced(change: SchemaChange | None, later: SchemaChange | None) -> bool:
    """Whether a later change of the same object leaves nothing of one: it goes on from what that one had made."""
    if change is None or later is None or change is later:
        return False
    if (change.deed, change.kind, change.name) != (later.deed, later.kind, later.name):
        return False
    if change.deed is not Deed.CHANGED:
        return True  # it came twice, so it was gone in between
    _, _, after = change.text.rpartition(" -> ")
    _, _, told = later.text.partition(": ")
    return f" {told.partition(' -> ')[0]}".endswith(f" {after}")
