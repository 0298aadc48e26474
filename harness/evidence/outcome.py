"""What came of one journey in one cell, and what makes two failures the same one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from harness.model.cell import Actor, Cell, Status
from harness.model.events import Attempted, MigrationFailed, ReplicaFailed

if TYPE_CHECKING:
    from harness.model.observed import SqlError

#: What can be shown for a failure.
Evidence: TypeAlias = Attempted | ReplicaFailed | MigrationFailed

#: Where a copy comes from that was started in the cell itself.
FRESH = "fresh"
#: Where the old release is asked whether it can live with a step.
OLD_HALF = (Actor.OLD_WARM, Actor.OLD_COLD)
#: Cells in which the new one meets a step, before it and behind it.
NEW_HALF = (Actor.NEW_AHEAD, Actor.NEW_WARM)
#: Cells in which the new release alone answers: a bug of its own shows in its control run too.
NEW_ACTORS = frozenset({Actor.NEW_AHEAD, Actor.NEW_WARM, Actor.NEW})

_VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b", re.IGNORECASE)
#: Codes of the SQL standard and PostgreSQL's own ones (PostgreSQL's manual, appendix A), as a signature begins.
_SQLSTATE = re.compile(r"(?=\S*\d)[0-9A-Z]{5} ")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One journey in one cell.

    Args:
        cell: Step and actor.
        journey: The journey's name.
        status: What came of it.
        reason: One sentence where the status is not ``pass``, or where the pass is worth less than it seems.
        evidence: What went wrong, in order.
        signatures: What makes two failures the same one.
        inherited_from: Label of the step that caused it, where that is another one.
        moved_schema: Whether the replica moved the schema itself when it started, so that nothing can be said.
        meets: Whether the journey meets what the step changed, so that a pass says something of it.
        can_be_tried: Whether it is of a kind that can be tried with these releases at all.
    """

    cell: Cell
    journey: str
    status: Status
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    signatures: frozenset[str] = frozenset()
    inherited_from: str | None = None
    moved_schema: bool = False
    meets: bool = True
    can_be_tried: bool = True

    @property
    def own_failure(self) -> bool:
        """Whether it failed, and by this step's doing."""
        return self.status is Status.FAIL and self.inherited_from is None


def is_silent(evidence: Evidence) -> bool:
    """Whether only the journey says that something is wrong: no statement was refused, and no answer says so."""
    return isinstance(evidence, Attempted) and not evidence.sql and not any(one.is_bad for one in evidence.exchanges)


def signature(evidence: Evidence) -> str:
    """What makes two failures the same one: SQLSTATE and object, or request and status, or the journey's line.

    Numbers and identifiers of rows are left out. Never used to recognise what an error means.
    """
    match evidence:
        case ReplicaFailed(signature=text):
            return text
        case MigrationFailed(revision=revision, sqlstate=sqlstate):
            return f"migration {revision} {sqlstate}"
        case Attempted():
            if evidence.sql:
                return error_signature(evidence.sql[0])
            for exchange in evidence.exchanges:
                if exchange.is_bad:
                    return f"{exchange.method} {path_without_ids(exchange.path)} {exchange.status}"
            return f"{evidence.failure.kind} {evidence.failure.where}" if evidence.failure else ""


def error_signature(error: SqlError) -> str:
    """What makes two refusals the same one."""
    return refusal_signature(error.sqlstate, error.message)


def refusal_signature(sqlstate: str, message: str) -> str:
    """The code, and the message without what varies from row to row.

    In class 22, "Data Exception", what follows the colon is the value; in others, quotation marks hold names.

    Args:
        sqlstate: PostgreSQL's code.
        message: Its primary message.
    """
    return f"{sqlstate} {without_numbers(message.partition(': ')[0] if sqlstate.startswith('22') else message)}"


def is_refusal(text: str) -> bool:
    """Whether a signature is what PostgreSQL refused: it begins with a code of five digits and capital letters.

    Args:
        text: What makes two failures the same one.
    """
    return _SQLSTATE.match(text) is not None


@lru_cache(maxsize=16384)
def without_numbers(text: str) -> str:
    """A text without numbers and UUIDs, which differ from run to run; one within a name, as in ``int4``, stays."""
    return _VARIES.sub("N", text)


def find_numbers(text: str) -> tuple[str, ...]:
    """What a text has that it would lose by that, in order."""
    return tuple(_VARIES.findall(text))


def path_without_ids(path: str) -> str:
    """A path without its query and without the identifiers in it: the parts that hold a digit."""
    return "/".join("N" if any(map(str.isdigit, part)) else part for part in path.partition("?")[0].split("/"))
