"""What makes a finding of one run the same as a finding of another: for waivers, baselines and comparisons.

Two findings are the same one where step and actor, or step and check, are the same, and

* PostgreSQL refused the same: every SQLSTATE and message, without what varies from row to row. The journey does not
  count then: which of them meets a stale prepared statement, say, differs from run to run;
* where a journey failed and PostgreSQL refused it nothing, the journey is the same one; or, where none ran because a
  replica did not start or a migration failed, what is said of that;
* of a check, its sentence is the same, without numbers.

A journey may show several of these in one cell. What it shows then has an id of its own, and each of them has one too,
its part: baselines and comparisons look at the parts, so that another error beside a known one is news, and one that is
known already through another journey is none.

The status is no part of it, so that a finding can get better or worse and is still the same one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.outcome import error_signature, refusal_signature, without_numbers
from harness.model.events import Attempted, MigrationFailed, ReplicaFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence.outcome import Evidence, Outcome
    from harness.evidence.story import Story
    from harness.model.finding import Finding

#: Enough that no two findings of a report share one, and short enough to be copied by hand.
_ID_LENGTH = 12
#: ``in_failed_sql_transaction``: never the first error of a transaction, and says nothing of what was (appendix A).
AFTERMATH = "25P02"
#: ``old-N, old-N``: how many replicas are named differs from run to run.
_REPEATED = re.compile(r"(\S+?)(?:, \1)+(?![\w-])")


@dataclass(frozen=True, order=True, kw_only=True)
class Identity:
    """One finding, whichever run shows it.

    Args:
        step: Label of the step, ``base`` or ``rollout``.
        who: The actor, or the check.
        what: What went wrong there, without what varies from run to run; a line each, sorted.
    """

    step: str
    who: str
    what: str

    @property
    def id(self) -> str:
        """The same in a few letters, as reports show it and waivers name it."""
        text = f"{self.step}\n{self.who}\n{self.what}"
        return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]

    @property
    def parts(self) -> tuple[str, ...]:
        """The id of each line of it by itself; its own one where there is no other."""
        return tuple(Identity(step=self.step, who=self.who, what=line).id for line in self.what.split("\n"))


def sign(outcome: Outcome, story: Story | None) -> tuple[str, ...]:
    """Everything that went wrong for a journey in a cell, each once, sorted, without what varies from run to run.

    Args:
        outcome: The journey in the cell.
        story: How it failed first, as a report has it; None where nothing is told.
    """
    if story is None:
        return ()
    refused = {_one_line(text) for item in outcome.evidence for text in _refusals(item)}
    if story.copy:
        return tuple(sorted(refused | ({_journey(outcome.journey)} if has_silent_failure(outcome) else set())))
    return tuple(sorted(refused)) if story.sql else tuple(sorted({*refused, _one_line(plain_text(story.headline))}))


def has_silent_failure(outcome: Outcome) -> bool:
    """Whether the journey failed there, be it once, where PostgreSQL refused it nothing."""
    return any(isinstance(item, Attempted) and not item.sql for item in outcome.evidence)


def _refusals(evidence: Evidence) -> Iterator[str]:
    """What PostgreSQL refused; that the rest of the transaction is refused too says nothing more."""
    match evidence:
        case Attempted(sql=sql) | ReplicaFailed(sql=sql):
            own = [error for error in sql if error.sqlstate != AFTERMATH]
            yield from map(error_signature, own or sql)
        case MigrationFailed(sqlstate=code, error=text):
            if code:
                yield refusal_signature(code, text)


def _journey(name: str) -> str:
    return f"journey {name}"


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def failed_silently(journey: str, signatures: Sequence[str]) -> bool:
    """Whether a journey failed in a cell where PostgreSQL refused it nothing, be it beside what was refused.

    Args:
        journey: Its name.
        signatures: Everything that went wrong, as :func:`sign` tells it.
    """
    return _journey(journey) in signatures


def identify_outcome(step: str, actor: str, journey: str, signatures: Sequence[str]) -> Identity:
    """The finding that a journey shows in a cell.

    Args:
        step: Label of the step, ``base`` or ``rollout``.
        actor: Who was driven.
        journey: Its name.
        signatures: Everything that went wrong, as :func:`sign` tells it; none where nothing is told.
    """
    return Identity(step=step, who=actor, what="\n".join(signatures) or _journey(journey))


def identify_finding(step: str, check: str, finding: Finding) -> Identity:
    """The finding of a check.

    Args:
        step: Label of the step, ``base`` or ``rollout``.
        check: Its name.
        finding: What it found.
    """
    return Identity(step=step, who=check, what=_one_line(plain_text(finding.headline)))


def plain_text(sentence: str) -> str:
    """A sentence without numbers, and with no replica named twice."""
    return _REPEATED.sub(r"\1", without_numbers(sentence))
